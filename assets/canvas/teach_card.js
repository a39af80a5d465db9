// Teach, the cards: one for each class, kept from one change to the next.

const cards = new Map();  // id -> { card, name, count, stage, hold, upload, list, choice }

function makeCard(id) {
  const card = make("li", "card");
  card.dataset.id = id;
  const parts = {
    card, name: make("input", "name"), count: make("span", "count"), remove: make("button", "remove", "×"),
    stage: make("div", "stage"), hold: make("button", "hold", texts.teach_hold),
    upload: make("button", "upload", texts.teach_upload), files: make("input", "files"),
    list: make("ul", "shots"), empty: make("p", "empty", texts.teach_empty), choice: makeChoice(id),
    tested: make("details", "tested"), testedWords: make("summary", ""), testedList: make("ul", "shots"),
  };
  const { name, files, stage, list } = parts;
  name.type = "text";
  name.maxLength = LIMITS.name;
  name.autocomplete = "off";
  name.spellcheck = false;
  files.type = "file";
  files.multiple = true;
  files.accept = "image/*,.heic,.heif,.avif";
  files.hidden = true;
  stage.append(make("p", "hint", texts.teach_stage));
  const [head, fillers] = [make("div", "head"), make("div", "fillers")];
  const [shown, learned] = [make("div", "shown"), make("div", "learned")];
  head.append(name, parts.count, parts.remove);
  fillers.append(parts.hold, parts.upload, files);
  learned.append(list, parts.empty);
  parts.tested.append(parts.testedWords, parts.testedList);
  shown.append(learned, parts.tested, parts.choice.bar);
  card.append(head, stage, fillers, shown);
  listenToCard(id, parts);
  cards.set(id, parts);
  return card;
}

function listenToCard(id, { card, name, remove, upload, files, hold, tested }) {
  name.addEventListener("change", () => rename(id, name));
  name.addEventListener("keydown", (event) => {
    if (event.key === "Enter") name.blur();
  });
  remove.addEventListener("click", () => removeClass(id));
  upload.addEventListener("click", () => files.click());
  files.addEventListener("change", () => {
    sendFiles(id, [...files.files]);
    files.value = "";
  });
  tested.addEventListener("toggle", draw);
  holdToShoot(id, hold);
  takeDrops(card, id);
}

// What can be done with chosen pictures; it lies over the list, so nothing moves when it comes.
function makeChoice(id) {
  const bar = make("div", "choice");
  bar.hidden = true;
  const parts = {
    bar, count: make("span", "chosen"), remove: make("button", "", texts.teach_delete_chosen),
    move: document.createElement("select"), none: make("button", "none", "×"),
  };
  parts.none.setAttribute("aria-label", texts.teach_unchoose);
  parts.none.title = texts.teach_unchoose;
  parts.move.setAttribute("aria-label", texts.teach_move);
  bar.append(parts.count, parts.remove, parts.move, parts.none);
  const mine = () => allShots(book.classes.find((cls) => cls.id === id)).filter((shot) => chosen.has(shot));
  parts.remove.addEventListener("click", () => deleteShots(mine()));
  parts.move.addEventListener("change", () => moveShots(mine(), parts.move.value));
  parts.none.addEventListener("click", () => {
    mine().forEach((shot) => chosen.delete(shot));
    draw();
  });
  return parts;
}

function drawChoice({ bar, count, move }, cls) {
  const some = allShots(cls).filter((id) => chosen.has(id)).length;
  const height = (pixels) => bar.parentElement.style.setProperty("--bar", pixels + "px");
  bar.hidden = !some;
  if (!some) return height(0);
  count.textContent = fill(texts.teach_chosen, { count: some });
  const options = book.classes.filter(({ id }) => id !== cls.id).map(({ id, name }) => {
    const option = make("option", "", name);
    option.value = id;
    return option;
  });
  const first = make("option", "", texts.teach_move);
  first.value = "";
  first.disabled = true;
  move.replaceChildren(first, ...options);
  move.value = "";
  height(bar.offsetHeight);
}

