import { openLink, orNotice, outcome } from "../actions.js";
import * as ipc from "../ipc.js";
import { isolate, optional, t } from "../l10n.js";
import { goToRoom, joinRoom, show } from "../navigate.js";
import { entryByKey, plannedRoom, roomById, state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { errorBox, serverWords } from "./gc-error.js";
import { StoreElement } from "./store-element.js";

/**
 * @typedef {import("../bindings/JoinProblem.ts").JoinProblem} JoinProblem
 * @typedef {{ words: string, act: () => unknown }} Step what a button says and does
 */

/** Where people write to who are kept out of a room. */
const ADMINS = "code-of-conduct@lists.galaxyproject.org";

/** Why a room was not joined: what happened, what is safe, and the next step. */
class GcJoinProblem extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["plan", "catalogue", "session"]);
  static properties = {
    problem: { attribute: false },
    address: {},
    name: {},
    calm: { type: Boolean },
    asking: { state: true },
    error: { state: true },
  };

  constructor() {
    super();
    /** @type {JoinProblem | null} */
    this.problem = null;
    /** The room's alias or id. */
    this.address = "";
    /** The room's name. */
    this.name = "";
    /** One of many, which need not interrupt those who only listen. */
    this.calm = false;
    this.asking = false;
    /** What asking to be let in met with. @type {import("../store.js").UiError | null} */
    this.error = null;
  }

  refocus() {
    return /** @type {HTMLElement | null} */ (this.closest("[tabindex='-1']"));
  }

  render() {
    const { problem } = this;
    if (!problem) return nothing;
    const { id, args } = words(problem, this.address);
    const safe = optional(`${id}.safe`, args);
    const next = optional(`${id}.next`, args);
    const step = this.#step(problem);
    return html`<div class="notice notice-error" role=${this.calm ? nothing : "alert"}>
      <p class="error-what">${t(id, args)}</p>
      ${safe ? html`<p class="error-safe">${safe}</p>` : nothing}
      ${next ? html`<p class="error-next">${next}</p>` : nothing}
      ${problem.problem === "other" ? nothing : serverWords(plannedRoom(this.address)?.words ?? null)}
      <div class="actions">
        ${step ? this.#button(step, "") : nothing}
        ${mayHelp(problem) ? this.#button({ words: t("try-again"), act: () => this.#again() }, step ? "button-quiet" : "") : nothing}
        ${this.#button({ words: t("problem-dismiss"), act: () => this.#dismiss() }, "button-quiet")}
      </div>
      ${errorBox(this.error)}
    </div>`;
  }

  /**
   * @param {Step} step
   * @param {string} style
   */
  #button({ words, act }, style) {
    return html`<button
      type="button"
      class="button ${style}"
      aria-label="${words} (${this.name})"
      aria-disabled=${this.asking}
      @click=${() => !this.asking && act()}
    >
      ${words}
    </button>`;
  }

  /** A room that is in the plan keeps its place there. */
  async #again() {
    const room = plannedRoom(this.address);
    if (!room || !this.calm) return joinRoom(this.address);
    this.error = await outcome(ipc.steerJoins({ order: "retry", id: room.id }));
  }

  async #dismiss() {
    const room = plannedRoom(this.address);
    if (room) this.error = await outcome(ipc.steerJoins({ order: "cancel", id: room.id }));
  }

  async #knock() {
    const room = plannedRoom(this.address);
    if (!room) return;
    this.asking = true;
    this.error = await outcome(ipc.steerJoins({ order: "knock", id: room.id }));
    this.asking = false;
  }

  /** To the room that this one was left for: the click is the only way there. */
  async #follow(/** @type {string} */ successor) {
    const room = plannedRoom(this.address);
    if (!room) return;
    this.asking = true;
    this.error = await outcome(ipc.steerJoins({ order: "follow", id: room.id }));
    this.asking = false;
    if (!this.error && !this.calm) show({ page: "arrive", alias: room.alias ?? successor });
  }

  /**
   * What helps, unless it is to wait or to try again.
   *
   * @param {JoinProblem} problem
   * @returns {Step | null}
   */
  #step(problem) {
    switch (problem.problem) {
      case "inviteOnly":
      case "broken":
      case "roomVersionUnknown":
      case "moved":
        return lobby();
      case "replaced":
        return { words: t("problem-replaced.button"), act: () => this.#follow(problem.by) };
      case "knock":
        return problem.asked ? null : { words: t("problem-knock.button"), act: () => this.#knock() };
      case "restricted": {
        const { space } = problem;
        return space === null ? lobby() : { words: t("problem-restricted.button"), act: () => joinRoom(space) };
      }
      case "banned":
        return { words: t("problem-banned.button"), act: () => openLink(`mailto:${ADMINS}`) };
      case "termsNotAccepted": {
        const { page } = problem;
        return page === null ? null : { words: t("remedy-terms"), act: () => openLink(page) };
      }
      case "addressUnknown":
        return problem.nearest === null ? lobby() : this.#leadTo(problem.nearest);
      default:
        return null;
    }
  }

  /**
   * To another room, in place of this one.
   *
   * @param {string} address
   * @returns {Step}
   */
  #leadTo(address) {
    const act = () => {
      const room = plannedRoom(this.address);
      if (room) void orNotice(ipc.steerJoins({ order: "cancel", id: room.id }));
      goToRoom(address);
    };
    return { words: t("problem-join", { room: nameOf(address) }), act };
  }
}

