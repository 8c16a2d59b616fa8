// What a stranger's page in a frame tries. Told the window's key, it asks in each way there is, and tells
// whoever told it what came of that.
const within = (answer) => Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 2000, ["no answer"]))]);
const raw = async (href, headers) => {
  const answer = await fetch("ipc://localhost/open_link", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Tauri-Callback": "1", "Tauri-Error": "2", ...headers },
    body: JSON.stringify({ href }),
  });
  return [answer.headers.get("Tauri-Response"), await answer.text()];
};
const outcome = async (name, headers) => {
  try {
    return await within(raw(`https://${name}.example/`, headers));
  } catch (error) {
    return ["failed", String(error)];
  }
};
const inParent = () => {
  try {
    return typeof parent.__TAURI_INTERNALS__;
  } catch (error) {
    return error.name;
  }
};
addEventListener("message", async ({ data: { key, name }, source }) => {
  const [withKey, reason] = await outcome(`${name}-with-key`, { "Tauri-Invoke-Key": key });
  const [withoutKey] = await outcome(`${name}-without-key`, {});
  const [guessedKey] = await outcome(`${name}-guessed-key`, { "Tauri-Invoke-Key": "guessed" });
  const message = { cmd: "open_link", callback: 1, error: 2, options: {}, payload: { href: `https://${name}-message.example/` } };
  globalThis.webkit?.messageHandlers?.ipc?.postMessage(JSON.stringify({ ...message, __TAURI_INVOKE_KEY__: "guessed" }));
  const scripts = typeof globalThis.__TAURI_INTERNALS__;
  source.postMessage({ name, scripts, parent: inParent(), withKey, withoutKey, guessedKey, reason }, "*");
});
