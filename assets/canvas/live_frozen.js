// The Live tab, a frozen moment. One JPEG goes to the page's other tabs and is asked about here:
// two pictures of one moment would get two answers.

const QUALITIES = [0.9, 0.75, 0.5, 0.25];
let looks = 0;  // an answer that a later question has overtaken is left aside

// Keep this moment: the camera goes off, and the page's other tabs look at the picture.
function freeze() {
  const now = sourceNow();
  if (!now) return;
  if (live.state !== "live") clearAnswers();  // those of an older moment
  const kept = wholeFrame(now);
  const crop = live.crop && cropOf(now, live.crop);
  Object.assign(live, { frozen: kept, crop, flipped: settings.flip, jpeg: asJpeg(settings.flip ? turned(kept) : kept) });
  leave("frozen", texts.live_frozen);
  trigger("submit", { picture: live.jpeg });
  lookAtFrozen();
}

// The whole film's frame, no larger than the server takes one.
function wholeFrame(now) {
  const scale = Math.min(1, LIMITS.kept / Math.max(now.width, now.height));
  const kept = document.createElement("canvas");
  kept.width = Math.round(now.width * scale);
  kept.height = Math.round(now.height * scale);
  const context = kept.getContext("2d", { alpha: false });
  context.imageSmoothingQuality = "medium";
  context.drawImage(now.source, 0, 0, kept.width, kept.height);
  return kept;
}

function turned(picture) {
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [picture.width, picture.height];
  const context = copy.getContext("2d", { alpha: false });
  context.transform(-1, 0, 0, 1, picture.width, 0);
  context.drawImage(picture, 0, 0);
  return copy;
}

// A data URL, in the best quality that the server still takes.
function asJpeg(picture) {
  let text = "";
  for (const quality of QUALITIES) {
    text = picture.toDataURL("image/jpeg", quality);
    if (text.length * 0.75 < LIMITS.bytes) break;
  }
  return text;
}

// Ask about the frozen moment, until it is answered. `known` says that what is shown is true of it
// already. Nobody's name goes with it: a frame of the camera that comes late would take its place.
async function lookAtFrozen(known = false) {
  const [turn, look] = [live.turn, looks += 1];
  const current = () => turn === live.turn && look === looks;
  if (!known) setTimeout(() => current() && clearAnswers(), STALE_MS);
  const question = () => ask(live.jpeg.split(",")[1], EVERY_STRONGEST, null);
  let answer = await question();
  while (current() && answer.error) {
    if (!known) clearAnswers();
    say(answer.error);
    do await beforeAsking(answer); while (current() && hidden());
    if (current()) answer = await question();
  }
  if (!current()) return;
  looks += 1;
  live.crop = answer.crop;
  forget();
  absorb(answer, 0);
  drawAnswers();
  say(texts.live_frozen);
}
