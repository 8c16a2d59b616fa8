// Keeps a copy of all that crosses between Rust and the page from here on: what commands are asked with,
// and their answers, errors and updates.
globalThis.crossed = [];

const ask = window.fetch;
window.fetch = (address, options) => {
  crossed.push(String(options?.body));
  return ask(address, options);
};

const { callbacks } = window.__TAURI_INTERNALS__;
const add = callbacks.set.bind(callbacks);
const copying = (callback) => (data) => {
  crossed.push(JSON.stringify(data) ?? "");
  return callback(data);
};
for (const [id, callback] of [...callbacks]) add(id, copying(callback));
callbacks.set = (id, callback) => add(id, copying(callback));
