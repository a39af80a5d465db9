// What Gradio's own parts leave to be mended, once when the page opens.
() => {
  // At each message of an event it copies all inputs of past events (Svelte's `$state.snapshot`),
  // each name, number and function of them by a call of `structuredClone`: 15,000 for a click on
  // a class, a fifth of the browser's work. Names and numbers are their own copies, and that a
  // function has none is known beforehand.
  const copy = window.structuredClone.bind(window);
  const refusal = new DOMException("A function cannot be copied.", "DataCloneError");
  window.structuredClone = (value, options) => {
    if (typeof value === "function") throw refusal;
    return typeof value === "object" || typeof value === "symbol" ? copy(value, options) : value;
  };

  // Its picture says nothing where the browser refuses it the camera or the clipboard.
  window.addEventListener("unhandledrejection", (event) => {
    if (!(event.reason instanceof DOMException) || event.reason.name !== "NotAllowedError") return;
    event.preventDefault();
    const old = document.querySelector("#refused");
    if (old) old.remove();
    const said = Object.assign(document.createElement("p"), { id: "refused", className: "said", textContent: WORDS });
    said.setAttribute("role", "alert");
    document.querySelector("#picture").after(said);
    setTimeout(() => said.remove(), 15000);
  });

  // Its footer, which our style sheet does not reach, parts two links; a phone shows one of them.
  const style = document.createElement("style");
  style.textContent = "@media (max-width: 640px) { footer .divider { display: none !important; } }";
  document.head.append(style);

  // Its gallery calls the examples "Thumbnail 1 of 14"; without that, the picture's own words count.
  const examples = document.querySelector("#examples");
  function name() {
    for (const button of examples.querySelectorAll("button[aria-label]")) {
      if (button.querySelector("img[alt]")) button.removeAttribute("aria-label");
    }
  }
  if (!examples) return; // another page of this project's
  name();
  new MutationObserver(name).observe(examples, { childList: true, subtree: true });
};
