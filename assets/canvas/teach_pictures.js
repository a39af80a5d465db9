// Teach, the pictures: made small here, sent a few at a time, kept until they have arrived.

const THUMB_SIDE = 96, BATCH = 12, BATCH_CHARACTERS = 4e6, WAITING_MOST = 24;
const thumbs = new Map();   // id -> data URI; never sent twice
const outbox = [];          // pictures on their way: { cls, id, name, data, heldOut, moment }
const wanted = new Set();   // ids whose thumbnails are in sight and not here
const batch = { done: 0, total: 0 };
let posting = false, fetching = false;

const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function forgetPictures() {
  outbox.length = 0;
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
  outbox.push({ cls, id, name, data, heldOut, moment });
  draw();
  post();
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

async function sendFile(cls, file, heldOut) {
  const name = file.name;
  let bitmap = null;
  try {
    bitmap = await createImageBitmap(file);
  } catch (error) { /* a format that only the server reads, or no picture: it says so */ }
  if (bitmap) {
    send(cls, name, bitmap, bitmap.width, bitmap.height, heldOut);
    return bitmap.close();
  }
  if (file.size > LIMITS.bytes) {
    return say(fill(texts.teach_too_large, { name, limit: Math.floor(LIMITS.bytes / 2 ** 20) }));
  }
  // The first bytes are enough to say that it is no picture.
  const maybe = !file.type || file.type.startsWith("image/");
  const data = await base64Of(maybe ? file : file.slice(0, 4096)).catch(() => null);
  if (data !== null) outbox.push({ cls, id: newId(), name, data, heldOut });
  post();
}

// Send files to a class, one after the other, while the connection keeps up.
async function sendFiles(cls, files, heldOut = false) {
  batch.total += files.length;
  for (const file of files) {
    while (outbox.length >= WAITING_MOST && root.isConnected) await pause(100);
    await sendFile(cls, file, heldOut);
    batch.done += 1;
    if (batch.total > 1) say(fill(texts.teach_sending, batch));
  }
  if (batch.done < batch.total) return;
  const words = fill(texts.teach_sending, batch);
  Object.assign(batch, { done: 0, total: 0 });
  while (outbox.length && root.isConnected) await pause(100);
  if (find(".message").textContent === words) say("");
}

// ---- the way to the server ---------------------------------------------------------------------

async function post() {
  if (posting) return;
  posting = true;
  while (outbox.length && root.isConnected) {
    const [{ cls, heldOut }] = outbox;
    let characters = 0;
    const some = outbox.filter((one) => one.cls === cls && one.heldOut === heldOut).slice(0, BATCH)
      .filter(({ data }, i) => (characters += data.length) < BATCH_CHARACTERS || i === 0);
    const pictures = some.map(({ id, name, data, moment }) => ({ id, name, data, moment }));
    const answer = await ask("add_pictures", { cls, pictures, held_out: heldOut });
    if (answer.offline) {  // kept, and sent again
      say(fill(texts.teach_waiting, { count: outbox.length }));
      await pause(AGAIN_MS);
      continue;
    }
    const gone = new Set(answer.error ? outbox.filter((one) => one.cls === cls) : some);
    outbox.splice(0, outbox.length, ...outbox.filter((one) => !gone.has(one)));
    if (find(".message").textContent.startsWith(texts.teach_waiting.split("{")[0])) say("");
    if (!answer.error) take(answer);
    else if (!answer.gone) {
      say(answer.error);
      draw();
    }
  }
  posting = false;
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