function countWords(count, held) {
  if (held) return fill(texts.teach_count_held, { count, held });
  if (count === 1) return texts.teach_count_one;
  return count ? fill(texts.teach_count, { count }) : texts.teach_count_none;
}

// Pictures for testing lie folded below the others.
function drawTested({ tested, testedWords, testedList }, cls) {
  tested.hidden = !cls.held_out;
  testedWords.textContent = fill(texts.teach_tested, { count: cls.held_out });
  testedList.setAttribute("aria-label", fill(texts.teach_tested_shots, { name: cls.name }));
  const shown = tested.open ? shotsOf(cls, true) : { ids: [], coming: new Set() };
  drawTiles(testedList, cls, shown, texts.teach_tested_shot);
}

function drawCard(cls, number) {
  const { card, name, count, remove, hold, upload, list, empty, choice } = cards.get(cls.id);
  if (element.ownerDocument.activeElement !== name) name.value = cls.name;
  name.setAttribute("aria-label", fill(texts.teach_name, { number }));
  card.setAttribute("aria-label", cls.name);
  const words = fill(texts.teach_remove, { name: cls.name });
  remove.setAttribute("aria-label", words);
  remove.title = words;
  hold.title = fill(texts.teach_hold_help, { name: cls.name, rate: LIMITS.rate, most: LIMITS.hold });
  hold.setAttribute("aria-label", texts.teach_hold + ": " + cls.name);
  upload.title = fill(texts.teach_upload_help, { name: cls.name });
  upload.setAttribute("aria-label", upload.title);
  list.setAttribute("aria-label", fill(texts.teach_shots, { name: cls.name }));
  drawTiles(list, cls, shotsOf(cls, false), texts.teach_shot);
  drawTested(cards.get(cls.id), cls);
  count.textContent = countWords(list.children.length, cls.held_out);
  empty.hidden = list.children.length > 0;
  drawChoice(choice, cls);
}

function draw() {
  const here = new Set(book.classes.flatMap(allShots));
  for (const set of [chosen, lit]) set.forEach((id) => here.has(id) || set.delete(id));
  const place = find(".cards");
  for (const [id, { card }] of cards) {
    if (book.classes.some((cls) => cls.id === id)) continue;
    cards.delete(id);
    leaveCamera(id);
    takeOut((one) => one.cls === id);
    card.remove();
  }
  book.classes.forEach((cls, i) => {
    const card = cards.has(cls.id) ? cards.get(cls.id).card : makeCard(cls.id);
    if (place.children[i] !== card) place.insertBefore(card, place.children[i] || null);
    drawCard(cls, i + 1);
  });
  forgetTiles(here);
  find(".add").disabled = book.classes.length >= book.limits.classes;
  find(".save").disabled = !book.classes.length;
  drawFindings();
  checkUndo();
}

// ---- what a visitor does -----------------------------------------------------------------------

function rename(id, field) {
  const { name } = book.classes.find((cls) => cls.id === id) || {};
  const wish = field.value.trim();
  if (!wish) {
    field.value = name;
    say(texts.teach_no_name);
  } else if (wish !== name) act("rename_class", { cls: id, name: wish }).then((done) => done || (field.value = name));
}

async function removeClass(id) {
  const at = book.classes.findIndex((cls) => cls.id === id);
  if (at < 0) return;
  const { name } = book.classes[at];
  if (!(await act("remove_class", { cls: id }))) return;
  const next = book.classes[Math.min(at, book.classes.length - 1)];
  (next ? cards.get(next.id).name : find(".add")).focus();
  sayDone(fill(texts.teach_removed_class, { name }));
}

async function addClass() {
  if (!(await act("add_class", {}))) return;
  const { name } = cards.get(book.classes[book.classes.length - 1].id);
  name.focus();
  name.select();
}
