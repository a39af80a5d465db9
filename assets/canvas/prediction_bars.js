// The prediction bars: show props.value (see predictions_value in rn18demo/core/wire.py). Labels
// are set as text, never as HTML: a checkpoint's labels are not to be trusted.

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;
const list = find("ol");

function part(tag, name) {
  const node = document.createElement(tag);
  node.className = name;
  return node;
}

// Rows are kept from one answer to the next, so that bars move and the focus stays.
function arrange(count) {
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

function describe(button, { label, index, probability }) {
  const [name, share, track] = button.children;
  button.dataset.index = index;
  name.textContent = label;
  share.textContent = percent(probability);
  track.firstChild.style.width = 100 * probability + "%";
  button.title = label;
  button.setAttribute("aria-label", fill(texts.bar, { label, share: percent(probability) }));
  button.setAttribute("aria-pressed", String(index === props.value.chosen));
}

function draw() {
  const value = props.value || {};
  const predictions = value.predictions || [];
  find(".placeholder").hidden = predictions.length > 0;
  arrange(predictions.length);
  predictions.forEach((prediction, i) => describe(list.children[i].firstChild, prediction));
  find(".note").textContent = value.note || "";
}

function choose(index) {
  const prediction = props.value.predictions.find((one) => one.index === index);
  props.value = { ...props.value, chosen: index };
  draw();
  trigger("select", { index, value: prediction.label, rank: prediction.rank });
}

watch("value", draw);
draw();
