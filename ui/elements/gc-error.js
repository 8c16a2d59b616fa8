import { copyText, openLink } from "../actions.js";
import { describe, remedyOf } from "../errors.js";
import { isolate, optional, t } from "../l10n.js";
import { show, showGuide, showSignIn } from "../navigate.js";
import { state } from "../store.js";
import { html, nothing } from "../vendor/lit.js";
import { BoundaryElement } from "./boundary.js";
import "./gc-countdown.js";

/**
 * @typedef {import("../bindings/UiError.ts").UiError} UiError
 * @typedef {import("../errors.js").Remedy} Remedy
 *
 * @typedef {object} Place What the place where an error is shown can do about it.
 * @property {() => unknown} [again] repeats what failed
 * @property {() => unknown} [correct] leads to the field that is wrong
 * @property {(server: string) => unknown} [useServer] takes another server
 * @property {() => unknown} [otherUser] makes room for another account
 * @property {() => unknown} [dismiss] takes the error away
 */

/** An error in sentences, with a countdown where the server said when to try again. */
class GcError extends BoundaryElement {
  static properties = { error: { attribute: false }, until: { state: true } };

  constructor() {
    super();
    /** @type {UiError | null} */
    this.error = null;
    /** @type {number | null} */
    this.until = null;
  }

  #shown = "";

  willUpdate() {
    // The same error may come again in a new object; its countdown goes on.
    const now = JSON.stringify(this.error);
    if (now === this.#shown) return;
    this.#shown = now;
    const wait = this.error?.retryAfterMs ?? null;
    this.until = wait === null ? null : Date.now() + wait;
  }

  render() {
    if (!this.error) return nothing;
    const { what, safe, next } = describe(this.error);
    return html`<p class="error-what">${what}</p>
      ${safe ? html`<p class="error-safe">${safe}</p>` : nothing}
      ${this.until !== null
        ? html`<p class="error-next">
            <gc-countdown
              .until=${this.until}
              words="error-rateLimited-wait"
              over="error-rateLimited-now"
            ></gc-countdown>
          </p>`
        : next
          ? html`<p class="error-next">${next}</p>`
          : nothing}
      ${serverWords(this.error.words)}`;
  }
}

customElements.define("gc-error", GcError);

/**
 * What the server said about it.
 *
 * @param {string | null} words
 */
export const serverWords = (words) => (words ? html`<p class="quoted">${t("error-words", { words: isolate(words) })}</p>` : nothing);

/**
 * An error that screen readers are told of when it appears.
 *
 * @param {UiError | null} error
 * @param {unknown} [actions]
 */
export const errorBox = (error, actions = nothing) =>
  error
    ? html`<div class="notice notice-error" role="alert">
        <gc-error .error=${error}></gc-error>
        ${actions === nothing ? nothing : html`<div class="actions">${actions}</div>`}
      </div>`
    : nothing;

/**
 * The one button that helps with an error; nothing where this place has none that would.
 *
 * @param {UiError} error
 * @param {Place} place
 */
export function remedyButton(error, place) {
  let remedy = remedyOf(error);
  // The usual server is no way out where it is the one in the form.
  if (remedy === "defaultServer" && state.start?.defaultServer === state.form.server.trim()) remedy = "correct";
  const act = action(remedy, error, place);
  if (act) return button(label(remedy, error), act);
  return place.dismiss ? button(t("dismiss"), place.dismiss) : nothing;
}

/**
 * @param {Remedy} remedy
 * @param {UiError} error
 * @param {Place} place
 * @returns {(() => unknown) | undefined}
 */
function action(remedy, { kind, detail }, place) {
  const { useServer } = place;
  switch (remedy) {
    case "again":
    case "correct":
    case "otherUser":
    case "dismiss":
      return place[remedy];
    case "protect":
      return useServer && (() => useServer(protectedAddress()));
    case "defaultServer":
      return useServer && (() => useServer(state.start?.defaultServer ?? ""));
    case "otherServer":
      return useServer && detail ? () => useServer(detail) : undefined;
    case "terms":
      return detail ? () => openLink(detail) : undefined;
    case "copy":
      return linkOf(kind, detail);
    default:
      return WAYS[remedy];
  }
}

/**
 * Copies the link that did not open. Of a sign-in page the error names the host only.
 *
 * @param {UiError["kind"]} kind
 * @param {string | null} detail
 */
function linkOf(kind, detail) {
  const { session } = state;
  const link = kind === "browserFailed" && session.state === "waitingForBrowser" ? session.address : detail;
  return link === null ? undefined : () => copyText(link);
}

/** Where a remedy leads that is another page. */
const WAYS = {
  signIn: () => showSignIn(),
  rooms: () => show({ page: "rooms" }),
  accountGuide: () => showGuide("account"),
  appsGuide: () => showGuide("apps"),
};

/** The address in the form, as one that is asked with protection. */
const protectedAddress = () => state.form.server.trim().replace(/^http:/iu, "https:");

/**
 * @param {Remedy} remedy
 * @param {UiError} error
 */
function label(remedy, { kind, detail }) {
  const server = isolate((remedy === "otherServer" ? detail : state.start?.defaultServer) ?? "");
  // "Correct it" can be said better where it is known what.
  const own = remedy === "correct" ? optional(`error-${kind}.button`) : null;
  return own ?? t(`remedy-${remedy}`, { server });
}

/**
 * @param {string} words
 * @param {() => unknown} act
 */
const button = (words, act) => html`<button type="button" class="button" @click=${act}>${words}</button>`;
