// Words and numbers for people. TEXTS, what this script says, is defined just above by the page.

// "{name} is here" with the words put in.
function fill(text, words) {
  return text.replace(/\{(\w+)\}/g, (_, key) => words[key]);
}

// Three significant digits, without an exponent; nobody can picture less than a thousandth.
function readable(value) {
  if (value && Math.abs(value) < 0.001) return value > 0 ? "< 0.001" : "> -0.001";
  return Math.abs(value) >= 1000 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString();
}

function percent(share) {
  const hundredth = 100 * share;
  if (hundredth > 0 && hundredth < 0.1) return "< 0.1 %";
  return hundredth.toFixed(hundredth < 10 ? 1 : 0) + " %";
}
