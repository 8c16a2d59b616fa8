// The three steps do not follow each other at once: nobody opens the list in the moment in which the window
// appears. Each is measured by itself.
const [done] = arguments;

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const until = async (so) => {
  while (!so()) await frame();
};

const measure = async () => {
  const { state } = await import("/store.js");
  const { show } = await import("/navigate.js");
  const [painted] = performance.getEntriesByName("first-contentful-paint");
  await until(() => performance.getEntriesByName("catalogue").length > 0);
  const [known] = performance.getEntriesByName("catalogue");
  const arriving = Math.max(0, known.startTime - painted.startTime);

  const opened = performance.now();
  show({ page: "rooms" });
  await until(() => document.querySelectorAll(".room-card").length >= state.catalogue.length);
  // What was laid out before a frame is on the screen at the next.
  await frame();
  const drawing = performance.now() - opened;

  const asked = performance.now();
  const found = await window.__TAURI__.core.invoke("search_rooms", { query: "mass spec" });
  if (found.length === 0) throw new Error("nothing was found");
  return arriving + drawing + performance.now() - asked;
};
measure().then(done, (error) => done(String(error)));
