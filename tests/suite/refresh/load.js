// Several requests at a time, each as soon as the one before is answered. A join is answered when it is in
// the plan, which then asks the homeserver.
const [roomId] = arguments;
const { invoke } = window.__TAURI__.core;
const load = { answers: 0, refusals: [] };
window.load = load;

async function keepAsking(command, args) {
  for (let number = 0; window.load === load; number += 1) {
    try {
      await invoke(command, args(number));
      load.answers += 1;
    } catch (refusal) {
      load.refusals.push({ command, ...refusal });
    }
    await new Promise((goOn) => setTimeout(goOn, 50));
  }
}

keepAsking("join", () => ({ room: "#nowhere:test.localhost", via: [] }));
keepAsking("send_message", (number) => ({ roomId, text: `Message ${number}`, asText: false }));
keepAsking("mark_read", () => ({ roomId }));
keepAsking("load_earlier", () => ({}));
