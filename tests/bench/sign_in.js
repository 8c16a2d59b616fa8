// Presses the button, and measures until a message can be seen: inside the page, because the driver's own
// ways take longer than some of the steps.
const [words, done] = arguments;

const isInView = () => {
  const rows = [...document.querySelectorAll("gc-timeline li")];
  const row = rows.find((row) => row.textContent.includes(words));
  const box = row?.getBoundingClientRect();
  return box !== undefined && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
};

const start = performance.now();
const look = () => {
  // What was laid out before a frame is on the screen at the next.
  requestAnimationFrame(isInView() ? () => done(performance.now() - start) : look);
};
document.querySelector("form button[type=submit]").click();
look();
