// Asks for a command from the window's own page, with Tauri's scripts and without them, and has frames of
// other origins ask for it as well. Called with the address and the text of a stranger's page, and a
// function to call with what came of each.
const [site, page, done] = arguments;
const frames = {
  site: { src: site },
  data: { src: `data:text/html,${encodeURIComponent(page)}` },
  sandboxed: { srcdoc: page, sandbox: "allow-scripts" },
};

/** Asks through Tauri's scripts; answers how that went, and the key that they used. */
const askAndListen = async () => {
  const { fetch } = window;
  let key = "";
  window.fetch = (address, options) => {
    key = new Headers(options.headers).get("Tauri-Invoke-Key");
    return fetch(address, options);
  };
  const invoke = __TAURI_INTERNALS__.invoke("open_link", { href: "https://own.example/" });
  const own = await invoke.then(() => "opened", String);
  window.fetch = fetch;
  return { own, key };
};

const askWith = async (key) => {
  const answer = await fetch("ipc://localhost/open_link", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Tauri-Callback": "1", "Tauri-Error": "2", "Tauri-Invoke-Key": key },
    body: JSON.stringify({ href: "https://own-with-key.example/" }),
  });
  return answer.headers.get("Tauri-Response");
};

const askFrom = (name, properties, key) =>
  new Promise((resolve) => {
    const frame = Object.assign(document.createElement("iframe"), properties);
    addEventListener("message", ({ data }) => data.name === name && resolve(data));
    frame.onload = () => frame.contentWindow.postMessage({ key, name }, "*");
    document.body.append(frame);
  });

(async () => {
  const { own, key } = await askAndListen();
  const answers = { own, ownWithKey: await askWith(key) };
  for (const [name, properties] of Object.entries(frames)) answers[name] = await askFrom(name, properties, key);
  done(answers);
})().catch((error) => done({ failed: String(error) }));
