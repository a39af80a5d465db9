// Teach, the camera: hold a button and it takes pictures, let go anywhere and it stops.

const IDLE_MS = 20000, TICK_MS = 250;
const MOMENT_MS = 1000;  // pictures so close in time are alike, and a fair test keeps them together
const film = document.createElement("video");
film.muted = true;
film.playsInline = true;
film.setAttribute("aria-hidden", "true");

const camera = { choice: "user", stream: null, asked: 0, shownAt: 0, cls: null, count: 0 };
try {
  camera.choice = localStorage.getItem(memory + "-camera") || "user";
} catch (error) { /* private windows may refuse */ }
let hold = null;  // { cls, most } while a button is held

function holdToShoot(cls, button) {
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);  // so that letting go outside of the window is heard
    press(cls, LIMITS.hold);
  });
  button.addEventListener("contextmenu", (event) => event.preventDefault());  // a long touch
  button.addEventListener("keydown", (event) => {
    if (![" ", "Enter"].includes(event.key)) return;
    event.preventDefault();
    if (!event.repeat) press(cls, LIMITS.hold);
  });
  button.addEventListener("keyup", (event) => {
    if (event.key === " ") event.preventDefault();
    release();
  });
  button.addEventListener("blur", () => {
    if (hold && hold.cls === cls) release();  // pressing a button takes the focus from another one
  });
  button.addEventListener("click", (event) => {
    if (event.detail === 0 && !hold) press(cls, 1);  // a screen reader's click: one picture
  });
}

for (const name of ["pointerup", "pointercancel"]) {
  window.addEventListener(name, release, { capture: true, signal: leaving.signal });
}
window.addEventListener("blur", release, { signal: leaving.signal });
document.addEventListener("visibilitychange", release, { signal: leaving.signal });
whenCameraWanted(closeCamera, leaving.signal);

async function press(cls, most) {
  if (hold) return;
  const mine = { cls, most };
  hold = mine;
  cards.get(cls).card.classList.add("held");
  const ready = await showCamera(cls);
  if (hold !== mine) {
    if (ready) say(texts.teach_ready);
    return;
  }
  const began = performance.now(), name = newId();
  for (let taken = 0; ready && hold === mine && cards.has(cls); taken += 1) {
    if (taken === mine.most) {
      if (most > 1) say(fill(texts.teach_hold_full, { most }));
      break;
    }
    camera.count += 1;
    camera.shownAt = performance.now();
    const moment = name + "-" + Math.floor((camera.shownAt - began) / MOMENT_MS);
    send(cls, "camera " + camera.count + ".jpg", film, film.videoWidth, film.videoHeight, false, moment);
    const { list } = cards.get(cls);
    list.scrollTop = list.scrollHeight;
    await pause(1000 / LIMITS.rate);
  }
  if (hold === mine) release();
}

function release() {
  if (!hold) return;
  const parts = cards.get(hold.cls);
  if (parts) parts.card.classList.remove("held");
  hold = null;
}

// Show the film in a card; resolves to whether it runs there.
async function showCamera(cls) {
  camera.cls = cls;
  camera.shownAt = performance.now();
  cards.get(cls).stage.append(film);
  try {
    if (!camera.stream) await openCamera();
    await film.play();  // a film that is moved stops
  } catch (error) {
    if (camera.cls === cls && !camera.stream) {
      say(error.message === texts.live_none ? texts.teach_no_camera : error.message);
    }
    return false;
  }
  for (let waits = 0; !film.videoWidth && camera.stream && waits < 100; waits += 1) await pause(20);
  return camera.cls === cls && film.videoWidth > 0;
}

async function openCamera() {
  camera.asked += 1;
  const turn = camera.asked;
  say(texts.teach_starting);
  const lent = await borrowCamera(camera.choice);
  if (turn !== camera.asked || camera.stream) {  // the visitor went on meanwhile
    lent.stream.getTracks().forEach((track) => track.stop());
    if (!camera.stream) throw new Error("");
    return;
  }
  camera.stream = lent.stream;
  camera.choice = lent.camera;
  lent.stream.getVideoTracks()[0].addEventListener("ended", () => {
    if (camera.stream !== lent.stream) return;
    closeCamera();
    say(texts.live_gone);
  });
  film.srcObject = lent.stream;
  film.classList.toggle("mirrored", camera.choice !== "environment");
  say("");
  listCameras().catch(() => {});
}

function closeCamera() {
  release();
  camera.asked += 1;
  if (camera.stream) camera.stream.getTracks().forEach((track) => track.stop());
  camera.stream = null;
  film.srcObject = null;
  film.remove();
}

// A card goes away.
function leaveCamera(cls) {
  if (camera.cls === cls) closeCamera();
}

async function listCameras() {
  const choice = find(".camera select");
  choice.replaceChildren(choice.options[0], choice.options[1], ...(await cameraOptions()));
  choice.value = camera.choice;
}

function chooseCamera(which) {
  camera.choice = which;
  try {
    localStorage.setItem(memory + "-camera", which);
  } catch (error) { /* as above */ }
  const { cls, stream } = camera;
  if (!stream) return;
  closeCamera();
  if (cards.has(cls)) showCamera(cls);
}

// A camera that nobody looks at is given back.
function tickCamera() {
  if (!camera.stream) return;
  const idle = !hold && performance.now() - camera.shownAt > IDLE_MS;
  if (idle || document.hidden || !root.checkVisibility()) closeCamera();
}
