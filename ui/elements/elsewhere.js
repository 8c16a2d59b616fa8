/**
 * Tells when the pointer is pressed outside an element.
 *
 * @param {Element} element
 * @param {() => void} left
 * @returns {() => void} ends it
 */
export function onElsewhere(element, left) {
  const press = (/** @type {Event} */ event) => {
    if (!element.contains(/** @type {Node} */ (event.target))) left();
  };
  addEventListener("pointerdown", press);
  return () => removeEventListener("pointerdown", press);
}
