import { t } from "../l10n.js";
import { joinChosen, joinOf, show, showSignIn } from "../navigate.js";
import { editForm, entryByKey, pick, state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { roomChecks } from "./room-checks.js";
import { StoreElement } from "./store-element.js";

/**
 * @typedef {import("../store.js").CatalogueEntry} Entry
 * @typedef {import("../store.js").Choice} Choice
 */

/** From so many rooms on most servers ask to wait. */
const QUICK = 10;

/** Several rooms, chosen and joined in one go. */
class GcPick extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["catalogue", "joins", "rooms", "session", "picked"]);
  static properties = { busy: { state: true }, error: { state: true } };

  constructor() {
    super();
    this.busy = false;
    /** @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  render() {
    const chosen = chosenRooms();
    return html`<div class="pick-rooms">
        <header class="page-head">
          <h1>${t("pick-title")}</h1>
          <p class="lead">${t("pick-intro")}</p>
          <p class="hint pick-means">${t("pick-means")}</p>
        </header>
        ${roomChecks(state.catalogue.map(check), ({ alias }, checked) => pick(alias, checked))} ${this.#all()}
      </div>
      <footer class="pick-foot">
        ${chosen.length > QUICK ? html`<p class="hint">${t("pick-pace")}</p>` : nothing} ${errorBox(this.error)}
        <div class="actions">
          <button
            type="button"
            class="button button-primary"
            aria-disabled=${this.busy || chosen.length === 0}
            @click=${() => chosen.length > 0 && this.#join({ picks: chosen, rest: [] })}
          >
            ${t("pick-join", { count: chosen.length })}
          </button>
          <button type="button" class="button" @click=${() => show({ page: "rooms" })}>${t("pick-back")}</button>
          <span class="hint" role="status">${t("pick-chosen", { count: chosen.length })}</span>
        </div>
      </footer>`;
  }

  /** Everything at once, for those who know what they ask for. */
  #all() {
    const choice = everything();
    const count = choice.picks.length + choice.rest.length;
    if (!entryByKey("space") || count === 0) return nothing;
    return html`<section class="card pick-all" aria-labelledby="pick-all-title">
      <h2 id="pick-all-title">${t("pick-all-title")}</h2>
      <p>${t("pick-all-text", { count })} ${t("pick-means")}</p>
      ${count > QUICK ? html`<p class="hint">${t("pick-pace")}</p>` : nothing}
      <div class="actions">
        <button type="button" class="button" aria-disabled=${this.busy} @click=${() => this.#join(choice)}>
          ${t("pick-all-join", { count })}
        </button>
      </div>
    </section>`;
  }

  /** @param {Choice} choice */
  async #join(choice) {
    if (this.busy) return;
    if (state.session.state !== "signedIn") {
      editForm({ choice });
      return showSignIn();
    }
    this.busy = true;
    this.error = await joinChosen(choice);
    this.busy = false;
    if (!this.error) show({ page: "rooms" });
  }
}

/** The rooms that are chosen and still have to be joined, in the order in which they were chosen. */
const chosenRooms = () => [...state.picked].filter((alias) => isOpen(alias));

/**
 * Whether a room can be chosen: the user is not in it, and it is not about to be joined.
 *
 * @param {string} alias
 */
function isOpen(alias) {
  const join = joinOf(alias);
  return join === undefined || join.state === "failed";
}

/** @returns {Choice} */
function everything() {
  const isThere = (/** @type {Entry} */ { live }) => (live?.standing.state ?? "listed") === "listed";
  const open = state.catalogue.filter((entry) => isOpen(entry.alias) && isThere(entry));
  const front = [entryByKey("lobby"), entryByKey("space")];
  const picks = front.filter((entry) => entry !== undefined && open.includes(entry));
  const rest = open.filter((entry) => !front.includes(entry));
  const aliases = (/** @type {(Entry | undefined)[]} */ entries) => entries.flatMap((entry) => entry?.alias ?? []);
  return { picks: aliases(picks), rest: aliases(rest) };
}

/**
 * @param {Entry} entry
 * @returns {import("./room-checks.js").Check}
 */
function check(entry) {
  const fixed = !isOpen(entry.alias);
  const joined = joinOf(entry.alias)?.state === "joined";
  // The Lobby stands in front, and is chosen already.
  const suggested = entry.suggested && entry.category !== "start";
  return { entry, checked: fixed || state.picked.has(entry.alias), tag: tagOf(), fixed };

  function tagOf() {
    if (fixed) return t(joined ? "rooms-joined" : "rooms-queued");
    if (entry.live?.suggested) return t("pick-suggested-space");
    return suggested ? t("pick-suggested") : "";
  }
}

customElements.define("gc-pick", GcPick);
