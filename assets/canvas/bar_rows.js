// Rows of answers: a name, a share and a bar each. Labels are set as text, never as HTML: a
// checkpoint's labels are not to be trusted.

function part(tag, name) {
  const node = document.createElement(tag);
  node.className = name;
  return node;
}

const NAME_MS = 2000;

// Rows are kept from one answer to the next, so that bars move and the focus stays.
function arrangeRows(list, count, choose) {
  while (list.children.length > count) {
    const last = list.lastChild, before = last.previousElementSibling;
    if (before && last.contains(document.activeElement)) before.firstChild.focus();
    last.remove();
  }
  while (list.children.length < count) {
    const button = part("button", "bar");
    button.type = "button";
    button.append(part("span", "label"), part("span", "share"), part("span", "track"));
    button.lastChild.append(part("i", "fill"));
    // A row may show another class by the time that the finger is lifted.
    button.addEventListener("pointerdown", () => { button.dataset.pressed = button.dataset.index; });
    button.addEventListener("click", ({ detail }) => {
      const { index, pressed = index } = button.dataset;
      choose(Number(detail ? pressed : index));  // 0: by keyboard
    });
    const row = document.createElement("li");
    row.append(button);
    list.append(row);
  }
}

// Only what has changed is written: each writing makes the browser lay out or style the row anew,
// and live there are up to sixty answers a second.
function put(node, key, value) {
  if (node[key] !== value) node[key] = value;
}

function putAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// `words` is what a screen reader says.
function fillRow(button, { label, index, probability }, pressed, words) {
  const [name, share, track] = button.children;
  button.dataset.index = index;
  put(name, "textContent", label);
  put(share, "textContent", percent(probability));
  put(track.firstChild.style, "transform", "scaleX(" + Number(probability.toFixed(4)) + ")");
  put(button, "title", label);
  nameRow(button, words, button.getAttribute("aria-pressed") !== String(pressed));
  putAttribute(button, "aria-pressed", String(pressed));
}

// A screen reader reads each new name of the focused row aloud: it gets one every two seconds.
function nameRow(button, words, atOnce) {
  button.words = words;
  const wait = NAME_MS - (performance.now() - (button.namedAt || -NAME_MS));
  if (atOnce || wait <= 0 || button !== document.activeElement) return writeName(button);
  button.naming = button.naming || setTimeout(writeName, wait, button);
}

function writeName(button) {
  clearTimeout(button.naming);
  button.naming = 0;
  if (button.getAttribute("aria-label") === button.words) return;
  button.namedAt = performance.now();
  button.setAttribute("aria-label", button.words);
}
