// What a stranger's markup could set up in the page to have Rust open an address: frames with scripts of
// their own, and the raw ways that commands take, without the key that only the app's page was given.
// Called with a function to call at the end; every attempt asks for an address of its own.
const done = arguments[arguments.length - 1];
const address = (name) => `https://galaxyproject.org/${name}`;
const ask = (name) => `(window.__TAURI__ ?? parent.__TAURI__).core.invoke("open_link", { href: "${address(name)}" })`;
const script = (name) => `<script>${ask(name)}</` + "script>";
const frame = (properties) => document.body.appendChild(Object.assign(document.createElement("iframe"), properties));

const raw = (where, name, headers) =>
  where
    .fetch("ipc://localhost/open_link", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Tauri-Callback": "1", "Tauri-Error": "2", ...headers },
      body: JSON.stringify({ href: address(name) }),
    })
    .then((answer) => answer.headers.get("Tauri-Response"), String);
/** A question that is not understood may get no answer at all. */
const within = (answer) => Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 500, "no answer"))]);

const message = (name) =>
  JSON.stringify({
    cmd: "open_link",
    callback: 1,
    error: 2,
    payload: { href: address(name) },
    options: {},
    __TAURI_INVOKE_KEY__: "guessed",
  });

frame({ srcdoc: script("text-frame") });
frame({ src: `data:text/html,${script("data-frame")}` });
frame({ src: URL.createObjectURL(new Blob([script("blob-frame")], { type: "text/html" })) });
frame({ src: `javascript:${ask("script-frame")}` });
const empty = frame({}).contentWindow;

setTimeout(async () => {
  const answers = {
    keyInFrame: typeof empty.__TAURI_INTERNALS__,
    withoutKey: await within(raw(window, "without-key", {})),
    wrongKey: await within(raw(window, "wrong-key", { "Tauri-Invoke-Key": "guessed" })),
    fromFrame: await within(raw(empty, "from-frame", {})),
  };
  for (const where of [window, empty]) where.webkit?.messageHandlers?.ipc?.postMessage(message("message"));
  done(answers);
}, 300);
