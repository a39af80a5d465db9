// The Live tab, what the visitor does.

function drawControls() {
  cameras.value = settings.camera;
  if (cameras.selectedIndex < 0) cameras.value = "user";
  for (const name of ["map", "strip", "flip"]) find("[name=" + name + "]").checked = settings[name];
  find("[name=mirror]").checked = mirrored();
  for (const name of ["opacity", "smoothing"]) {
    const range = find("[name=" + name + "]");
    range.value = Math.round(100 * settings[name]);
    range.style.setProperty("--share", (100 * range.value) / range.max + "%");
  }
  put(find(".opacity output"), "textContent", Math.round(100 * settings.opacity) + " %");
  put(find(".smoothing output"), "textContent", fill(texts.live_seconds, { seconds: settings.smoothing.toFixed(1) }));
  find("[name=colours]").value = settings.colours;
  drawStrip();
}

find(".start").addEventListener("click", start);
find(".stop").addEventListener("click", () => leave("off", texts.live_stopped));
find(".freeze").addEventListener("click", freeze);
cameras.addEventListener("change", () => {
  const { value: camera, text: label } = cameras.selectedOptions[0];
  if (!live.frozen) live.away = looksAway(camera, { label });
  change({ camera, label });
  if (running()) start();
});
for (const name of ["map", "strip", "flip"]) {
  find("[name=" + name + "]").addEventListener("change", (event) => change({ [name]: event.target.checked }));
}
find("[name=mirror]").addEventListener("change", (event) => change({ [mirrorName()]: event.target.checked }));
for (const name of ["opacity", "smoothing"]) {
  find("[name=" + name + "]").addEventListener("input", (event) => change({ [name]: event.target.value / 100 }));
}
find("[name=colours]").addEventListener("change", (event) => change({ colours: event.target.value }));

// ---- pinning a class by name -------------------------------------------------------------------

const search = find(".find input");
const names = find(".find datalist");
names.id = "live-classes-" + Math.random().toString(36).slice(2);
search.setAttribute("list", names.id);

const labelsNow = () => (props.value || {}).labels || [];

function listClasses() {
  const labels = labelsNow();
  if (meetWeights() || document.activeElement !== search) nameSearch();  // what is being typed stays
  names.replaceChildren(...labels.map((label) => Object.assign(document.createElement("option"), { value: label })));
}

// The field names the pinned class, however it was pinned.
function nameSearch() {
  search.value = seen.pinned === null ? "" : labelsNow()[seen.pinned] || "";
  put(find(".find .none"), "textContent", "");
}

// The classes that a text means: the one of that name, or those that begin so.
function classesNamed(text) {
  const wanted = text.trim().toLowerCase();
  const lower = labelsNow().map((label) => label.toLowerCase());
  const exact = lower.indexOf(wanted);
  return exact >= 0 ? [exact] : lower.flatMap((label, index) => (label.startsWith(wanted) ? [index] : []));
}

function findClass() {
  if (!search.value.trim()) return seen.pinned === null ? nameSearch() : pin(seen.pinned);
  const [index, ...others] = classesNamed(search.value);
  const problem = index === undefined ? texts.live_find_none : others.length ? texts.live_find_many : "";
  if (problem) return put(find(".find .none"), "textContent", fill(problem, { count: others.length + 1 }));
  return seen.pinned === index ? nameSearch() : pin(index);
}

search.addEventListener("change", findClass);

watch("value", () => {
  listClasses();
  if (live.state === "frozen") lookAtFrozen();  // other weights
});
new ResizeObserver(fitCanvas).observe(canvas);
const leaving = new AbortController();  // ends what listens to the whole page
whenCameraWanted(lendCamera, leaving.signal);
cameras.append(...remembered());
listClasses();
drawControls();
enter("off", texts.live_off);
listCameras().catch(() => {});  // names are told at once if the camera was allowed before
const clock = setInterval(() => {
  if (root.isConnected) return tick();
  clearInterval(clock);  // the component is gone
  leaving.abort();
  live.turn += 1;
  closeCamera();
}, TICK_MS);
