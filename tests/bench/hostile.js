// Tells when a message can be seen, by the clock of the system: the test knows when the app received it.
const [words, done] = arguments;

const isInView = () => {
  const rows = [...document.querySelectorAll("gc-timeline li")];
  const row = rows.findLast((row) => row.textContent.includes(words));
  const box = row?.getBoundingClientRect();
  return box !== undefined && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
};

window.drawn = new Promise((resolve) => {
  // What was laid out before a frame is on the screen at the next.
  const look = () => requestAnimationFrame(isInView() ? () => resolve(Date.now()) : look);
  look();
});
done(true);
