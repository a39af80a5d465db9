// The four maps of a block on one signed scale: shows props.value (see parts_value in
// rn18demo/ui/architecture.py).

const find = (selector) => element.querySelector(selector);
const row = find(".row");
const SIGNS = ["+", "=", "→"];

function tile(map, caption, off, scale) {
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  const words = document.createElement("figcaption");
  const range = document.createElement("span");
  const [low, high] = [Math.min(...map.values), Math.max(...map.values)].map(readable);
  canvas.width = map.columns;
  canvas.height = map.rows;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", fill(TEXTS.parts_tile, { caption, low, high }));
  canvas.getContext("2d")?.drawImage(mapLayer(map, { scale, smooth: false, fade: false }), 0, 0);
  words.textContent = caption;
  range.textContent = `${low} … ${high}`;
  words.append(range);
  figure.classList.toggle("off", off);
  figure.append(canvas, words);
  return figure;
}

function draw() {
  const value = props.value;
  const filled = Boolean(value && value.maps);
  find(".placeholder").hidden = filled;
  [".row", ".scale", ".quiet"].forEach((part) => { find(part).hidden = !filled; });
  if (!filled) return row.replaceChildren();
  const maps = decodeMaps(value.maps);
  const all = value.captions.map((_, i) => mapAt(maps, i));
  const scale = Math.max(...all.map(({ peak }) => peak));
  const nodes = all.flatMap((map, i) => {
    const sign = document.createElement("span");
    sign.className = "sign";
    sign.setAttribute("aria-hidden", "true");
    sign.textContent = SIGNS[i - 1] || "";
    const figure = tile(map, value.captions[i], value.off === i, scale);
    return i ? [sign, figure] : [figure];
  });
  row.replaceChildren(...nodes);
  find(".low").textContent = readable(-scale);
  find(".high").textContent = "+" + readable(scale);
  find(".bar").style.background = colourGradient("diverging");
}

watch("value", draw);
draw();
