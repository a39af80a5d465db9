// Rows of answers: a name, a share and a bar each. Labels are set as text, never as HTML: a
// checkpoint's labels are not to be trusted.

function part(tag, name) {
  const node = document.createElement(tag);
  node.className = name;
  return node;
}

// Rows are kept from one answer to the next, so that bars move and the focus stays.
function arrangeRows(list, count, choose) {
  while (list.children.length > count) list.lastChild.remove();
  while (list.children.length < count) {
    const button = part("button", "bar");
    button.type = "button";
    button.append(part("span", "label"), part("span", "share"), part("span", "track"));
    button.lastChild.append(part("i", "fill"));
    button.addEventListener("click", () => choose(Number(button.dataset.index)));
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
  putAttribute(button, "aria-label", words);
  putAttribute(button, "aria-pressed", String(pressed));
}
