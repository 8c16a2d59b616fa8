import { orNotice } from "../actions.js";
import * as ipc from "../ipc.js";
import { hasMoved } from "../joins.js";
import { isolate, t } from "../l10n.js";
import { joinOf, joinRoom, show, showSignIn } from "../navigate.js";
import { entryByAlias, plannedRoom, state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";
import "./gc-countdown.js";
import "./gc-join-problem.js";

/** The place of a room that is still being joined, or could not be. */
class GcArrive extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["view", "joins", "plan", "invitations", "catalogue", "session"]);

  refocus() {
    const heading = /** @type {HTMLElement | null} */ (this.querySelector("h1"));
    heading?.setAttribute("tabindex", "-1");
    return heading;
  }

  render() {
    const { view } = state;
    if (view.page !== "arrive") return nothing;
    const entry = entryByAlias(view.alias);
    const room = isolate(entry?.name ?? nameOf(view.alias));
    const join = joinOf(view.alias);
    return html`<section class="card arrive">${this.#state(view.alias, room, join)}</section>`;
  }

  /**
   * @param {string} alias
   * @param {string} room
   * @param {import("../store.js").JoinState | undefined} join
   */
  #state(alias, room, join) {
    const refused = state.refused.get(alias);
    if (refused && join?.state !== "joined") return notAsked(alias, room, refused);
    switch (join?.state) {
      case "failed":
        return failed(alias, room, join.problem);
      case "queued":
        return state.plan.paused ? paused(alias, room) : queued(alias, room);
      case "joined":
        // Only a Space stays on this page when it is joined.
        return html`<h1>${t("arrive-space-title")}</h1>
          <p>${t("arrive-space")}</p>
          <div class="actions">${roomsButton("button-primary")}</div>`;
      case "waiting":
        return html`<h1>${t("arrive-title", { room })}</h1>
          <p class="progress" role="status">
            <span class="spinner" aria-hidden="true"></span>
            <gc-countdown .until=${join.untilMs} words="rooms-waiting"></gc-countdown>
          </p>
          <div class="actions">${cancelButton(alias)} ${roomsButton("")}</div>`;
      default:
        return state.session.state === "signedIn" ? joining(room) : signedOut(alias, room);
    }
  }
}

/**
 * A room that is not in the catalogue, by its invitation or by the plan.
 *
 * @param {string} address alias or room id
 */
function nameOf(address) {
  const invitation = state.invitations.find(({ roomId }) => roomId === address);
  return invitation?.name ?? plannedRoom(address)?.name ?? address;
}

/** @param {string} room */
const joining = (room) =>
  html`<h1>${t("arrive-title", { room })}</h1>
    <p class="progress" role="status">
      <span class="spinner" aria-hidden="true"></span><span>${t("arrive-joining", { room })}</span>
    </p>
    <p class="hint">${t("arrive-joining-hint")}</p>
    <div class="actions">${roomsButton("")}</div>`;

/**
 * @param {string} alias
 * @param {string} room
 */
const queued = (alias, room) =>
  html`<h1>${t("arrive-title", { room })}</h1>
    <p class="progress" role="status">
      <span class="spinner" aria-hidden="true"></span><span>${t("arrive-queued", { room })}</span>
    </p>
    <p class="hint">${t("arrive-joining-hint")}</p>
    <div class="actions">${cancelButton(alias)} ${roomsButton("")}</div>`;

/**
 * @param {string} alias
 * @param {string} room
 */
const paused = (alias, room) =>
  html`<h1>${t("arrive-title", { room })}</h1>
    <p>${t("joins-doing-paused")}</p>
    <div class="actions">
      <button type="button" class="button button-primary" @click=${() => void ipc.steerJoins({ order: "resume" })}>
        ${t("joins-resume")}
      </button>
      ${cancelButton(alias)} ${roomsButton("")}
    </div>`;

/**
 * The room's answer was no.
 *
 * @param {string} alias
 * @param {string} room
 * @param {import("../bindings/JoinProblem.ts").JoinProblem} problem
 */
const failed = (alias, room, problem) =>
  html`<h1>${t(hasMoved(problem) ? "arrive-moved" : "arrive-failed", { room })}</h1>
    <gc-join-problem .problem=${problem} address=${alias} name=${room}></gc-join-problem>
    <div class="actions">${roomsButton("")}</div>`;

/**
 * The room was not even asked.
 *
 * @param {string} alias
 * @param {string} room
 * @param {import("../store.js").UiError} error
 */
const notAsked = (alias, room, error) =>
  html`<h1>${t("arrive-failed", { room })}</h1>
    ${errorBox(error)}
    <div class="actions">
      <button type="button" class="button button-primary" @click=${() => joinRoom(alias)}>${t("try-again")}</button>
      ${roomsButton("")}
    </div>`;

/**
 * @param {string} alias
 * @param {string} room
 */
const signedOut = (alias, room) =>
  html`<h1>${t("arrive-title", { room })}</h1>
    <p>${t("arrive-signed-out", { room })}</p>
    <div class="actions">
      <button type="button" class="button button-primary" @click=${() => showSignIn(alias)}>${t("nav-sign-in")}</button>
    </div>`;

/** @param {string} alias */
function cancelButton(alias) {
  const room = plannedRoom(alias);
  if (!room) return nothing;
  const cancel = () => {
    void orNotice(ipc.steerJoins({ order: "cancel", id: room.id }));
    show({ page: "rooms" });
  };
  return html`<button type="button" class="button" @click=${cancel}>${t("cancel")}</button>`;
}

/** @param {string} style */
const roomsButton = (style) =>
  html`<button type="button" class="button ${style}" @click=${() => show({ page: "rooms" })}>
    ${t("arrive-other-rooms")}
  </button>`;

customElements.define("gc-arrive", GcArrive);
