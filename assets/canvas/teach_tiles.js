// Teach, the small pictures of a class: shown, chosen, deleted, moved.

const SHOTS = "application/x-rn18demo-shots";  // what is dragged from class to class
const tiles = new Map();   // id -> its row
const chosen = new Set();  // ids that a visitor has picked out
const lit = new Set();     // ids that a finding is about

const inSight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting && !thumbs.has(target.dataset.id)) wanted.add(target.dataset.id);
  }
  if (wanted.size) fetchThumbs();
});

function showThumb(id) {
  const row = tiles.get(id);
  if (!row || !thumbs.has(id)) return;
  const image = row.querySelector("img");
  if (!image.src) image.src = thumbs.get(id);
  image.hidden = false;
}

// Ids of all pictures of a class, those for testing last.
const allShots = ({ shots, held_out_shots: heldOut }) => [...shots, ...heldOut];

// Ids of a class's pictures to learn from, or of those for testing, with those on their way.
function shotsOf(cls, heldOut) {
  const here = heldOut ? cls.held_out_shots : cls.shots;
  const known = new Set(here);
  const mine = (one) => one.cls === cls.id && one.heldOut === heldOut && !one.leftOut;
  const coming = outbox.filter((one) => mine(one) && !known.has(one.id)).map(({ id }) => id);
  return { ids: [...here, ...coming], coming: new Set(coming) };
}

function makeTile(id) {
  const row = make("li", "shot");
  row.dataset.id = id;
  row.draggable = true;
  const tile = make("button", "tile");
  tile.tabIndex = -1;
  tile.title = texts.teach_shot_help;
  const image = document.createElement("img");
  image.alt = "";
  image.hidden = true;
  image.draggable = false;
  tile.append(image);
  const cross = make("button", "delete", "×");
  cross.tabIndex = -1;
  cross.title = texts.teach_delete;
  cross.setAttribute("aria-label", texts.teach_delete);
  row.append(tile, cross);
  tile.addEventListener("click", () => choose(id));
  tile.addEventListener("focus", () => rove(row));
  tile.addEventListener("keydown", (event) => onTileKey(event, row));
  cross.addEventListener("click", () => deleteShots([id]));
  row.addEventListener("dragstart", (event) => {
    const ids = chosen.has(id) ? [...chosen] : [id];
    event.dataTransfer.setData(SHOTS, JSON.stringify(ids));
    event.dataTransfer.effectAllowed = "move";
  });
  tiles.set(id, row);
  return row;
}

// Rows stay the same while a picture stays, so that the focus and the place in the list stay.
function drawTiles(list, { name }, { ids, coming }, label) {
  const wantedRows = ids.map((id) => tiles.get(id) || makeTile(id));
  const here = new Set(ids);
  for (const row of [...list.children]) {
    if (!here.has(row.dataset.id)) row.remove();
  }
  wantedRows.forEach((row, i) => {
    if (list.children[i] !== row) list.insertBefore(row, list.children[i] || null);
    const { id } = row.dataset;
    const [tile] = row.children;
    const words = fill(label, { name, number: i + 1, count: ids.length });
    if (tile.getAttribute("aria-label") !== words) tile.setAttribute("aria-label", words);
    tile.setAttribute("aria-pressed", String(chosen.has(id)));
    row.classList.toggle("lit", lit.has(id));
    row.classList.toggle("coming", coming.has(id));
    if (!thumbs.has(id)) inSight.observe(row);
    showThumb(id);
  });
  const inside = wantedRows.some((row) => row.firstChild.tabIndex === 0);
  if (!inside && wantedRows.length) wantedRows[0].firstChild.tabIndex = 0;
}

// Rows of pictures that are gone; their thumbnails stay, for they may be brought back.
function forgetTiles(here) {
  for (const [id, row] of tiles) {
    if (here.has(id) || row.isConnected) continue;
    inSight.unobserve(row);
    tiles.delete(id);
  }
}

// One stop of the tab key for each class; arrows go on from there.
function rove(row) {
  for (const other of row.parentNode.children) other.firstChild.tabIndex = other === row ? 0 : -1;
}

function onTileKey(event, row) {
  const rows = [...row.parentNode.children];
  const at = rows.indexOf(row);
  const across = Math.max(1, rows.filter(({ offsetTop }) => offsetTop === rows[0].offsetTop).length);
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
  const target = { Home: 0, End: rows.length - 1 }[event.key] ?? (step === undefined ? null : at + step);
  if (target !== null) {
    event.preventDefault();
    rows[Math.min(Math.max(target, 0), rows.length - 1)].firstChild.focus();
  } else if (["Delete", "Backspace"].includes(event.key)) {
    event.preventDefault();
    deleteShots(chosen.has(row.dataset.id) ? [...chosen] : [row.dataset.id]);
  } else if (event.key === "Escape" && chosen.size) {
    chosen.clear();
    draw();
  }
}

function choose(id) {
  if (!chosen.delete(id)) chosen.add(id);
  draw();
}

// The focus goes to the picture after the deleted ones, or before.
async function deleteShots(ids) {
  const gone = new Set(ids);
  const focused = root.querySelector(".shot:focus-within");
  const list = focused && focused.parentNode;
  let next = null;
  if (focused && gone.has(focused.dataset.id)) {
    const rows = [...list.children];
    const at = rows.indexOf(focused);
    const left = (row) => !gone.has(row.dataset.id);
    next = rows.slice(at).find(left) || rows.slice(0, at).reverse().find(left);
  }
  if (!(await act("remove_shots", { shots: ids }))) return;
  if (next) next.firstChild.focus();
  sayDone(fill(ids.length === 1 ? texts.teach_removed_one : texts.teach_removed, { count: ids.length }));
}

async function moveShots(ids, to) {
  const { name } = book.classes.find(({ id }) => id === to) || {};
  if (!(await act("move_shots", { shots: ids, to }))) return;
  chosen.clear();
  draw();
  const words = ids.length === 1 ? texts.teach_moved_one : texts.teach_moved;
  sayDone(fill(words, { count: ids.length, name }));
}
