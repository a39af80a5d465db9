// The Live tab, what it says: answers smoothed over time, as bars, a map and a strip of stages.

const list = find(".answers ol");
const seen = {
  checkpoint: null,  // who gave these answers
  shares: new Map(),  // by index of the class: { index, label, probability }, smoothed over time
  maps: null,  // of the last answer
  values: null,  // the map on show
  index: null,  // and its class
  strip: null,  // by stage, the channel on show
  stripAt: 0,  // and when it came
  unknown: "",  // why none of the classes is believed, in words
  pinned: null,  // index of the class whose map stays
  pinnedOf: "",  // and the weights whose class that is
};
const SHOWN = 5;
const EVERY_STRONGEST = [-1, -1, -1, -1, -1];  // of each stage, whichever channel is strongest

function forget() {
  Object.assign(seen, { shares: new Map(), maps: null, values: null, index: null, strip: null, unknown: "" });
}

// The weights that parts were cut out of: "starter~layer2.0-x" has the classes of the starter.
const whole = (checkpoint) => (checkpoint || "").split("~")[0];
// Those that are asked.
const weightsNow = () => whole((props.value || {}).checkpoint || seen.checkpoint);

// Other weights: a pinned index means another class now, and the last answers are none of theirs.
// Returns whether a class was unpinned.
function meetWeights() {
  const unpinned = seen.pinned !== null && seen.pinnedOf !== weightsNow();
  if (unpinned) seen.pinned = null;
  const idle = !running() && live.state !== "frozen";
  if (idle && whole(seen.checkpoint) !== weightsNow()) clearAnswers();
  return unpinned;
}

// Shares and map move towards the new answer; after `smoothing` seconds 63 % of the way is done.
function absorb(answer, seconds) {
  if (answer.checkpoint !== seen.checkpoint) forget();
  seen.checkpoint = answer.checkpoint;
  const keep = settings.smoothing > 0 && seen.shares.size ? Math.exp(-seconds / settings.smoothing) : 0;
  seen.shares.forEach((entry) => { entry.probability *= keep; });
  answer.predictions.forEach(({ index, label, probability }) => {
    const entry = seen.shares.get(index) || { index, label, probability: 0 };
    entry.probability += (1 - keep) * probability;
    seen.shares.set(index, entry);
  });
  seen.shares.forEach(({ index, probability }) => {
    if (probability < 0.0005 && index !== seen.pinned) seen.shares.delete(index);
  });
  seen.maps = decodeMaps(answer.maps);
  if (answer.strip) Object.assign(seen, { strip: answer.strip, stripAt: performance.now() });
  seen.unknown = answer.unknown;
  put(find(".hint"), "hidden", !answer.names_always);
  blendMap(keep);
}

// The map of the pinned class, or of the class in front.
function blendMap(keep) {
  const [first] = ranking();
  const index = seen.pinned ?? (first ? first.index : null);
  const position = positionOf(seen.maps, index);
  if (position < 0) return;  // fell out of the best meanwhile: the last one stays for a moment
  const map = mapAt(seen.maps, position);
  const old = seen.values;
  if (keep && old && seen.index === index && old.values.length === map.values.length) {
    map.values = map.values.map((value, i) => keep * old.values[i] + (1 - keep) * value);
    map.peak = map.values.reduce((peak, value) => Math.max(peak, value), 0);
  }
  Object.assign(seen, { values: map, index });
}

function ranking() {
  return [...seen.shares.values()].sort((a, b) => b.probability - a.probability);
}

// What stands over the bars: that nothing is known, that time stands still, or neither.
function nameBars() {
  const name = { live: texts.live_bars, frozen: texts.live_bars_frozen }[live.state] || texts.live_bars_old;
  const head = find(".answers .head");
  head.classList.toggle("none", !seen.shares.size);
  put(head, "textContent", seen.shares.size ? seen.unknown || name : texts.live_bars_none);
  find(".answers").toggleAttribute("data-unknown", Boolean(seen.unknown));
}

function drawBars() {
  const ranked = ranking();
  const rows = ranked.slice(0, SHOWN);
  const pinned = seen.shares.get(seen.pinned);
  if (pinned && !rows.includes(pinned)) rows.push(pinned);
  arrangeRows(list, rows.length, pinRow);
  rows.forEach((entry, i) => {
    const isPinned = entry.index === seen.pinned;
    const words = { label: entry.label, share: percent(entry.probability) };
    fillRow(list.children[i].firstChild, entry, isPinned, fill(isPinned ? texts.live_unpin : texts.live_pin, words));
  });
  nameBars();
  drawWhose();
}

// Whose map lies over the film.
function drawWhose() {
  const entry = seen.values && seen.shares.get(seen.index);
  const pinned = seen.index === seen.pinned ? texts.live_whose_pinned : texts.live_whose;
  const words = entry && seen.values.peak > 0 ? pinned : texts.live_whose_empty;
  const colours = { turbo: texts.live_warm, gray: texts.live_bright_places }[settings.colours] || texts.live_bright;
  put(find(".whose"), "textContent", entry && settings.map ? fill(words, { label: entry.label, colours }) : "");
}

// The rows may still be those of other weights.
function pinRow(index) {
  if (whole(seen.checkpoint) === weightsNow()) pin(index);
}

// Pin a class, or unpin it.
function pin(index) {
  Object.assign(seen, { pinned: seen.pinned === index ? null : index, pinnedOf: weightsNow() });
  nameSearch();
  if (seen.maps) blendMap(0);
  drawBars();
  drawLayer();
  paintScene();
  if (live.state === "frozen") lookAtFrozen(true);  // the map of a class far behind was not sent
}

function clearAnswers() {
  forget();
  drawAnswers();
}

function drawAnswers() {
  drawBars();
  drawLayer();
  drawStrip();
  paintScene();
}

// ---- the strip -------------------------------------------------------------------------------

const strip = find(".strip");

function drawStrip() {
  strip.hidden = !settings.strip;
  if (!settings.strip) return;
  EVERY_STRONGEST.forEach((_, i) => drawTile(strip.children[i] || layTile(), (seen.strip || [])[i]));
}

function layTile() {
  const tile = document.createElement("figure");
  tile.append(document.createElement("canvas"), document.createElement("figcaption"));
  strip.append(tile);
  return tile;
}

// One stage; empty, and as large, while nothing is known of it.
function drawTile({ children: [canvas, caption] }, stage) {
  put(caption, "textContent", stage ? fill(texts.live_channel, { stage: stage.title, channel: stage.channel }) : "");
  const map = stage && mapAt(decodeMaps(stage.maps), 0);
  const layer = map && mapLayer(map, { colours: settings.colours, scale: map.peak, smooth: false, fade: false });
  [canvas.width, canvas.height] = layer ? [layer.width, layer.height] : [1, 1];
  if (!layer) return;
  const context = canvas.getContext("2d");
  if (mirrored() !== Boolean(live.flipped)) {
    context.translate(layer.width, 0);
    context.scale(-1, 1);
  }
  context.drawImage(layer, 0, 0);
}

const STRIP_MS = 150;  // between two strips: more than an eye follows is left out

// The channels on show, so that the server keeps them while they are strong; null for none now.
function stripWish() {
  if (!settings.strip || performance.now() - seen.stripAt < STRIP_MS) return null;
  return seen.strip ? seen.strip.map(({ channel }) => channel) : EVERY_STRONGEST;
}
