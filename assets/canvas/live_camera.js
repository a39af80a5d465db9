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

// Times are those of performance.now(), or null before it has happened.
const live = {
  state: "off",  // off, starting, live, stale, paused, frozen, ended, error
  turn: 0,  // one press of the start button; whatever belongs to an older turn stops by itself
  startedAt: 0,
  hiddenAt: null,  // since when nobody sees the page
  // the camera
  stream: null,
  opening: 0,  // counts the wishes for a camera; what comes of an older one is given back
  away: looksAway(settings.camera, settings),  // it looks away from the visitor
  frames: 0,  // pictures that it gave
  // frames on their way, and answers
  sent: 0,  // number of the picture that was sent last
  asking: false,  // one is on its way
  askedAt: null,  // when the picture whose answer is shown was sent
  answeredAt: null,
  firstAt: null,  // when this turn's first answer came
  answers: 0,
  network: 0,  // milliseconds of the last answer that the network took
  slow: false,  // answers come, but late
  trouble: "",  // what went wrong last, in words; nothing after an answer
  // the picture whose answer is shown
  crop: null,  // what the network saw of it: shares of the square that was sent, or of a frozen moment
  flipped: false,  // it was sent mirrored
  frozen: null,  // the frozen moment as a canvas
  jpeg: "",  // and as the page's other tabs got it
};

const running = () => ["starting", "live", "stale", "paused"].includes(live.state);

function enter(state, message = "") {
  live.state = state;
  root.dataset.state = state;
  const [start, stop, pressed] = [find(".start"), find(".stop"), document.activeElement];
  start.hidden = running();
  start.textContent = { off: texts.live_start, frozen: texts.live_resume }[state] || texts.live_again;
  stop.hidden = !running();
  find(".freeze").hidden = !["live", "stale"].includes(state);
  find("[name=flip]").disabled = state === "frozen";  // the other tabs have the picture already
  // Who goes on by keyboard finds the focus on the button that took the pressed one's place.
  if (pressed && pressed.hidden && root.contains(pressed)) (running() ? stop : start).focus();
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

// Resolves once the film runs, or the visitor went on meanwhile; throws an Error whose message is
// for the visitor.
async function openCamera() {
  closeCamera();
  const { opening } = live;
  let lent = null;
  try {
    lent = await borrowCamera(settings.camera);
  } catch (error) {
    if (opening === live.opening) throw error;
    return;
  }
  const { stream, camera } = lent;
  if (opening !== live.opening) return stream.getTracks().forEach((track) => track.stop());
  settings.camera = camera;
  Object.assign(live, { stream, sent: live.frames });  // nothing is sent before its first picture
  const [track] = stream.getVideoTracks();
  live.away = looksAway(camera, { label: track.label, facingMode: track.getSettings().facingMode });
  drawControls();
  track.addEventListener("ended", () => {
    if (live.stream !== stream) return;
    if (hidden()) lendCamera();
    else leave("error", texts.live_gone);
  });
  video.srcObject = stream;
  await video.play().catch(() => {});  // it was closed meanwhile
  if (live.stream !== stream) return;
  followFilm();
  paintScene();
  listCameras().catch(() => {});
}

function closeCamera() {
  live.opening += 1;
  if (!live.stream) return;
  const stream = live.stream;
  live.stream = null;
  stream.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
}

// Another part of the page wants it; it is opened anew when this tab is looked at.
function lendCamera() {
  closeCamera();
  if (!running()) return;
  live.hiddenAt = live.hiddenAt || performance.now();
  enter("paused", texts.live_paused);
}

// A phone's browser may have taken it while the page was hidden.
function cameraLives() {
  const [track] = live.stream ? live.stream.getVideoTracks() : [];
  return Boolean(track) && track.readyState === "live" && !track.muted;
}

// A camera held upright gets a square instead of a strip in a wide frame.
for (const name of ["loadedmetadata", "resize"]) {
  video.addEventListener(name, () => {
    if (video.videoWidth) root.classList.toggle("upright", video.videoHeight > video.videoWidth);
  });
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
