// The ledger's bars: shows props.value (see ledger_value in rn18demo/ui/ledger_panel.py). A
// click sends `select` with the channel. Labels are set as text, never as HTML.

const texts = TEXTS;
const find = (selector) => element.querySelector(selector);

function made(tag, className, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
}

function row([channel, value], { peak, chosen }) {
  const button = made("button", "row " + (value < 0 ? "against" : "for"));
  const words = (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);
  button.type = "button";
  button.dataset.channel = channel;
  button.setAttribute("aria-pressed", String(channel === chosen));
  button.setAttribute("aria-label", fill(texts.ledger_row, { channel, value: words }));
  const bar = made("i");
  bar.style.width = (100 * Math.abs(value)) / peak + "%";
  const track = made("span", "track");
  track.append(bar);
  button.append(made("span", "name", fill(texts.ledger_name, { channel })), track, made("span", "value", words));
  button.addEventListener("click", () => choose(channel));
  return button;
}

function draw() {
  const value = props.value;
  find(".placeholder").hidden = Boolean(value);
  const sides = value ? value.sides : [];
  find(".sides").replaceChildren(
    ...sides.map(({ title, rows }) => {
      const side = made("div", "side");
      side.append(made("h4", "", title), ...rows.map((one) => row(one, value)));
      return side;
    }),
  );
}

function choose(channel) {
  props.value = { ...props.value, chosen: channel };
  draw();
  find(`[data-channel="${channel}"]`)?.focus({ preventScroll: true });
  trigger("select", { index: channel, value: channel });
}

watch("value", draw);
draw();
