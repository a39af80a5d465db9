// The Live tab, what the visitor does.

function drawControls() {
  cameras.value = settings.camera;
  if (cameras.selectedIndex < 0) cameras.value = "user";
  for (const name of ["map", "strip", "mirror", "flip"]) find("[name=" + name + "]").checked = settings[name];
  for (const name of ["opacity", "smoothing"]) {
    const range = find("[name=" + name + "]");
    range.value = Math.round(100 * settings[name]);
    range.style.setProperty("--share", (100 * range.value) / range.max + "%");
  }
  find("[name=colours]").value = settings.colours;
  drawStrip();
}

find(".start").addEventListener("click", start);
find(".stop").addEventListener("click", () => leave("off", texts.live_stopped));
find(".freeze").addEventListener("click", freeze);
cameras.addEventListener("change", () => {
  change({ camera: cameras.value });
  if (["starting", "live", "stale", "paused"].includes(live.state)) start();
});
for (const name of ["map", "strip", "mirror", "flip"]) {
  find("[name=" + name + "]").addEventListener("change", (event) => change({ [name]: event.target.checked }));
}
for (const name of ["opacity", "smoothing"]) {
  find("[name=" + name + "]").addEventListener("input", (event) => change({ [name]: event.target.value / 100 }));
}
find("[name=colours]").addEventListener("change", (event) => change({ colours: event.target.value }));

// ---- pinning a class by name -------------------------------------------------------------------

const search = find(".find input");
const names = find(".find datalist");
names.id = "live-classes-" + Math.random().toString(36).slice(2);
search.setAttribute("list", names.id);

function listClasses() {
  const { labels = [] } = props.value || {};
  search.value = "";
  names.replaceChildren(...labels.map((label) => Object.assign(document.createElement("option"), { value: label })));
}

search.addEventListener("change", () => {
  const index = ((props.value || {}).labels || []).indexOf(search.value);
  if (search.value && index < 0) return;
  if (seen.pinned !== (index < 0 ? null : index)) pin(index < 0 ? seen.pinned : index);
});

watch("value", () => {
  listClasses();
  if (live.state === "frozen") lookAtFrozen();  // other weights
});
new ResizeObserver(fitCanvas).observe(canvas);
listClasses();
drawControls();
enter("off", texts.live_off);
const clock = setInterval(() => {
  if (root.isConnected) return tick();
  clearInterval(clock);  // the component is gone
  live.turn += 1;
  closeCamera();
}, TICK_MS);
