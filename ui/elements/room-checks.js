/**
 * Rooms to tick, under the headings of the catalogue.
 *
 * @typedef {import("../store.js").CatalogueEntry} Entry
 * @typedef {Entry["category"]} Category
 *
 * @typedef {object} Check
 * @property {Entry} entry
 * @property {boolean} checked
 * @property {string} tag said beside the name; empty where there is nothing to say
 * @property {boolean} fixed it cannot be changed
 */
import { t } from "../l10n.js";
import { html, live, nothing, repeat } from "../vendor/lit.js";
import { brokenRoom, drawnOr } from "./boundary.js";

/** The order for those who choose: where to begin, what they work on, what they do. */
const ORDER = /** @type {const} */ ([
  "start",
  "subject",
  "role",
  "training",
  "help",
  "region",
  "workingGroup",
  "infrastructure",
  "more",
]);

/**
 * @param {Check[]} checks
 * @param {(entry: Entry, checked: boolean) => void} change
 */
export const roomChecks = (checks, change) =>
  ORDER.map((category) => {
    const own = checks.filter(({ entry }) => entry.category === category);
    if (own.length === 0) return nothing;
    return html`<fieldset class="room-checks">
      <legend><h2>${t(`rooms-category-${category}`)}</h2></legend>
      <ul>
        ${repeat(own, ({ entry }) => entry.alias, (check) => html`<li>${drawnOr(() => roomCheck(check, change), brokenRoom)}</li>`)}
      </ul>
    </fieldset>`;
  });

/**
 * @param {Check} check
 * @param {(entry: Entry, checked: boolean) => void} change
 */
function roomCheck({ entry, checked, tag, fixed }, change) {
  const id = `check-${entry.key}`;
  return html`<input
      id=${id}
      type="checkbox"
      aria-describedby="${id}-what"
      ?disabled=${fixed}
      .checked=${live(checked)}
      @change=${(/** @type {Event} */ event) => change(entry, /** @type {HTMLInputElement} */ (event.target).checked)}
    />
    <div>
      <div class="room-check-head">
        <label for=${id}><bdi>${entry.name}</bdi></label>
        ${tag ? html`<span class="tag">${tag}</span>` : nothing}
      </div>
      <p class="hint" id="${id}-what" dir="auto">${entry.purpose}</p>
    </div>`;
}