/** @returns {Step | null} */
function lobby() {
  const entry = entryByKey("lobby");
  return entry ? { words: t("problem-lobby", { room: isolate(entry.name) }), act: () => goToRoom(entry.alias) } : null;
}

/** @param {string} address */
function nameOf(address) {
  const entry = state.catalogue.find(({ alias, id }) => alias === address || id === address);
  return isolate((entry ?? roomById(address))?.name ?? address);
}

/**
 * Whether the same can come out otherwise: somebody may have opened the door, or mended the room.
 *
 * @param {JoinProblem} problem
 */
function mayHelp(problem) {
  switch (problem.problem) {
    case "replaced":
    case "moved":
    case "roomVersionUnknown":
      return false;
    case "knock":
      return problem.asked;
    case "restricted":
      return problem.space === null;
    case "addressUnknown":
      return problem.nearest === null;
    default:
      return true;
  }
}

/**
 * The words for a problem, and what stands in them.
 *
 * @param {JoinProblem} problem
 * @param {string} address
 * @returns {{ id: string, args: Record<string, string> }}
 */
function words(problem, address) {
  const { session } = state;
  const user = session.state === "signedIn" ? isolate(session.userId) : "";
  switch (problem.problem) {
    case "knock":
      return { id: problem.asked ? "problem-knock-asked" : "problem-knock", args: { user } };
    case "restricted":
      if (problem.space === null) return { id: "problem-restricted-unknown", args: {} };
      // An id tells nobody anything.
      if (nameOf(problem.space).startsWith("!")) return { id: "problem-restricted-unnamed", args: {} };
      return { id: "problem-restricted", args: { space: nameOf(problem.space) } };
    case "addressUnknown": {
      const { nearest } = problem;
      if (nearest === null) return { id: "problem-addressUnknown", args: { address: isolate(address) } };
      return { id: "problem-addressUnknown-nearest", args: { address: isolate(address), room: nameOf(nearest) } };
    }
    case "replaced":
      return { id: "problem-replaced", args: { room: nameOf(problem.by) } };
    case "other":
      return { id: "problem-other", args: { words: isolate(problem.words) } };
    default:
      return { id: `problem-${problem.problem}`, args: { user, admins: ADMINS, address: isolate(address) } };
  }
}

customElements.define("gc-join-problem", GcJoinProblem);
