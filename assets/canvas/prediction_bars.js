// The prediction bars: show props.value (see predictions_value in rn18demo/core/wire.py).

const find = (selector) => element.querySelector(selector);
const texts = TEXTS;
const list = find("ol");

function draw() {
  const value = props.value || {};
  const predictions = value.predictions || [];
  find(".placeholder").hidden = predictions.length > 0;
  arrangeRows(list, predictions.length, choose);
  predictions.forEach((prediction, i) => {
    const { label, index, probability } = prediction;
    const words = fill(texts.bar, { label, share: percent(probability) });
    fillRow(list.children[i].firstChild, prediction, index === value.chosen, words);
  });
  find(".note").textContent = value.note || "";
  element.firstElementChild.toggleAttribute("data-unknown", Boolean(value.note));
}

function choose(index) {
  const prediction = props.value.predictions.find((one) => one.index === index);
  props.value = { ...props.value, chosen: index };
  draw();
  trigger("select", { index, value: prediction.label, rank: prediction.rank });
}

watch("value", draw);
draw();
