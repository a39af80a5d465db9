// The Live tab, its camera: settings, what state it is in, opening and closing.
// props.value is { checkpoint, labels }: the weights that answer.

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;
const root = find(".live");
const video = find("video");
const cameras = find(".camera select");

const memory = "rn18demo-" + MEMORY;
const settings = {
  camera: "user", label: "", map: true, opacity: 0.6, colours: "turbo", smoothing: 0.4, strip: true,
  mirror: true, mirrorBack: false, flip: false,
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
  drawWhose();
  paintScene();
}

// A mirror shows the visitor; through a back camera one looks as through a window. Each of the
// two is remembered.
const mirrorName = () => (live.away ? "mirrorBack" : "mirror");
const mirrored = () => settings[mirrorName()];

// States: off, starting, live, stale, paused, frozen, ended, error. A turn is one press of
// the start button; whatever belongs to an older turn stops by itself.
const live = {
  state: "off", turn: 0, startedAt: 0, stream: null, frozen: null, jpeg: "", frames: 0, answers: 0, trouble: "",
  away: looksAway(settings.camera, settings),
};

function enter(state, message = "") {
  live.state = state;
  root.dataset.state = state;
  const running = ["starting", "live", "stale", "paused"].includes(state);
  const [start, stop, pressed] = [find(".start"), find(".stop"), document.activeElement];
  start.hidden = running;
  start.textContent = { off: texts.live_start, frozen: texts.live_resume }[state] || texts.live_again;
  stop.hidden = !running;
  find(".freeze").hidden = !["live", "stale"].includes(state);
  find("[name=flip]").disabled = state === "frozen";  // the other tabs have the picture already
  // Who goes on by keyboard finds the focus on the button that took the pressed one's place.
  if (pressed && pressed.hidden && root.contains(pressed)) (running ? stop : start).focus();
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
  const [track] = stream.getVideoTracks();
  live.away = looksAway(camera, { label: track.label, facingMode: track.getSettings().facingMode });
  drawControls();
  track.addEventListener("ended", () => {
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
  const found = await cameraOptions();
  cameras.replaceChildren(cameras.options[0], cameras.options[1], ...(found.length ? found : remembered()));
  drawControls();
}

// The camera of last time, before the browser tells of any.
function remembered() {
  return SIDES.includes(settings.camera) ? [] : [new Option(settings.label || texts.live_camera, settings.camera)];
}
