// The map canvas, what is drawn: the scene of map_scene.js as panels, legend and words.

let scheduled = false;
function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    draw();
  });
}

function draw() {
  drawControls();
  const now = scene();
  find(".placeholder").hidden = Boolean(now);
  find(".legend").classList.toggle("empty", !now);
  find(".download").disabled = !now;
  if (!now) return clear();
  panels[1].panel.hidden = now.view !== "side";
  now.entries.forEach((item, i) => drawPanel(now, item, panels[i]));
  drawLegend(now);
  find(".sentence").textContent = now.entries.map(sentenceOf).join(" ");
  drawCell(now);
}

function clear() {
  panels[1].panel.hidden = true;
  divider.hidden = true;
  cells.hidden = true;
  const { canvas, caption } = panels[0];
  canvas.width = canvas.width;  // empties it
  canvas.setAttribute("aria-label", texts.placeholder);
  caption.textContent = "";
  find(".sentence").textContent = "";
  find(".readout").textContent = "";
}

function sentenceOf({ map, label }) {
  return shown.value.sentence || describeMap(map, label, shown.value.crop, texts);
}

function drawPanel(now, item, { canvas, caption }) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height) return;  // in a hidden tab; the resize observer calls again
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const box = containBox(width, height, aspectOf(now));
  canvas.dataset.box = box.map((n) => n.toFixed(2)).join(" ");
  canvas.setAttribute("aria-label", sentenceOf(item));
  const [name, share] = ["b", "span"].map((tag) => document.createElement(tag));
  name.textContent = name.title = item.label;
  if (item.probability !== null) share.textContent = percent(item.probability);
  caption.replaceChildren(name, share);
  if (canvas === panels[0].canvas) placeHandles(now, box, width, height);
  const context = canvas.getContext("2d");
  if (!context) return fallback();
  context.scale(ratio, ratio);
  paintEntry(context, now, item, box);
}

function fallback() {
  find(".placeholder").hidden = false;
  find(".placeholder").textContent = texts.no_canvas;
}

function placeHandles(now, [x, y, width, height], frameWidth, frameHeight) {
  divider.hidden = now.view !== "split";
  divider.style.left = (100 * (x + settings.divide * width)) / frameWidth + "%";
  divider.style.top = (100 * y) / frameHeight + "%";
  divider.style.height = (100 * height) / frameHeight + "%";
  const shareOfMap = Math.round(100 * settings.divide);
  divider.setAttribute("aria-valuenow", shareOfMap);
  divider.setAttribute("aria-valuetext", fill(texts.divider_value, { share: shareOfMap }));
  cells.hidden = now.view !== "raw";
  Object.assign(cells.style, { left: x + "px", top: y + "px", width: width + "px", height: height + "px" });
}

function drawLegend(now) {
  const { signed } = now.entries[0].map;
  find(".ramp").style.backgroundImage = colourGradient(signed ? "diverging" : settings.colours);
  find(".low").textContent = signed ? readable(-now.scale) : "0";
  find(".high").textContent = readable(now.scale);
  const [left, top, right, bottom] = shown.value.crop;
  const whole = left <= 0.002 && top <= 0.002 && right >= 0.998 && bottom >= 0.998;
  find(".unseen").hidden = whole || now.view === "raw";
}

function drawControls() {
  const now = scene();
  const view = now ? now.view : settings.view;
  views.forEach((radio) => {
    radio.checked = radio.value === view;
    if (radio.value === "side") radio.disabled = !now || !now.comparable;
  });
  const raw = view === "raw";
  find(".opacity input").value = Math.round(100 * settings.opacity);
  find(".opacity input").style.setProperty("--share", Math.round(100 * settings.opacity) + "%");
  find(".opacity input").disabled = raw;
  find(".opacity output").textContent = Math.round(100 * settings.opacity) + " %";
  find(".colours select").value = settings.colours;
  for (const name of ["smooth", "fade"]) {
    const box = find("[name=" + name + "]");
    box.checked = settings[name];
    box.disabled = raw;
  }
}
