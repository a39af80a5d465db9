// Teach, the buttons above and below the cards, and the start.

const opened = (done) => done && sayDone(fill(texts.teach_opened, book.counts));

find(".add").addEventListener("click", addClass);
find(".sample").addEventListener("click", () => act("sample", {}).then(opened));
find(".file").addEventListener("click", () => find(".file-input").click());
find(".file-input").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  if (file) beforeTraining(sendArchive(file));
  target.value = "";
});
find(".folder").addEventListener("click", () => find(".folder-input").click());
find(".folder-input").addEventListener("change", ({ target }) => {
  const found = [...target.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  target.value = "";
  if (found.length) beforeTraining(sendFolder(found));
});
find(".save").addEventListener("click", () => trigger("download", { token: book.token }));
find(".undo").addEventListener("click", () => {
  endUndo(find(".message").textContent);
  act("undo", {});
});
find(".left-out button").addEventListener("click", () => act("forget_skipped", {}));
find(".camera select").addEventListener("change", ({ target }) => chooseCamera(target.value));

const really = find("dialog");
find(".restart").addEventListener("click", () => really.showModal());
find(".no").addEventListener("click", () => really.close());
find(".yes").addEventListener("click", async () => {
  really.close();
  closeCamera();
  endUndo(find(".message").textContent);
  if (await startOver()) find(".add").focus();
});

// Another part of the page changed the notebook.
watch("value", () => {
  const { revision } = props.value || {};
  if (revision !== undefined && revision !== book.revision && book.token) act("view", {});
});
takeDrops(root, null);
root.dataset.state = "loading";
const clock = setInterval(() => {
  if (root.isConnected) return tickCamera();
  clearInterval(clock);  // the component is gone
  leaving.abort();
  inSight.disconnect();
  closeCamera();
}, TICK_MS);
open(recall());
