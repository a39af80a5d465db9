// The camera, as every part of the page borrows it. A camera is named by its device id, or by
// "user" (front) or "environment" (back). Many phones lend one camera at a time: whoever holds it
// closes it before another one is asked for, be it by another part of the page.

const WANTED = "rn18demo-camera-wanted";
const SIDES = ["user", "environment"];
const CAMERA_SENTENCES = {
  NotAllowedError: TEXTS.live_refused, SecurityError: TEXTS.live_refused,
  NotFoundError: TEXTS.live_none, OverconstrainedError: TEXTS.live_none,
  NotReadableError: TEXTS.live_busy, AbortError: TEXTS.live_busy,
};

function cameraWish(camera) {
  const which = SIDES.includes(camera) ? { facingMode: camera } : { deviceId: { exact: camera } };
  const size = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
  return { audio: false, video: { ...which, ...size } };
}

// { stream, camera }, where `camera` is another one if the wanted one is not there; throws an
// Error whose message is for the visitor.
async function borrowCamera(camera) {
  const devices = navigator.mediaDevices;
  if (!devices || !devices.getUserMedia) throw new Error(TEXTS.live_insecure);
  document.dispatchEvent(new CustomEvent(WANTED, { detail: MEMORY }));
  try {
    return { stream: await devices.getUserMedia(cameraWish(camera)), camera };
  } catch (error) {
    const gone = ["NotFoundError", "OverconstrainedError"].includes(error.name);
    if (gone && !SIDES.includes(camera)) return borrowCamera("user");  // that of last time: take any
    throw new Error(CAMERA_SENTENCES[error.name] || fill(TEXTS.live_trouble, { reason: error.name }));
  }
}

// Have `giveBack` called when another part of the page is about to ask for the camera.
function whenCameraWanted(giveBack, signal) {
  document.addEventListener(WANTED, ({ detail }) => {
    if (detail !== MEMORY) giveBack();
  }, { signal });
}

// Whether a camera looks away from the visitor: as it says, as it is named, or as it was wished for.
function looksAway(camera, { facingMode = "", label = "" } = {}) {
  if (SIDES.includes(facingMode)) return facingMode === "environment";
  if (/\b(back|rear)\b/i.test(label)) return true;
  return camera === "environment";
}

// An <option> for each camera. Their names are told only after one was allowed.
async function cameraOptions() {
  const found = (await navigator.mediaDevices.enumerateDevices())
    .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId);
  return found.map(({ deviceId, label }, i) => {
    const option = document.createElement("option");
    option.value = deviceId;
    option.textContent = label || TEXTS.live_camera + " " + (i + 1);
    return option;
  });
}
