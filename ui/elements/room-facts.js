import { isolate, t } from "../l10n.js";
import { entryByAlias } from "../store.js";
import { html, nothing } from "../vendor/lit.js";

/** @typedef {import("../store.js").CatalogueEntry} Entry */

/**
 * What the live Space says of a room, for its card.
 *
 * @param {Entry} entry
 */
export function roomFacts(entry) {
  const { live } = entry;
  if (!live) return nothing;
  const own = live.name !== null && live.name !== entry.name ? live.name : null;
  return html`${standing(entry)}
    <p class="hint room-facts">
      <span>${t("facts-members", { count: live.members })}</span>
      ${own === null ? nothing : html`<span>${t("facts-name", { name: isolate(own) })}</span>`}
      ${live.space === null ? nothing : html`<span>${t("facts-space", { space: isolate(live.space) })}</span>`}
    </p>`;
}

/**
 * Says so where the room is not where it was.
 *
 * @param {Entry} entry
 */
function standing({ live }) {
  switch (live?.standing.state) {
    case "gone":
      return html`<p class="room-mark">${t("facts-gone")}</p>`;
    case "moved": {
      const to = live.standing.to === null ? undefined : entryByAlias(live.standing.to);
      return html`<p class="room-mark">${to ? t("facts-moved-to", { room: isolate(to.name) }) : t("facts-moved")}</p>`;
    }
    default:
      return nothing;
  }
}
