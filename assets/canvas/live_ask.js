// The Live tab, one question to the server: how long it may take, and when the next may be asked.

const ANSWER_MS = 8000, GIVE_UP_MS = 30000, AGAIN_MS = 1000;
const viewer = Array.from({ length: 4 }, () => Math.random().toString(36).slice(2)).join("");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The answer to a frame, or { error }; never throws. After a time-out `coming` is what still may come.
async function ask(frame, strip = stripWish(), who = viewer) {
  const checkpoint = (props.value || {}).checkpoint || null;
  const coming = answerOf({ frame, checkpoint, viewer: who, pinned: seen.pinned, strip });
  const seconds = ANSWER_MS / 1000;
  return (await within(ANSWER_MS, coming)) || { error: fill(texts.live_silent, { seconds }), coming };
}

async function answerOf(payload) {
  try {
    const answer = await server.look(payload);
    if (answer && (answer.predictions || answer.error)) return answer;
  } catch (error) { /* said below */ }
  return { error: texts.live_no_server };
}

// What a promise brings, or null if it takes longer; no timer is left behind.
function within(ms, promise) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, null);
    promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

// Wait after an error. What has timed out still holds one of the six connections that a browser
// opens to a server: nothing is asked beside it until it ends, seems lost, or the network is back.
async function beforeAsking({ coming }) {
  await pause(AGAIN_MS);
  if (!coming) return;
  let back = null;
  const online = new Promise((resolve) => { back = resolve; });
  window.addEventListener("online", back);
  await within(GIVE_UP_MS, Promise.race([coming, online]));
  window.removeEventListener("online", back);
}
