/** Starts the window: asks Rust and loads the words at once, and draws when both are there. */
import * as ipc from "./ipc.js";
import { load } from "./l10n.js";
import { follow, openTimeline, restore, settle } from "./navigate.js";
import { addNotice, apply, changed, editForm, state } from "./store.js";

/** @param {import("./store.js").Update} update */
function receive(update) {
  try {
    apply(update);
    follow(update);
  } catch (fault) {
    // A list that does not fit its changes is mended by a fresh snapshot.
    console.error(fault);
    begin();
  }
}

/** Begins anew with what there is to show. */
function begin() {
  state.rooms = [];
  void subscribe();
  if (state.timeline) openTimeline(state.timeline.roomId);
}

async function subscribe() {
  try {
    state.start = await ipc.subscribe(receive, begin);
    if (state.form.server === "") editForm({ server: state.start.defaultServer });
    changed("start");
  } catch (error) {
    addNotice(/** @type {import("./store.js").UiError} */ (error));
  }
}

async function readGuide() {
  try {
    state.pages = await ipc.guide();
  } catch (error) {
    addNotice(/** @type {import("./store.js").UiError} */ (error));
  }
  changed("guide");
}

async function start() {
  const subscribed = subscribe();
  await Promise.all([load(), readGuide(), import("./elements/gc-app.js")]);
  document.body.replaceChildren(document.createElement("gc-app"));
  for (const event of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(event, settle, { once: true, passive: true });
  }
  await subscribed;
  restore();
  // The other screens are a click away at the soonest.
  requestAnimationFrame(() => void import("./elements/screens.js"));
}

void start();
