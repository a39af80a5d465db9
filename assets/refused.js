// Gradio's picture says nothing where the browser refuses it the camera or the clipboard.
() => {
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
};
