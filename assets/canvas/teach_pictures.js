// Teach, the pictures: made small here and handed on; their thumbnails.

const THUMB_SIDE = 96, KIND_BYTES = 4096;
const thumbs = new Map();   // id -> data URI; never sent twice
const wanted = new Set();   // ids whose thumbnails are in sight and not here
let fetching = false;

const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function forgetPictures() {
  clearOutbox();
  wanted.clear();
  chosen.clear();
  lit.clear();
}

// A picture or film as a JPEG that fits a square; what is see-through becomes white.
function jpegOf(source, width, height, side, quality) {
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { alpha: false });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", quality);
}

// Send one picture of a class; it is shown at once.
function send(cls, name, source, width, height, heldOut = false, moment = "") {
  const id = newId();
  thumbs.set(id, jpegOf(source, width, height, THUMB_SIDE, 0.75));
  const data = jpegOf(source, width, height, LIMITS.side, 0.92).split(",")[1];
  put({ cls, id, name, data, heldOut, moment });
  draw();
}

// ---- files -------------------------------------------------------------------------------------

function base64Of(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

async function sendFile(cls, file, heldOut, goesOn) {
  const { name } = file;
  let bitmap = null;
  try {
    bitmap = await createImageBitmap(file);
  } catch (error) { /* a format that only the server reads, or no picture: it says so */ }
  if (bitmap) {
    if (goesOn()) send(cls, name, bitmap, bitmap.width, bitmap.height, heldOut);
    return bitmap.close();
  }
  const maybe = !file.type || file.type.startsWith("image/");
  let data = "", leftOut;
  if (maybe && file.size > LIMITS.bytes) leftOut = "too_large";
  else {
    try {
      data = await base64Of(maybe ? file : file.slice(0, KIND_BYTES));  // enough to say what it is
    } catch (error) {
      leftOut = "unreadable";
    }
  }
  if (goesOn()) put({ cls, id: newId(), name, data, heldOut, leftOut });
}

// Send files to a class, one after the other, while the connection keeps up: until the class is
// gone, or all that is on its way is given up.
async function sendFiles(cls, files, heldOut = false) {
  const mine = batch;
  const goesOn = () => root.isConnected && batch === mine && cards.has(cls);
  let left = files.length;
  mine.total += left;
  mindLeaving();
  for (const file of files) {
    while (outbox.length >= WAITING_MOST && goesOn()) await pause(100);
    if (goesOn()) {
      try {
        await sendFile(cls, file, heldOut, goesOn);
      } catch (error) {  // a device without memory for it
        console.warn(error);
        put({ cls, id: newId(), name: file.name, data: "", heldOut, leftOut: "unreadable" });
      }
    }
    if (!goesOn()) break;
    left -= 1;
    mine.done += 1;
    if (mine.total > 1) say(fill(texts.teach_sending, mine));
  }
  if (batch !== mine) return;
  mine.total -= left;
  if (mine.done < mine.total) return;
  Object.assign(mine, { done: 0, total: 0 });
  mindLeaving();
  while (outbox.length && goesOn()) await pause(100);
  unsay(texts.teach_sending);
}

// ---- thumbnails --------------------------------------------------------------------------------

async function fetchThumbs() {
  if (fetching) return;
  fetching = true;
  await pause(50);  // a few more may come into sight
  while (wanted.size && root.isConnected) {
    const ids = [...wanted].slice(0, LIMITS.thumbs);
    const answer = await ask("thumbs", { ids });
    if (answer.offline) await pause(AGAIN_MS);
    else ids.forEach((id) => wanted.delete(id));
    for (const [id, uri] of Object.entries(answer.thumbs || {})) {
      thumbs.set(id, uri);
      showThumb(id);
    }
  }
  fetching = false;
}
