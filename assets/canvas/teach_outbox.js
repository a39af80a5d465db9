// Teach, the way to the server: pictures are sent a few at a time and kept until they have arrived,
// or are left out.

const BATCH = 12, BATCH_CHARACTERS = 4e6, WAITING_MOST = 24;
// { cls, id, name, data, heldOut, moment, leftOut }: leftOut says why there is no data to send.
const outbox = [];
let batch = { done: 0, total: 0 };  // of the files that are being sent; given up when it is another
let posting = false;
let changing = 0;  // changes that are asked for and not answered, files that are looked through

function put(one) {
  outbox.push(one);
  mindLeaving();
  post();
}

function takeOut(which) {
  outbox.splice(0, outbox.length, ...outbox.filter((one) => !which(one)));
  mindLeaving();
}

function clearOutbox() {
  batch = { done: 0, total: 0 };
  takeOut(() => true);
  unsay(texts.teach_sending);
}

// What waits lives in this page alone. A page that listens without need may not be kept for the
// way back to it. A training waits, too, until all is there as it stands on the page.
function mindLeaving() {
  const waits = outbox.length > 0 || batch.done < batch.total;
  root.toggleAttribute("data-sending", waits || changing > 0);
  const change = waits ? "addEventListener" : "removeEventListener";
  window[change]("beforeunload", askBeforeLeaving, { signal: leaving.signal });
}

// A training waits until this is done, however it ends.
async function beforeTraining(done) {
  changing += 1;
  mindLeaving();
  try {
    return await done;
  } finally {
    changing -= 1;
    mindLeaving();
  }
}

function askBeforeLeaving(event) {
  event.preventDefault();
  event.returnValue = true;  // for older browsers
}

// Pictures of one class that go together; what is left out is told apart from them.
function nextBatch() {
  const [{ cls, heldOut, leftOut }] = outbox;
  const alike = (one) => one.cls === cls && one.heldOut === heldOut && !one.leftOut === !leftOut;
  let characters = 0;
  return outbox.filter(alike).slice(0, BATCH)
    .filter(({ data }, i) => (characters += data.length) < BATCH_CHARACTERS || i === 0);
}

async function post() {
  if (posting) return;
  posting = true;
  while (outbox.length && root.isConnected) {
    const some = nextBatch();
    const [{ cls, heldOut }] = some;
    const pictures = some.map(({ id, name, data, moment, leftOut }) => ({ id, name, data, moment, left_out: leftOut }));
    const answer = await ask("add_pictures", { cls, pictures, held_out: heldOut });
    if (answer.offline) {  // kept, and sent again
      say(fill(texts.teach_waiting, { count: outbox.length }));
      await pause(AGAIN_MS);
      continue;
    }
    unsay(texts.teach_waiting);
    const waited = outbox.includes(some[0]);  // else the class has been removed meanwhile
    if (answer.full && waited) giveUp(answer.error);
    takeOut((one) => some.includes(one));
    if (!answer.error) take(answer);
    else if (waited && !answer.full && !answer.gone) await leaveOut(some, answer.error);
  }
  posting = false;
}

// Where there is no room for some pictures, there is none for the others that wait.
function giveUp(why) {
  release();
  const count = outbox.filter(({ leftOut }) => !leftOut).length + batch.total - batch.done;
  batch = { done: 0, total: 0 };
  takeOut(({ leftOut }) => !leftOut);
  draw();
  say(why + " " + fill(count === 1 ? texts.teach_not_sent_one : texts.teach_not_sent, { count }));
}

// Some were refused: the class may have been removed in another window, and the others go as well.
async function leaveOut(some, why) {
  await act("view", {});
  for (const { cls, id, name, heldOut, leftOut } of some) {
    if (!leftOut && cards.has(cls)) put({ cls, id, name, data: "", heldOut, leftOut: "refused" });
  }
  draw();
  say(why);
}
