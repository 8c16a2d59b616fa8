/**
 * Keys that belong to an input method (IME), in every field: an Enter that ends a conversion sends no message and
 * submits no form.
 */

/** The key code of what an input method has taken. Source: UI Events, "Legacy key models". */
const TAKEN = 229;

/** WebKit on macOS tells of the Enter that ends a conversion behind `compositionend`, as if it were none of it. */
let hasEnded = false;

/** Keeps such keys from all that listens to keys. */
export function guard() {
  addEventListener("compositionend", () => (hasEnded = true), true);
  // Some engines have that code for every key, so that it means nothing once a key was released.
  addEventListener("keyup", () => (hasEnded = false), true);
  addEventListener(
    "keydown",
    (event) => {
      const trails = hasEnded && event.keyCode === TAKEN;
      hasEnded = false;
      if (!event.isComposing && !trails) return;
      event.stopPropagation();
      if (trails) event.preventDefault();
    },
    true,
  );
}
