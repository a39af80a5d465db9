// The Live tab, what is painted: the browser shows the film by itself; the canvas over it holds
// the map and what was cut off, and is painted anew for each answer only.

const film = find(".film");
const canvas = find(".film canvas");
const FINENESS = 56;  // pixels a side of the coloured map, which the browser then enlarges
let layer = null;
let room = { ratio: 1, width: 0, height: 0 };

// Coloured once for each answer.
function drawLayer() {
  const map = seen.values;
  const { colours } = settings;
  layer = map && map.peak > 0 && settings.map
    ? mapLayer(map, { colours, scale: map.peak, smooth: true, fade: true, side: FINENESS })
    : null;
}

function sourceNow() {
  const source = live.frozen || (live.stream ? video : null);
  if (!source) return null;
  const [width, height] = [source.videoWidth || source.width, source.videoHeight || source.height];
  return width && height ? { source, width, height } : null;
}

// The square in the middle, which is sent: left, top and side, in the film's pixels.
function squareOf({ width, height }) {
  const side = Math.min(width, height);
  return [(width - side) / 2, (height - side) / 2, side];
}

// The crop that the network saw, in shares of the film.
function cropOf(now, crop) {
  const [left, top, side] = squareOf(now);
  return [
    (left + crop[0] * side) / now.width, (top + crop[1] * side) / now.height,
    (left + crop[2] * side) / now.width, (top + crop[3] * side) / now.height,
  ];
}

// Called when the size has changed: asking for it at each answer would cost a layout.
function fitCanvas() {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  room = { ratio, width: canvas.clientWidth, height: canvas.clientHeight };
  canvas.width = Math.round(room.width * ratio);
  canvas.height = Math.round(room.height * ratio);
  paintScene();
}

function paintScene() {
  const { ratio, width, height } = room;
  const now = sourceNow();
  film.classList.toggle("mirrored", mirrored());
  video.hidden = !live.stream;
  root.classList.toggle("filming", Boolean(live.stream));
  root.classList.toggle("filmed", Boolean(now && live.crop));
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!now || !width || !height) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const box = containBox(width, height, now.width / now.height);
  // Of a frozen moment the whole was sent, of the film its square.
  const crop = !live.crop ? [0, 0, 1, 1] : live.frozen ? live.crop : cropOf(now, live.crop);
  if (live.frozen) context.drawImage(live.frozen, ...box);
  layVeil(context, box, crop);
  if (!layer || !["live", "frozen"].includes(live.state)) return;  // it is the map of another moment
  const [x, y, w, h] = cropBox(box, crop);
  context.globalAlpha = settings.opacity;
  context.imageSmoothingQuality = "medium";  // the layer is fine already; "high" takes 3 ms
  if (live.flipped) context.transform(-1, 0, 0, 1, 2 * x + w, 0);  // it lies as the network saw it
  context.drawImage(layer, x, y, w, h);
  context.globalAlpha = 1;
}

const veil = document.createElement("canvas");
let veilOf = "";

// What was cut off. Its lines are slow to draw: once for each size and crop.
function layVeil(context, box, crop) {
  if (seesAll(crop)) return;
  const wanted = [room.ratio, room.width, room.height, ...box, ...crop].join();
  if (wanted !== veilOf) {
    [veil.width, veil.height] = [canvas.width, canvas.height];
    const inside = veil.getContext("2d");
    inside.scale(room.ratio, room.ratio);
    paintUnseen(inside, box, crop);
    veilOf = wanted;
  }
  context.drawImage(veil, 0, 0, veil.width / room.ratio, veil.height / room.ratio);
}

// ---- the camera's rhythm ---------------------------------------------------------------------

const waiting = [], SILENT_MS = 1000, STILL_MS = 2000;
const everyPaint = (then) => requestAnimationFrame(then);
const everyFrame = video.requestVideoFrameCallback ? (then) => video.requestVideoFrameCallback(then) : everyPaint;

// Count the frames of the stream that has just been opened, until it is closed.
function followFilm() {
  const { stream, frames } = live;
  const follow = (rhythm) => rhythm(function onFrame() {
    if (live.stream !== stream) return;
    live.frames += 1;
    waiting.splice(0).forEach((resolve) => resolve());
    rhythm(onFrame);
  });
  follow(everyFrame);
  // WebKit without a GPU has that callback and never calls it.
  setTimeout(() => {
    const silent = live.stream === stream && live.frames === frames && !hidden();
    if (silent && video.readyState >= video.HAVE_CURRENT_DATA) follow(everyPaint);
  }, SILENT_MS);
}

// Whether there is a frame newer than number `last`; waits for it for a while.
function newFrame(last) {
  if (live.frames > last) return Promise.resolve(true);
  return within(STILL_MS, new Promise((resolve) => { waiting.push(() => resolve(true)); }));
}

const shutter = document.createElement("canvas");

// The square of the film as a small JPEG, base64.
function smallFrame(now) {
  const [left, top, side] = squareOf(now);
  shutter.width = shutter.height = LIMITS.side;
  const context = shutter.getContext("2d", { alpha: false });
  context.imageSmoothingQuality = "medium";
  if (settings.flip) context.transform(-1, 0, 0, 1, LIMITS.side, 0);
  context.drawImage(now.source, left, top, side, side, 0, 0, LIMITS.side, LIMITS.side);
  return shutter.toDataURL("image/jpeg", 0.8).split(",")[1];
}
