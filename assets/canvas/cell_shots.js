// The pictures behind a number of the confusion matrix, or the surest mistakes: props.value is
// { label, answer, count, shots: [{ id, picture, answer, share }], shot: number or null }. Without
// `label` these are the mistakes; without `shot` they are more of those that are shown, and the mark
// stays. Names are set as text, never as HTML. The marked picture's id is in its `data-id`, for
// those who want to do something with it.

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;
const MOST = LIMITS.most;
let shown = null;

// A sentence with names that may run from right to left: they do not scatter what is around them.
function filled(text, words) {
  return text.split(/\{(\w+)\}/).map((piece, i) => {
    if (i % 2 === 0) return piece;
    const name = document.createElement("bdi");
    name.textContent = words[piece];
    return name;
  });
}

function span(name, ...content) {
  const made = document.createElement("span");
  made.className = name;
  made.append(...content);
  return made;
}

function titleOf({ label, answer, count, shots }) {
  const all = shots.length === count;
  if (label !== null) return filled(all ? texts.cell_all : texts.cell_some, { label, answer, count, shown: shots.length });
  if (!count) return [texts.mistakes_none];
  return filled(all ? texts.mistakes_all : texts.mistakes_some, { count, shown: shots.length });
}

function press(chosen) {
  [...find(".shots").children].forEach((one, i) => one.setAttribute("aria-pressed", String(i === chosen)));
}

function tile({ id, picture, answer, share }, i) {
  const button = document.createElement("button");
  const image = document.createElement("img");
  image.src = picture;
  image.alt = "";
  image.decoding = "async";
  button.type = "button";
  button.title = answer;
  if (id) button.dataset.id = id;
  button.append(image, span("answer", ...filled(texts.shot_answer, { answer })), span("share", share));
  button.addEventListener("click", () => {
    press(i);
    trigger("submit", { shot: i });
  });
  return button;
}

const marked = () => [...find(".shots").children].findIndex((one) => one.getAttribute("aria-pressed") === "true");

function draw() {
  const { value } = props;
  const more = value && value.shot === null;
  // More of a cell that is no longer open.
  if (more && shown && (value.label !== shown.label || value.answer !== shown.answer)) return;
  const chosen = more ? marked() : value && value.shot;
  shown = value;
  const shots = value ? value.shots : [];
  const possible = value ? Math.min(value.count, MOST) : 0;
  find(".head").replaceChildren(...(value ? titleOf(value) : []));
  find(".shots").replaceChildren(...shots.map(tile));
  find(".all").hidden = shots.length >= possible;
  find(".all").textContent = fill(texts.cell_show, { count: possible });
  press(chosen);
}

find(".all").addEventListener("click", () => trigger("expand", {}));
watch("value", draw);
draw();
