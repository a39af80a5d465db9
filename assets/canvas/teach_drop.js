// Teach, what is dropped or opened: pictures and folders on a class; folders, zips and projects
// anywhere.

const ARCHIVE = /[.](zip|rn18)$/i;
const OVER_MS = 200;

// ---- dropping ----------------------------------------------------------------------------------

// `cls` is the class that the place belongs to, or null for the whole area.
function takeDrops(place, cls) {
  let timer = null;
  place.addEventListener("dragover", (event) => {
    const { types } = event.dataTransfer;
    const shots = types.includes(SHOTS);
    if (!(types.includes("Files") || (shots && cls))) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = shots ? "move" : "copy";
    place.classList.add("over");
    clearTimeout(timer);
    timer = setTimeout(() => place.classList.remove("over"), OVER_MS);
  });
  place.addEventListener("drop", (event) => {
    const { types, items, files } = event.dataTransfer;
    if (types.includes(SHOTS)) {
      if (!cls) return;
      event.preventDefault();
      event.stopPropagation();
      const ids = idsOf(event.dataTransfer.getData(SHOTS), cls);
      if (ids.length) moveShots(ids, cls);
    } else if (types.includes("Files")) {
      event.preventDefault();
      event.stopPropagation();
      // Both are gone once this handler returns.
      const entries = [...items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
      beforeTraining(takeFiles(cls, entries, [...files]));
    }
  });
}

// What was dragged may come from another page: only pictures of other classes here count.
function idsOf(text, cls) {
  try {
    const ids = new Set(JSON.parse(text));
    return book.classes.filter(({ id }) => id !== cls).flatMap(allShots).filter((id) => ids.has(id));
  } catch (error) {
    return [];
  }
}

async function takeFiles(cls, entries, files) {
  const archive = files.find(({ name }) => ARCHIVE.test(name));
  if (archive && !entries.some(({ isDirectory }) => isDirectory)) return sendArchive(archive, files.length > 1);
  const found = entries.length ? await filesOf(entries) : files.map((file) => ({ path: file.name, file }));
  if (!found.length) return say(texts.teach_nothing);
  if (cls) return sendFiles(cls, found.map(({ file }) => file));
  if (found.some(({ path }) => path.includes("/"))) return sendFolder(found);
  return say(texts.teach_drop_where);
}

// All files of dropped folders, with their paths; hidden ones and system files are left out.
async function filesOf(entries) {
  const found = [];
  const visit = async (entry) => {
    if (entry.name.startsWith(".") || ["__MACOSX", "Thumbs.db", "desktop.ini"].includes(entry.name)) return;
    const path = entry.fullPath.replace(/^[/]/, "");
    if (entry.isFile) {
      // One that cannot be opened is listed, so its name is sent as well.
      const file = await new Promise((resolve) => entry.file(resolve, () => resolve({ name: entry.name })));
      found.push({ path, file });
      return;
    }
    const reader = entry.createReader();
    const some = () => new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    for (let part = await some(); part.length; part = await some()) {  // a hundred at a time
      for (const child of part) await visit(child);
    }
  };
  for (const entry of entries) await visit(entry);
  return found;
}

// ---- folders -----------------------------------------------------------------------------------

// The server tells which file belongs to which class, by the same rules as for a zip.
async function sendFolder(found) {
  const answer = await ask("arrange_folder", { paths: found.map(({ path }) => path) });
  if (answer.error) return answer.gone || say(answer.error);
  take(answer);
  for (const { cls, files, held_out: heldOut } of answer.folders) {
    sendFiles(cls, files.map((index) => found[index].file), heldOut);
  }
}

// ---- zips and projects -------------------------------------------------------------------------

// `others` were dropped with it, and are left out.
async function sendArchive(file, others = false) {
  say(fill(texts.teach_uploading, { name: file.name }));
  let path = null;
  try {
    ({ path } = await upload(file));
  } catch (error) {
    return say(texts.teach_no_upload);
  }
  let reading = true;
  const follow = async () => {
    for (await pause(500); reading && root.isConnected; await pause(500)) {
      const [done, total] = (await ask("progress")).reading || [];
      if (reading && total) say(fill(texts.teach_reading, { done, total }));
    }
  };
  follow();
  say(fill(texts.teach_uploading, { name: file.name }));
  const done = await act("add_file", { path });
  reading = false;
  if (!done) return;
  const rest = others ? " " + fill(texts.teach_one_archive, { name: file.name }) : "";
  sayDone(fill(texts.teach_opened, book.counts) + rest);
}
