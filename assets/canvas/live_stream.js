// The Live tab, its loop: one frame on its way at a time, always the newest.

const STALE_MS = 500, RELEASE_MS = 15000, TICK_MS = 100, RATE_MS = 3000;
const STALE_STEPS = [0.5, 2, 5, 10, 30, 60];  // seconds; a screen reader reads every change aloud
const QUICK = 12;  // answers a second from which bars need no motion of their own
const arrived = [];
const trips = [], TRIPS = 5;  // of the last answers: { whole, server }, milliseconds
// Asking whether the root is visible would style the page anew at each frame: 3.7 ms of 38.
let shown = true;
new ResizeObserver(([entry]) => { shown = entry.contentRect.width > 0; }).observe(root);
const hidden = () => document.hidden || !shown;

async function start() {
  const turn = live.turn += 1;
  Object.assign(live, { frozen: null, jpeg: "", crop: null });
  arrived.length = trips.length = 0;
  Object.assign(live, {
    startedAt: performance.now(), answeredAt: null, firstAt: null, hiddenAt: null, asking: false, slow: false, trouble: "",
  });
  enter("starting", texts.live_starting);
  clearAnswers();  // nothing is known of what is in front of the camera now
  try {
    await openCamera();
  } catch (error) {
    return leave("error", error.message);
  }
  if (turn !== live.turn) return;
  if (live.state === "starting") say(texts.live_first);
  stream(turn);
}

// Stop in a state, with a sentence.
function leave(state, message) {
  live.turn += 1;
  closeCamera();
  enter(state, message);
  drawStatus();
}

async function stream(turn) {
  let asked = null;
  while (turn === live.turn) {
    if (hidden() || !live.stream) {
      asked = null;
      await pause(TICK_MS);
      continue;
    }
    if (!asked) {
      const fresh = await newFrame(live.sent);
      if (turn !== live.turn) return;
      asked = fresh && !hidden() ? send() : null;
      if (!fresh && live.stream && !hidden()) enter("stale", texts.live_still);
      if (!asked) {
        await pause(0);
        continue;
      }
    }
    const answer = await asked.answer;
    if (turn !== live.turn) return;
    live.asking = false;
    if (answer.error) {
      asked = null;
      live.trouble = answer.error;
      enter("stale", answer.error);
      await beforeAsking(answer);
      continue;
    }
    // The next frame leaves before this answer is painted: the server need not wait for that.
    const next = live.frames > live.sent && !hidden() ? send() : null;
    take(answer, asked);
    asked = next;
  }
}

// Send the newest frame: { at, flipped, answer }, or null if there is none.
function send() {
  const now = sourceNow();
  if (!now) return null;
  Object.assign(live, { sent: live.frames, asking: true });
  return { at: performance.now(), flipped: settings.flip, answer: ask(smallFrame(now)) };
}

function take(answer, asked) {
  const now = performance.now();
  const seconds = live.answeredAt ? (now - live.answeredAt) / 1000 : 0;
  Object.assign(live, { answeredAt: now, askedAt: asked.at, flipped: asked.flipped, crop: answer.crop, trouble: "" });
  live.firstAt = live.firstAt || now;
  live.network = answer.milliseconds.network;
  arrived.push(now);
  trips.push({ whole: now - asked.at, server: answer.milliseconds.server });
  if (trips.length > TRIPS) trips.shift();
  absorb(answer, seconds);
  if (live.state !== "live") enter("live", slowWords());
  drawBars();
  drawLayer();
  if (answer.strip) drawStrip();
  paintScene();
  live.answers += 1;
  root.dataset.answers = live.answers;
}

// ---- the clock -------------------------------------------------------------------------------

function drawStatus() {
  const now = performance.now();
  while (arrived.length && arrived[0] < now - RATE_MS) arrived.shift();
  const fresh = live.state === "live" && live.answeredAt;
  const age = fresh ? Math.round(now - live.askedAt) : "";
  root.dataset.age = age;
  root.dataset.frames = live.frames;
  const span = Math.min(RATE_MS, now - (live.firstAt || now)) / 1000;
  const rate = span > 0.5 ? arrived.length / span : 0;
  root.classList.toggle("quick", rate > QUICK);
  const words = { rate: rate.toFixed(rate < 10 ? 1 : 0), network: Math.round(live.network), age };
  const known = live.slow ? texts.live_status_slow : texts.live_status;
  put(find(".status"), "textContent", fresh ? fill(known, words) : "");
}

// How long answers take: the second longest of the last few, since one hiccup is no habit.
function usualTrip() {
  const [longest = { whole: 0, server: 0 }, second = longest] = [...trips].sort((a, b) => b.whole - a.whole);
  return second;
}

// How long an answer counts as new. One that always comes late is still worth being shown.
const patience = () => Math.max(STALE_MS, 2.5 * usualTrip().whole);

// What is said while answers come, but late; in half seconds, so that the sentence keeps still.
function slowWords() {
  const { whole: usual, server: served } = usualTrip();
  live.slow = trips.length > 1 && usual > (live.slow ? 0.7 : 1) * STALE_MS;
  // When it is shown it is one trip old, and two when the next one takes its place.
  const words = served > usual / 2 ? texts.live_crowd : texts.live_slow;
  return live.slow ? fill(words, { seconds: Math.round((1.5 * usual) / 500) / 2 }) : "";
}

// Why nothing new is shown.
function staleWords(now) {
  if (live.trouble) return live.trouble;
  if (!live.asking) return texts.live_still;
  const waited = (now - (live.answeredAt || live.startedAt)) / 1000;
  const [first] = STALE_STEPS;
  return fill(texts.live_stale, { seconds: STALE_STEPS.findLast((step) => step <= waited) || first });
}

function tick() {
  if (!running()) return;
  const now = performance.now();
  if (now - live.startedAt > 1000 * LIMITS.seconds) {
    return leave("ended", fill(texts.live_ended, { minutes: Math.round(LIMITS.seconds / 6) / 10 }));
  }
  if (hidden()) return rest(now);
  if (live.hiddenAt) return wake();
  if (live.state === "live" && now - live.answeredAt > patience()) enter("stale", staleWords(now));
  if (live.state === "stale") say(staleWords(now));
  if (live.state === "live") say(slowWords());
  drawStatus();
}

// A page that nobody sees sends nothing; after a while it gives the camera back, too.
function rest(now) {
  live.hiddenAt = live.hiddenAt || now;
  // A camera that is granted meanwhile counts, too; one that is still waited for does not.
  const asleep = live.state === "paused" || (live.state === "starting" && !live.stream);
  if (!asleep) enter("paused", texts.live_paused);
  if (live.stream && now - live.hiddenAt > RELEASE_MS) closeCamera();
}

async function wake() {
  live.hiddenAt = null;
  if (live.state === "starting") return;  // it is being opened
  enter("starting", texts.live_first);
  if (cameraLives()) return video.play().catch(() => {});
  try {
    await openCamera();
  } catch (error) {
    leave("error", error.message);
  }
}
