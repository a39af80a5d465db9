// The map canvas, what the visitor does: divider, cells, toolbar, download.

// ---- before | after ----------------------------------------------------------------------

function divideAt(event) {
  const { canvas } = panels[0];
  const [x, , width] = canvas.dataset.box.split(" ").map(Number);
  const share = (event.clientX - canvas.getBoundingClientRect().left - x) / width;
  change({ divide: Math.min(Math.max(share, 0), 1) });
}

const frame = panels[0].canvas.parentElement;
frame.addEventListener("pointerdown", (event) => {
  if (divider.hidden) return;
  frame.setPointerCapture(event.pointerId);
  divider.focus({ preventScroll: true });
  divideAt(event);
  event.preventDefault();
});
frame.addEventListener("pointermove", (event) => {
  if (!divider.hidden && frame.hasPointerCapture(event.pointerId)) divideAt(event);
});
divider.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1,
    PageUp: 0.1, Home: -1, End: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  change({ divide: Math.min(Math.max(settings.divide + step, 0), 1) });
});

// ---- the cells of the raw map --------------------------------------------------------------

function drawCell(now) {
  const readout = find(".readout");
  const { map } = now.entries[0];
  if (now.view !== "raw" || !shown.cell) {
    cells.replaceChildren();
    readout.textContent = now.view === "raw" ? texts.readout_hint : "";
    return;
  }
  const row = Math.min(shown.cell.row, map.rows - 1);
  const column = Math.min(shown.cell.column, map.columns - 1);
  const mark = cells.firstChild || cells.appendChild(document.createElement("i"));
  Object.assign(mark.style, {
    left: (100 * column) / map.columns + "%", width: 100 / map.columns + "%",
    top: (100 * row) / map.rows + "%", height: 100 / map.rows + "%",
  });
  const value = map.values[row * map.columns + column];
  const share = map.peak > 0 ? Math.round((100 * value) / map.peak) : 0;
  const words = { row: row + 1, column: column + 1, value: readable(value), share };
  readout.textContent = fill(texts.readout, words);
}

function point(row, column) {
  const now = scene();
  if (!now) return;
  const { rows, columns } = now.entries[0].map;
  const within = (number, count) => Math.min(Math.max(number, 0), count - 1);
  shown.cell = { row: within(row, rows), column: within(column, columns) };
  drawCell(now);
}

function leave() {
  shown.cell = null;
  const now = scene();
  if (now) drawCell(now);
}

cells.addEventListener("pointermove", (event) => {
  const now = scene();
  if (!now) return;
  const area = cells.getBoundingClientRect();
  const { rows, columns } = now.entries[0].map;
  point(Math.floor(((event.clientY - area.top) / area.height) * rows),
    Math.floor(((event.clientX - area.left) / area.width) * columns));
});
cells.addEventListener("pointerleave", (event) => {
  if (event.pointerType === "mouse" && document.activeElement !== cells) leave();
});
cells.addEventListener("focus", () => { if (!shown.cell) point(0, 0); });
cells.addEventListener("blur", leave);
cells.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!step) return;
  event.preventDefault();
  const { row, column } = shown.cell || { row: 0, column: 0 };
  point(row + step[0], column + step[1]);
});

// ---- controls ------------------------------------------------------------------------------

views.forEach((radio) => radio.addEventListener("change", () => change({ view: radio.value })));
find(".opacity input").addEventListener("input", (event) => change({ opacity: event.target.value / 100 }));
find(".colours select").addEventListener("change", (event) => change({ colours: event.target.value }));
for (const name of ["smooth", "fade"]) {
  find("[name=" + name + "]").addEventListener("change", (event) => change({ [name]: event.target.checked }));
}

// The current view as a PNG, at the size of the original picture.
function compose() {
  const now = scene();
  const aspect = aspectOf(now);
  const longest = Math.min(Math.max(shown.value.width, shown.value.height), 8192);
  const width = Math.max(1, Math.round(aspect >= 1 ? longest : longest * aspect));
  const height = Math.max(1, Math.round(aspect >= 1 ? longest / aspect : longest));
  const gap = Math.round(width / 50);
  const page = document.createElement("canvas");
  page.width = now.entries.length * (width + gap) - gap;
  page.height = height;
  const context = page.getContext("2d");
  now.entries.forEach((item, i) => paintEntry(context, now, item, [i * (width + gap), 0, width, height]));
  return page;
}

find(".download").addEventListener("click", () => {
  const { value } = shown;
  const names = [value.title, ...scene().entries.map(({ label }) => label)].join(" ");
  const name = names.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 80);
  compose().toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = (name || "map") + ".png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }, "image/png");
});

// ---- start ----------------------------------------------------------------------------------

watch("value", update);
new ResizeObserver(schedule).observe(panels[0].canvas);
update();
draw();
