// The channel grid: shows props.value (see channels_value in rn18demo/core/wire.py). A tile is
// a button with a canvas of as many pixels as the map has cells; the style enlarges it.

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;
const tiles = find(".tiles");
const shared = find("[name=shared]");
let maps = null;

function colours() {
  return document.body.classList.contains("dark") ? "magma" : "viridis";
}

// As many buttons as channels, those that exist are kept: nothing jumps, focus stays.
function arrange(count) {
  while (tiles.children.length > count) tiles.lastChild.remove();
  while (tiles.children.length < count) {
    const tile = document.createElement("button");
    tile.type = "button";
    tile.append(document.createElement("canvas"), document.createElement("span"));
    tile.addEventListener("click", () => choose(tile));
    tiles.append(tile);
  }
}

function describe(tile, channel, caption) {
  tile.dataset.channel = channel;
  tile.lastChild.textContent = caption;
  tile.title = caption;
  tile.setAttribute("aria-label", fill(texts.tile, { caption }));
}

function paintTile(tile, map, scale) {
  const canvas = tile.firstChild;
  const context = canvas.getContext("2d");
  if (!context) return;
  canvas.width = map.columns;
  canvas.height = map.rows;
  context.drawImage(mapLayer(map, { colours: colours(), scale, smooth: false, fade: false }), 0, 0);
}

function mark() {
  const chosen = props.value ? props.value.chosen : null;
  const all = [...tiles.children];
  all.forEach((tile) => tile.setAttribute("aria-pressed", String(Number(tile.dataset.channel) === chosen)));
  // One stop for the tab key; arrows move from there.
  const stop = all.find((tile) => tile.getAttribute("aria-pressed") === "true") || all[0];
  all.forEach((tile) => { tile.tabIndex = tile === stop ? 0 : -1; });
}

function draw() {
  const value = props.value;
  const filled = Boolean(value && value.maps);
  find(".placeholder").hidden = filled;
  shared.disabled = !filled;
  find(".name").textContent = filled ? fill(texts.grid_name, { stage: value.stage, count: value.maps.count }) : "";
  if (!filled) {
    maps = null;
    return arrange(0);
  }
  maps = decodeMaps(value.maps);
  arrange(maps.count);
  const all = [...tiles.children].map((tile, i) => [tile, mapAt(maps, i), value.captions[i], maps.indices[i]]);
  const largest = Math.max(...all.map(([, map]) => map.peak));
  all.forEach(([tile, map, caption, channel]) => {
    describe(tile, channel, caption);
    paintTile(tile, map, shared.checked ? largest : map.peak);
  });
  mark();
}

function choose(tile) {
  const channel = Number(tile.dataset.channel);
  props.value = { ...props.value, chosen: channel };
  tiles.dataset.clicked = channel;  // stays when an answer to an earlier click comes
  mark();
  trigger("select", { index: channel, value: tile.lastChild.textContent, channel, stage: props.value.stage });
}

tiles.addEventListener("keydown", (event) => {
  const all = [...tiles.children];
  const at = all.indexOf(document.activeElement);
  if (at < 0) return;
  const across = getComputedStyle(tiles).gridTemplateColumns.split(" ").length;
  const target = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - across, ArrowDown: at + across,
    Home: 0, End: all.length - 1 }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  if (!all[target]) return;
  all.forEach((tile) => { tile.tabIndex = -1; });
  all[target].tabIndex = 0;
  all[target].focus();
});

shared.addEventListener("change", draw);
watch("value", draw);
new MutationObserver((_, observer) => {
  if (element.isConnected) draw();
  else observer.disconnect();
}).observe(document.body, { attributeFilter: ["class"] });
draw();
