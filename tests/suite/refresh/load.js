// Several requests at a time, each as soon as the one before is answered. What is refused for a reason that has
// nothing to do with the session counts as an answer, too.
const [roomId] = arguments;
const { invoke } = window.__TAURI__.core;
const load = { answers: 0, refusals: [] };
window.load = load;

async function keepAsking(command, args, fine) {
  for (let number = 0; window.load === load; number += 1) {
    try {
      await invoke(command, args(number));
      load.answers += 1;
    } catch (refusal) {
      if (refusal.kind === fine) load.answers += 1;
      else load.refusals.push({ command, ...refusal });
    }
    await new Promise((goOn) => setTimeout(goOn, 50));
  }
}

keepAsking("join", () => ({ alias: "#nowhere:test.localhost" }), "aliasUnknown");
keepAsking("send_message", (number) => ({ roomId, text: `Message ${number}` }));
keepAsking("mark_read", () => ({ roomId }));
keepAsking("load_earlier", () => ({}));
