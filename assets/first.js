// Runs before Gradio 6.31, whose "Loading…" sees to it that the page is painted anew with every
// frame: its clock counts on after it has gone, for as long as the page is open. That is a tenth
// of a slow processor's core. Here the clock that was the first to start ends with the loading.
(() => {
  const frame = window.requestAnimationFrame;
  let clocks = 0, running = 0;
  const counted = (callback) => {
    if (!/performance\.now\(\) ?-/.test(callback)) return frame.call(window, callback);
    const clock = running || ++clocks;
    if (clock === 1 && document.getElementById("glass-box")) {
      window.requestAnimationFrame = frame;
      return 0;
    }
    return frame.call(window, (time) => {
      running = clock;
      try {
        callback(time);
      } finally {
        running = 0;
      }
    });
  };
  window.requestAnimationFrame = counted;
})();
