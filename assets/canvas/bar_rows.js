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

// `words` is what a screen reader says.
function fillRow(button, { label, index, probability }, pressed, words) {
  const [name, share, track] = button.children;
  button.dataset.index = index;
  name.textContent = label;
  share.textContent = percent(probability);
  track.firstChild.style.transform = "scaleX(" + probability.toFixed(4) + ")";
  button.title = label;
  button.setAttribute("aria-label", words);
  button.setAttribute("aria-pressed", String(pressed));
}
