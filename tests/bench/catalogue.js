// The three steps do not follow each other at once: nobody opens the list in the moment in which the window
// appears. Each is measured by itself, once the step before has come to rest.
const [done] = arguments;

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const rest = async () => {
  for (let frames = 0; frames < 20; frames++) await frame();
};
const until = async (so) => {
  while (!so()) await frame();
};

/** Whether rooms fill the window, as far as there are any. */
const isFull = (count) => {
  const cards = [...document.querySelectorAll(".room-card")];
  return cards.length === count || (cards.at(-1)?.getBoundingClientRect().bottom ?? 0) >= innerHeight;
};

const measure = async () => {
  const { state } = await import("/store.js");
  const { show } = await import("/navigate.js");
  const [painted] = performance.getEntriesByName("first-contentful-paint");
  await until(() => performance.getEntriesByName("catalogue").length > 0);
  const [known] = performance.getEntriesByName("catalogue");
  const arriving = Math.max(0, known.startTime - painted.startTime);
  await customElements.whenDefined("gc-rooms");
  await rest();

  const opened = performance.now();
  show({ page: "rooms" });
  await until(() => isFull(state.catalogue.length));
  // What was laid out in a frame is on the screen when the next task begins.
  await new Promise((resolve) => setTimeout(resolve));
  const drawing = performance.now() - opened;
  await rest();

  const asked = performance.now();
  const found = await window.__TAURI__.core.invoke("search_rooms", { query: "mass spec" });
  if (found.length === 0) throw new Error("nothing was found");
  return arriving + drawing + performance.now() - asked;
};
measure().then(done, (error) => done(String(error)));
