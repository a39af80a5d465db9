// Hide the hottest: shows props.value (see hide_value in rn18demo/ui/hide_panel.py). Nothing
// is asked of the server while the slider moves.

const texts = TEXTS;
const find = (selector) => element.querySelector(selector);
const radios = [...element.querySelectorAll("[type=radio]")];
const slider = find("[type=range]");
const canvas = find("canvas");
const group = "hide-" + Math.random().toString(36).slice(2);
let loaded = null;
let loads = 0;

radios.forEach((radio) => {
  radio.name = group;
  radio.addEventListener("change", draw);
});
slider.addEventListener("input", draw);

// The colours of a picture, pixel by pixel.
async function pixelsOf(uri, side) {
  const image = new Image();
  image.src = uri;
  await image.decode();
  const sheet = document.createElement("canvas");
  sheet.width = sheet.height = side;
  const context = sheet.getContext("2d");
  context.drawImage(image, 0, 0, side, side);
  return context.getImageData(0, 0, side, side).data;
}

async function load() {
  const value = props.value;
  const turn = (loads += 1);
  find(".placeholder").hidden = Boolean(value);
  find(".body").hidden = !value;
  if (!value) return;
  const [picture, blurred] = await Promise.all([value.picture, value.blurred].map((uri) => pixelsOf(uri, value.side)));
  if (turn !== loads) return; // a newer one has arrived meanwhile
  loaded = { ...value, pixels: picture, blurredPixels: blurred, bytes: value.orders.map(decodeBytes) };
  draw();
}

// A curve between the shares that were measured.
function valueAt(curve, percents, share) {
  const right = Math.max(1, percents.findIndex((percent) => percent >= share));
  const [from, to] = [percents[right - 1], percents[right]];
  return curve[right - 1] + ((curve[right] - curve[right - 1]) * (share - from)) / (to - from);
}

function chart({ curves, percents }, share) {
  const x = (percent) => 34 + 2.56 * percent;
  const peak = Math.max(...curves.flat());
  const top = [0.1, 0.2, 0.5].find((limit) => peak <= limit) || 1;
  const y = (value) => 116 - (106 * value) / top;
  const line = (curve, name) => `<polyline class="${name}" points="${curve.map((value, i) => x(percents[i]) + "," + y(value)).join(" ")}"/>`;
  const dots = curves.map((curve, i) => `<circle class="${["map", "chance"][i]}" r="4" cx="${x(share)}" cy="${y(valueAt(curve, percents, share))}"/>`);
  const ticks = [0, 50, 100].map((tick) => `<text x="${x(tick)}" y="130" text-anchor="middle">${tick}</text>`);
  const grid = [0, top / 2, top].map((tick) => `<path class="grid" d="M34 ${y(tick)} H290"/><text x="30" y="${y(tick) + 3}" text-anchor="end">${Math.round(100 * tick)} %</text>`);
  const now = `<path class="now" d="M${x(share)} 10 V116"/><text x="162" y="146" text-anchor="middle">${texts.hide_x}</text>`;
  return [...grid, ...ticks, now, line(curves[1], "chance"), line(curves[0], "map"), ...dots].join("");
}

function draw() {
  if (!loaded) return;
  const { side, label, percents, curves, pixels, blurredPixels, bytes } = loaded;
  const share = Number(slider.value);
  const order = bytes[Number(radios.find((radio) => radio.checked).value)];
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  for (let i = 0; i < order.length; i += 1) {
    const source = order[i] < share ? blurredPixels : pixels;
    for (let c = 4 * i; c < 4 * i + 4; c += 1) image.data[c] = source[c];
  }
  context.putImageData(image, 0, 0);
  const [map, chance] = curves.map((curve) => percent(valueAt(curve, percents, share)));
  const words = fill(texts.hide_left, { label, share, map, chance });
  find("output").textContent = share + " %";
  find(".left").textContent = words;
  canvas.setAttribute("aria-label", words);
  find("svg").innerHTML = chart(loaded, share);
}

watch("value", load);
load();
