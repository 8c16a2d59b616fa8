/** Starts the window: asks Rust and loads the words at once, and draws when both are there. */
import * as ipc from "./ipc.js";
import { guard } from "./input-method.js";
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

/** The first pause before subscribing again, where the time before has helped nothing; each further one doubles. */
const FIRST_RETRY_PAUSE_MS = 500;
/** The longest such pause. */
const LONGEST_RETRY_PAUSE_MS = 60_000;
/** What holds for so long counts as mended. */
const MENDED_AFTER_MS = 60_000;

let retryPause = 0;
let lastBegun = -Infinity;

/**
 * Begins anew with what there is to show: at once, and with growing pauses where that does not help. What was shown
 * stays meanwhile, and is replaced by the snapshot.
 */
function begin() {
  ipc.unsubscribe();
  const now = performance.now();
  if (now - lastBegun > retryPause + MENDED_AFTER_MS) retryPause = 0;
  lastBegun = now;
  setTimeout(beginNow, retryPause);
  retryPause = Math.min(Math.max(FIRST_RETRY_PAUSE_MS, 2 * retryPause), LONGEST_RETRY_PAUSE_MS);
}

function beginNow() {
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
    begin();
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

/**
 * The web view's own menu would save what a link leads to, or look it up. It stays where text is written, and where
 * text was selected that is no link.
 *
 * @param {MouseEvent} event
 */
function refuseMenu(event) {
  const target = /** @type {Element} */ (event.target);
  if (target.closest("input, textarea")) return;
  const selected = (getSelection()?.toString() ?? "") !== "";
  if (!selected || target.closest("a, img")) event.preventDefault();
}

async function start() {
  guard();
  const subscribed = subscribe();
  await Promise.all([load(), readGuide(), import("./elements/gc-app.js")]);
  document.body.replaceChildren(document.createElement("gc-app"));
  for (const event of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(event, settle, { once: true, passive: true });
  }
  addEventListener("contextmenu", refuseMenu);
  await subscribed;
  restore();
  // The other screens are a click away at the soonest.
  requestAnimationFrame(() => void import("./elements/screens.js"));
}

void start();
