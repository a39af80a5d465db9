// The Live tab, its camera: settings, what state it is in, opening and closing.
// props.value is { checkpoint, labels }: the weights that answer.

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;
const root = find(".live");
const video = find("video");
const cameras = find(".camera select");

const memory = "rn18demo-" + MEMORY;
const settings = {
  camera: "user", map: true, opacity: 0.6, colours: "turbo", smoothing: 0.4, strip: true, mirror: true,
  flip: false,
};
try {
  Object.assign(settings, JSON.parse(localStorage.getItem(memory) || "{}"));
} catch (error) { /* private windows may refuse; then nothing is remembered */ }
if (!COLOUR_MAPS[settings.colours]) settings.colours = "turbo";

function change(part) {
  Object.assign(settings, part);
  try {
    localStorage.setItem(memory, JSON.stringify(settings));
  } catch (error) { /* as above */ }
  drawControls();
  drawLayer();
  paintScene();
}

// States: off, starting, live, stale, paused, frozen, ended, error. A turn is one press of
// the start button; whatever belongs to an older turn stops by itself.
const live = {
  state: "off", turn: 0, startedAt: 0, stream: null, frozen: null, jpeg: "", frames: 0, answers: 0, trouble: "",
};

function enter(state, message = "") {
  live.state = state;
  root.dataset.state = state;
  const running = ["starting", "live", "stale", "paused"].includes(state);
  const start = find(".start");
  start.hidden = running;
  start.textContent = { off: texts.live_start, frozen: texts.live_resume }[state] || texts.live_again;
  find(".stop").hidden = !running;
  find(".freeze").hidden = !["live", "stale"].includes(state);
  find("[name=flip]").disabled = state === "frozen";  // the other tabs have the picture already
  nameBars();
  say(message);
  paintScene();
}

function say(message) {
  const place = find(".message");
  if (place.textContent !== message) place.textContent = message;
  place.hidden = !message;
}

// ---- the camera ------------------------------------------------------------------------------

// Resolves once the film runs; throws an Error whose message is for the visitor.
async function openCamera(turn) {
  const { stream, camera } = await borrowCamera(settings.camera);
  settings.camera = camera;
  if (turn !== live.turn) return stream.getTracks().forEach((track) => track.stop());
  closeCamera();
  Object.assign(live, { stream, sent: live.frames });  // nothing is sent before its first picture
  stream.getVideoTracks()[0].addEventListener("ended", () => {
    if (live.stream === stream) leave("error", texts.live_gone);
  });
  video.srcObject = stream;
  await video.play().catch(() => {});  // it was closed meanwhile
  followFilm();
  paintScene();
  listCameras().catch(() => {});
}

function closeCamera() {
  if (!live.stream) return;
  const stream = live.stream;
  live.stream = null;
  stream.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
}

async function listCameras() {
  cameras.replaceChildren(cameras.options[0], cameras.options[1], ...(await cameraOptions()));
  drawControls();
}
