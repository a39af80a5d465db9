// The confusion matrix: props.value is { names, counts, cell: [row, column] or null, title,
// shots: [{ label, shot, picture, caption }], shot: number or null }. Names are set as text,
// never as HTML: they are whatever a visitor typed.

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;

function node(tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function drawTable({ names, counts, cell }) {
  find("thead tr").replaceChildren(node("th"), ...names.map((name) => {
    const head = node("th", name);
    head.scope = "col";
    head.title = name;
    return head;
  }));
  const rows = counts.map((line, row) => {
    const head = node("th", names[row]);
    head.scope = "row";
    head.title = names[row];
    const most = Math.max(1, line.reduce((sum, count) => sum + count, 0));
    const cells = line.map((count, column) => {
      const place = document.createElement("td");
      if (!count) return place;
      const button = node("button", count);
      button.type = "button";
      button.className = row === column ? "right" : "wrong";
      button.style.setProperty("--share", count / most);
      const words = { count, label: names[row], answer: names[column] };
      button.setAttribute("aria-label", fill(texts.confusion_cell, words));
      button.title = fill(texts.confusion_cell, words);
      button.setAttribute("aria-pressed", String(Boolean(cell) && cell[0] === row && cell[1] === column));
      button.addEventListener("click", () => trigger("select", { index: [row, column], value: words.answer }));
      place.append(button);
      return place;
    });
    const drawn = document.createElement("tr");
    drawn.append(head, ...cells);
    return drawn;
  });
  find("tbody").replaceChildren(...rows);
}

function drawShots({ shots = [], shot }) {
  find(".shots").replaceChildren(...shots.map(({ picture, caption }, i) => {
    const button = document.createElement("button");
    button.type = "button";
    const image = document.createElement("img");
    image.src = picture;
    image.alt = "";
    button.append(image, node("span", caption));
    button.setAttribute("aria-pressed", String(i === shot));
    button.addEventListener("click", () => trigger("submit", { shot: i }));
    return button;
  }));
}

function draw() {
  const { value } = props;
  find(".placeholder").hidden = Boolean(value);
  find(".wide").hidden = !value;
  find(".head").textContent = value ? value.title || "" : "";
  drawShots(value || {});
  if (value) drawTable(value);
}

watch("value", draw);
draw();
