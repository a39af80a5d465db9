// The map canvas: shows props.value (see map_value in rn18demo/core/wire.py). The template
// has no part that depends on the value, so these elements live as long as the component.

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;
const panels = [...element.querySelectorAll(".panel")].map((panel) => ({
  panel,
  canvas: panel.querySelector("canvas"),
  caption: panel.querySelector("figcaption"),
}));
const divider = find(".divider");
const cells = find(".cells");
const views = [...element.querySelectorAll(".views input")];
const group = "view-" + Math.random().toString(36).slice(2);
views.forEach((radio) => { radio.name = group; });

// What the visitor chose; it outlives every new value, and the component itself.
const memory = "rn18demo-" + MEMORY;
const settings = { view: VIEW, opacity: 0.65, colours: "turbo", smooth: true, fade: true, divide: 0.5 };
try {
  Object.assign(settings, JSON.parse(localStorage.getItem(memory) || "{}"));
} catch (error) { /* private windows may refuse; then nothing is remembered */ }
if (!COLOUR_MAPS[settings.colours]) settings.colours = "turbo";

const shown = { value: null, maps: null, packed: null, picture: null, address: null, cell: null, turn: 0 };

function change(part) {
  Object.assign(settings, part);
  try {
    localStorage.setItem(memory, JSON.stringify(settings));
  } catch (error) { /* as above */ }
  schedule();
}

// ---- what is to be seen ------------------------------------------------------------------

// The map of an index with its words; the only map there is serves every index.
function entry(index) {
  const { value, maps } = shown;
  let position = positionOf(maps, index);
  if (position < 0) position = 0;
  const label = value.labels[position] || "";
  const probability = value.probabilities ? value.probabilities[position] : null;
  return { map: mapAt(maps, position), label, probability };
}

function scene() {
  const { value } = shown;
  if (!value) return null;
  const first = entry(value.chosen);
  const comparable = value.compare !== null && value.compare !== undefined
    && value.compare !== value.chosen && positionOf(shown.maps, value.compare) >= 0;
  const view = settings.view === "side" && !comparable ? "over" : settings.view;
  const entries = view === "side" ? [first, entry(value.compare)] : [first];
  return { view, entries, comparable, scale: Math.max(...entries.map(({ map }) => map.peak)) };
}

function optionsFor(now, box) {
  const { opacity, colours, smooth, fade } = settings;
  const from = now.view === "split" ? settings.divide : 0;
  return { box, crop: shown.value.crop, opacity, colours, smooth, fade, from, scale: now.scale };
}

function aspectOf(now) {
  const { map } = now.entries[0];
  return now.view === "raw" ? map.columns / map.rows : shown.value.width / shown.value.height;
}

function paintEntry(context, now, { map }, box) {
  if (now.view === "raw") paintCells(context, map, optionsFor(now, box));
  else paint(context, shown.picture, map, optionsFor(now, box));
}

// ---- new values ------------------------------------------------------------------------------

async function loadPicture(address) {
  if (!address) return null;
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

// The old scene stays until the new picture is there, so nothing flickers.
async function update() {
  const value = props.value;
  const turn = shown.turn += 1;
  if (!value || !value.maps) {
    Object.assign(shown, { value: null, maps: null, packed: null, picture: null, address: null });
    return schedule();
  }
  if (value.picture !== shown.address) {
    find(".map-canvas").setAttribute("aria-busy", "true");
    let picture = null;
    try {
      picture = await loadPicture(value.picture);
    } catch (error) {
      console.warn(texts.no_picture);
    }
    if (shown.turn !== turn) return;  // a newer value came meanwhile and has its own update
    find(".map-canvas").removeAttribute("aria-busy");
    Object.assign(shown, { picture, address: value.picture });
  }
  // A second class was asked for, or given up: show what was asked for.
  const before = shown.value ? shown.value.compare ?? null : null;
  const compare = value.compare ?? null;
  if (shown.value && compare !== before) settings.view = compare === null ? "over" : "side";
  const key = value.maps.data + value.maps.peaks;
  if (key !== shown.packed) Object.assign(shown, { maps: decodeMaps(value.maps), packed: key });
  else shown.maps = { ...shown.maps, indices: value.maps.indices };
  shown.value = value;
  schedule();
}
