// The architecture diagram: shows props.value (see architecture_value in
// rn18demo/ui/architecture.py). A click on a block sends `select` with its name; a changed
// switch sends `submit` with all cuts and scrambled stages as they stand now.

const texts = TEXTS;
const root = element.querySelector(".stages");
const PATIENCE_MS = 15000;
// What the switches said last, until Python's answer agrees. Answers to earlier switches may come
// in between, and must not put back what was flipped meanwhile.
const told = { surgery: null, at: 0 };
// A click on something that is made anew between its press and its release would be lost.
const press = { down: false, due: false };
const group = "pass-" + Math.random().toString(36).slice(2);

function made(tag, className, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
}

function numbers(count) {
  return fill(texts.arch_numbers, { count: count.toLocaleString("en") });
}

// Both ways of a block; what is cut is pale, with a cross where it was cut.
function picture({ projects, cut }) {
  const off = (part) => (cut === part ? " off" : "");
  const cross = { F: "M44 38 l14 14 m0 -14 l-14 14", x: "M98 38 l14 14 m0 -14 l-14 14" }[cut] || "";
  const box = projects ? '<rect class="box" x="84" y="36" width="42" height="18" rx="4"/><text x="105" y="45">1×1</text>' : "";
  return `<svg viewBox="0 0 150 92" aria-hidden="true">
    <path class="way" d="M51 2 V12"/>
    <g class="${off("F")}"><path class="way" d="M51 12 V62"/><rect class="box" x="26" y="24" width="50" height="42" rx="5"/>
      <text x="51" y="37">3×3</text><text x="51" y="53">3×3</text></g>
    <g class="${off("x")}"><path class="way${projects ? " projected" : ""}" d="M51 8 C112 8 112 78 60 78"/>${box}</g>
    <path class="way" d="M51 66 V70 M51 86 V92"/><circle class="box" cx="51" cy="78" r="8"/><text x="51" y="78">+</text>
    <path class="cross" d="${cross}"/></svg>`;
}

// Which parts are cut now: a set such as "layer2.0-x", "layer4-scrambled".
function cutNow() {
  const known = props.value.surgery;
  if (told.surgery === known || performance.now() - told.at > PATIENCE_MS) told.surgery = null;
  return new Set((told.surgery ?? known).split(","));
}

function radio(block, value, text, help) {
  const label = made("label");
  const input = made("input");
  Object.assign(input, { type: "radio", name: group + block.name, value, checked: (block.cut || "") === value });
  input.addEventListener("change", tell);
  label.title = help;
  label.append(input, made("span", "", text));
  return label;
}

function blockCard(block) {
  const card = made("div", "block" + (block.name === props.value.chosen ? " chosen" : ""));
  card.dataset.block = block.name;
  const open = made("button", "open");
  open.type = "button";
  open.setAttribute("aria-label", fill(texts.arch_open, { name: block.name }));
  open.setAttribute("aria-pressed", String(block.name === props.value.chosen));
  open.title = block.projects ? texts.arch_projection : texts.arch_identity;
  open.append(made("b", "", block.name), made("span", "quiet", numbers(block.parameters)));
  open.insertAdjacentHTML("beforeend", picture(block));
  open.addEventListener("click", () => trigger("select", { index: block.name, value: block.name }));
  card.append(open);
  if (block.share !== null) {
    const share = made("div", "share");
    const bar = made("span");
    bar.style.width = 100 * block.share + "%";
    share.title = fill(texts.arch_share, { share: Math.round(100 * block.share) });
    share.append(bar);
    card.append(share);
  }
  const pass = made("fieldset", "pass");
  pass.setAttribute("aria-label", fill(texts.arch_pass, { name: block.name }));
  pass.append(
    radio(block, "", texts.arch_both, texts.arch_both_help),
    radio(block, "x", texts.arch_only_F, texts.arch_only_F_help),
    radio(block, "F", texts.arch_only_x, texts.arch_only_x_help),
  );
  card.append(pass);
  return card;
}

function scrambleSwitch(stage) {
  const label = made("label", "scramble");
  const input = made("input");
  Object.assign(input, { type: "checkbox", name: "scramble", value: stage.name, checked: stage.scrambled });
  input.addEventListener("change", tell);
  label.title = texts.arch_scramble_help;
  label.append(input, made("span", "", texts.arch_scramble));
  return label;
}

function stageColumn(stage) {
  const column = made("div", "stage" + (stage.scrambled ? " scrambled" : "") + (stage.blocks.length ? "" : " end"));
  column.append(made("h4", "", stage.title), made("span", "quiet", stage.shape));
  if (stage.words) column.append(made("p", "quiet", stage.words), made("span", "quiet", numbers(stage.parameters)));
  column.append(...stage.blocks.map(blockCard));
  if (stage.name) column.append(scrambleSwitch(stage));
  return column;
}

// What the switches say, to Python.
function tell() {
  const passes = [...root.querySelectorAll(".block")].map((card) => [card.dataset.block, card.querySelector(".pass input:checked").value]);
  const cuts = passes.filter(([, cut]) => cut).map(([name, cut]) => `${name}-${cut}`);
  const scrambled = [...root.querySelectorAll(".scramble input:checked")].map((input) => `${input.value}-scrambled`);
  Object.assign(told, { surgery: [...cuts, ...scrambled].join(","), at: performance.now() });
  draw();
  setTimeout(() => { if (told.surgery !== null) draw(); }, PATIENCE_MS + 50);
  trigger("submit", { surgery: told.surgery });
}

// The focus stays where it was: cards are made anew with every value.
function draw() {
  if (press.down) {
    press.due = true;
    return;
  }
  const cuts = props.value ? cutNow() : new Set();
  const stages = (props.value ? props.value.stages : []).map((stage) => ({
    ...stage,
    scrambled: cuts.has(stage.name + "-scrambled"),
    blocks: stage.blocks.map((block) => ({ ...block, cut: ["F", "x"].find((part) => cuts.has(`${block.name}-${part}`)) })),
  }));
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  const place = focused ? [...root.querySelectorAll("button, input")].indexOf(focused) : -1;
  root.replaceChildren(...stages.map(stageColumn));
  if (place >= 0) root.querySelectorAll("button, input")[place]?.focus({ preventScroll: true });
}

// The click itself comes after the release.
function release() {
  setTimeout(() => {
    press.down = false;
    if (press.due) draw();
    press.due = false;
  });
}

root.addEventListener("pointerdown", () => {
  press.down = true;
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, release, { once: true });
});
watch("value", draw);
draw();
