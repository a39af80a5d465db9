// The confusion matrix: props.value is { names, counts }. Names are set as text, never as HTML:
// they are whatever a visitor typed.

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;
const table = find("table");
const wide = find(".wide");
const UPRIGHT_BELOW = 64;  // pixels of a column in which few names would fit

function heading(name, scope) {
  const head = document.createElement("th");
  const words = document.createElement("bdi");
  words.textContent = name;
  head.scope = scope;
  head.title = name;
  head.append(words);
  return head;
}

function cellOf(names, row, column, count, most) {
  const place = document.createElement("td");
  if (!count) {
    place.className = "none";
    place.textContent = "0";
    return place;
  }
  const words = fill(texts.confusion_cell, { count, label: names[row], answer: names[column] });
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = count;
  button.className = row === column ? "right" : "wrong";
  button.style.setProperty("--share", count / most);
  button.setAttribute("aria-label", words);
  button.title = words;
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    table.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    trigger("select", { index: [row, column], value: names[column] });
  });
  place.append(button);
  return place;
}

function drawTable({ names, counts }) {
  table.style.setProperty("--classes", names.length);
  const corner = document.createElement("th");
  find("thead tr").replaceChildren(corner, ...names.map((name) => heading(name, "col")));
  find("tbody").replaceChildren(...counts.map((line, row) => {
    const most = Math.max(1, line.reduce((sum, count) => sum + count, 0));
    const drawn = document.createElement("tr");
    const cells = line.map((count, column) => cellOf(names, row, column, count, most));
    drawn.append(heading(names[row], "row"), ...cells);
    return drawn;
  }));
}

// Upright names where columns are narrow; a hint where the table has to be moved.
function fit() {
  const column = find("thead th:last-child");
  table.classList.toggle("upright", Boolean(column) && column.offsetWidth < UPRIGHT_BELOW);
  wide.toggleAttribute("data-more", wide.scrollWidth - wide.clientWidth - wide.scrollLeft > 4);
  find(".more").hidden = wide.hidden || wide.scrollWidth - wide.clientWidth <= 4;
}

function draw() {
  const { value } = props;
  find(".placeholder").hidden = Boolean(value);
  wide.hidden = !value;
  if (value) drawTable(value);
  fit();
}

new ResizeObserver(fit).observe(wide);
wide.addEventListener("scroll", fit, { passive: true });
watch("value", draw);
draw();
