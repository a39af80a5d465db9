// Teach, the book: what the server holds, and how it is asked. Only the token of the notebook
// is kept in the browser, so that reloading the page loses nothing.

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;
const root = find(".teach");
const memory = "rn18demo-" + MEMORY;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const AGAIN_MS = 2000, ANNOUNCE_MS = 400, UNDO_MS = 10000;

const STARTS = ["open", "start_over"];  // what leads to another notebook

const book = { token: null, revision: -1, classes: [], skipped: [], findings: [], counts: {}, limits: {} };
const leaving = new AbortController();  // ends what listens to the whole window
let startingOver = false;

function make(tag, name, words = "") {
  const node = document.createElement(tag);
  node.className = name;
  if (tag === "button") node.type = "button";
  node.textContent = words;
  return node;
}

// Private windows may refuse to remember; then nothing is.
function recall() {
  try {
    return sessionStorage.getItem(memory);
  } catch (error) {
    return null;
  }
}

function keep(token) {
  try {
    if (token) sessionStorage.setItem(memory, token);
    else sessionStorage.removeItem(memory);
  } catch (error) { /* as above */ }
}

// ---- asking ------------------------------------------------------------------------------------

// The server's answer, { error } in words, { error, offline } if it could not be asked, or
// { error, gone } if it is about a notebook that is not open any more.
async function ask(name, payload = {}) {
  const { token } = book;
  let answer = null;
  try {
    answer = await server[name]({ token, ...payload });
  } catch (error) { /* said below */ }
  if (!STARTS.includes(name) && (startingOver || token !== book.token)) {
    return { error: texts.teach_lost, gone: true };
  }
  if (!answer || typeof answer !== "object" || answer.detail) {
    return { error: texts.teach_no_server, offline: true };
  }
  if (answer.gone) {
    await open(null);
    say(texts.teach_lost);
  }
  return answer;
}

// Ask for a change; what is wrong is said. Resolves to whether it was made.
async function act(name, payload) {
  const answer = await beforeTraining(ask(name, payload));
  if (answer.error) {
    if (!answer.gone) say(answer.error);
    draw();  // back to what is true
    return false;
  }
  take(answer);
  return true;
}

// Go on with the notebook of a token, or begin a new one; asks until it is answered.
async function open(token) {
  let answer = await ask("open", { token });
  while (answer.error && root.isConnected) {
    say(answer.error);
    await pause(AGAIN_MS);
    answer = await ask("open", { token });
  }
  if (!root.isConnected) return;
  say(answer.lost ? texts.teach_lost : "");
  take(answer);
}

// What is on its way has no place any more, and what is asked meanwhile no answer.
async function startOver() {
  clearOutbox();
  startingOver = true;
  const done = await act("start_over", {});
  startingOver = false;
  return done;
}

// Answers may overtake each other: an older one is not shown.
function take(answer) {
  const other = answer.token !== book.token;
  if (!other && answer.revision < book.revision) return;
  const changed = other || answer.revision !== book.revision;
  if (other) forgetPictures();
  const { token, revision, classes, skipped, findings, counts, limits } = answer;
  Object.assign(book, { token, revision, classes, skipped, findings, counts, limits });
  keep(token);
  root.dataset.state = "ready";
  root.dataset.revision = revision;
  draw();
  if (changed) announce();
}

// The rest of the page hears that the dataset changed, but not of every single picture.
let announcing = null;
function announce() {
  clearTimeout(announcing);
  announcing = setTimeout(() => trigger("submit", { token: book.token, revision: book.revision }), ANNOUNCE_MS);
}

// ---- the line of messages ----------------------------------------------------------------------

let undoTimer = null;

function say(message) {
  const place = find(".message");
  if (place.textContent !== message) place.textContent = message;
}

// What began like this text has been said for long enough.
function unsay(text) {
  if (find(".message").textContent.startsWith(text.split("{")[0])) say("");
}

// Say what was done, and for a while offer to take it back.
function sayDone(message) {
  say(message);
  const { revision } = book;
  find(".undo").hidden = false;
  find(".undo").dataset.revision = revision;
  clearTimeout(undoTimer);
  undoTimer = setTimeout(() => endUndo(message), UNDO_MS);
}

function endUndo(message) {
  find(".undo").hidden = true;
  if (find(".message").textContent === message) say("");
}

// A later change cannot be jumped over.
function checkUndo() {
  const button = find(".undo");
  if (!button.hidden && Number(button.dataset.revision) !== book.revision) endUndo(find(".message").textContent);
}
