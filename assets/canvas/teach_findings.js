// Teach, what to look at before training. Sentences may hold names that visitors made up: they
// are set as text, never as HTML.

function drawFindings() {
  const { findings, skipped, counts } = book;
  const good = find(".good");
  // Who has done nothing yet has done nothing wrong. Files that were left out have a list below.
  const begun = counts.pictures > 0;
  const warnings = begun ? findings.filter(({ kind }) => kind !== "skipped") : [];
  good.hidden = warnings.length > 0;
  good.textContent = warnings.length ? "" : fill(begun ? texts.teach_check_good : texts.teach_check_start, counts);
  const list = find(".check ul");
  const key = JSON.stringify(warnings);
  if (list.dataset.key !== key) {
    list.dataset.key = key;
    list.replaceChildren(...warnings.map(findingRow));
  }
  for (const button of list.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(isLit(warnings[Number(button.dataset.index)].shots)));
  }
  drawSkipped(skipped);
}

function findingRow({ level, sentence, remedy, shots }, index) {
  const row = make("li", "finding " + (level === "error" ? "error" : "warning"));
  row.append(make("p", "sentence", sentence), make("p", "remedy", remedy));
  if (shots.length) {
    const button = make("button", "show", texts.teach_check_show);
    button.dataset.index = index;
    button.addEventListener("click", () => light(shots));
    row.append(button);
  }
  return row;
}

const isLit = (shots) => shots.length > 0 && shots.length === lit.size && shots.every((id) => lit.has(id));

// Mark the pictures that a finding is about, or no longer.
function light(shots) {
  const off = isLit(shots);
  lit.clear();
  if (!off) shots.forEach((id) => lit.add(id));
  draw();
  if (off) return;
  for (const { list } of cards.values()) {
    const row = list.querySelector(".lit");
    if (row) list.scrollTop = row.offsetTop - list.offsetTop;
  }
}

function drawSkipped(skipped) {
  const details = find(".left-out");
  details.hidden = !skipped.length;
  const words = skipped.length === 1 ? texts.teach_left_out_one : texts.teach_left_out;
  details.querySelector("summary").textContent = fill(words, { count: skipped.length });
  const list = details.querySelector("ol");
  const key = JSON.stringify(skipped);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...skipped.map(({ name, reason }) => {
    const row = make("li", "");
    row.append(make("b", "", name), make("span", "", reason));
    return row;
  }));
}
