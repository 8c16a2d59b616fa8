import { askServer, cancelSignIn, serverAnswer, signIn } from "../actions.js";
import { fieldOf } from "../errors.js";
import { isolate, t } from "../l10n.js";
import { show, showGuide } from "../navigate.js";
import { editForm, entryByAlias, entryByKey, state } from "../store.js";
import { html, live, nothing } from "../vendor/lit.js";
import { errorBox, remedyButton } from "./gc-error.js";
import { useServer } from "./gc-server.js";
import { StoreElement } from "./store-element.js";
import { browserPart, createButton, createElsewhere, providerButtons } from "./ways.js";
import "./gc-browser-wait.js";
import "./gc-credentials.js";
import "./gc-registering.js";

/**
 * @typedef {import("../store.js").ServerOffer} ServerOffer
 * @typedef {Extract<import("../store.js").Session, { state: "signingIn" }>} SigningIn
 */

/** The ways in: which server, then what it offers. */
class GcSignIn extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["form", "session", "start", "catalogue"]);
  static properties = { cancelling: { state: true } };

  constructor() {
    super();
    this.cancelling = false;
  }

  /** @type {unknown} */
  #focusedError = null;
  /**
   * Where the focus is to go on from, to what the server offers, as soon as that is known: from the
   * heading when the page opens, from the server's field when the Enter key was pressed in it.
   *
   * @type {"heading" | "server" | null}
   */
  #from = "heading";
  #before = state.session.state;
  #creating = state.form.creating;

  render() {
    const { session, form } = state;
    switch (session.state) {
      case "signedIn":
        return signedIn(session.userId);
      case "waitingForBrowser":
        return html`<gc-browser-wait></gc-browser-wait>`;
      case "registering":
        return html`<gc-registering></gc-registering>`;
      case "signingIn":
        // A password is typed on this page, so this page says how it goes. Whoever comes back from
        // somewhere else is done with the form.
        if (form.way !== "password" && session.step !== "findingServer") return this.#working(session);
        return this.#form(session);
      case "locked":
        return lockedCard();
      default:
        // The session's state follows in a moment.
        return this.#form(form.sent ? { state: "signingIn", step: "findingServer", server: form.server } : null);
    }
  }

  /** @param {SigningIn | null} busy */
  #form(busy) {
    const { form } = state;
    const offer = serverAnswer()?.offer ?? null;
    // What stands below the ways in would move away from under the hand when they come.
    const settled = offer !== null || form.creating || form.asked?.fields || serverAnswer()?.error;
    return html`<form
      class="card form sign-in"
      novalidate
      @submit=${this.#submit}
      @input=${() => (this.#from = null)}
      @server-entered=${() => this.#awaitOffer()}
    >
      <h1 tabindex="-1">${t(form.creating ? "register-title" : "sign-in-title")}</h1>
      <p class="lead">${t(form.creating ? "register-intro" : "sign-in-intro")}</p>
      ${why()}
      <gc-server .busy=${busy !== null}></gc-server>
      ${ways(offer, busy !== null)}
      ${settled ? html`${withLobby() ? nothing : check("joinLobby", busy !== null)} ${check("shared", busy !== null)}` : nothing}
      ${this.#formError()} ${busy ? this.#progress(busy) : actions(offer)}
    </form>`;
  }

  /** @param {SigningIn} session */
  #working(session) {
    return html`<section class="card form">
      <h1 tabindex="-1">${t(state.form.way === "register" ? "register-title" : "sign-in-title")}</h1>
      ${this.#progress(session)}
    </section>`;
  }

  /** @param {SigningIn} session */
  #progress({ step, server }) {
    return html`<div class="progress" role="status">
      <span class="spinner" aria-hidden="true"></span>
      <p>${this.cancelling ? t("sign-in-cancelling") : t(`sign-in-step-${step}`, { server: isolate(server) })}</p>
      <button type="button" class="button" aria-disabled=${this.cancelling} @click=${this.#cancel}>${t("cancel")}</button>
    </div>`;
  }

  /** An error that belongs to none of the fields. */
  #formError() {
    const { error } = state.form;
    if (!error || fieldOf(error)) return nothing;
    if (error.kind === "cancelled") {
      return html`<p class="notice notice-calm" role="status">${t("error-cancelled")}</p>`;
    }
    const correct = () => this.#focus("#server");
    return errorBox(error, remedyButton(error, { again: () => this.#again(), correct, useServer }));
  }

  /** Takes the way again that was taken last. */
  #again() {
    const { way } = state.form;
    if (way === "oauth" || way === "createAccount") return signIn({ way });
    // Which of the providers it was is for the user to say again.
    if (way === "sso") return editForm({ error: null });
    return this.querySelector("form")?.requestSubmit();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (state.form.sent) return;
    const { user, password, creating } = state.form;
    const credentials = /** @type {any} */ (this.querySelector("gc-credentials"));
    if (!credentials) {
      if (serverAnswer()?.offer?.oauth) void signIn({ way: "oauth" });
    } else if (credentials.check()) {
      void signIn({ way: creating ? "register" : "password", user: user.trim(), password });
    }
  }

  async #cancel() {
    if (this.cancelling) return;
    this.cancelling = true;
    await cancelSignIn();
    this.cancelling = false;
  }

  firstUpdated() {
    this.#focusedError = state.form.error;
    /** @type {HTMLElement | null} */ (this.querySelector("h1"))?.focus();
    void askServer(serverAnswer()?.error != null);
  }

  updated() {
    const { error } = state.form;
    if (error !== this.#focusedError) {
      this.#focusedError = error;
      const field = error && fieldOf(error);
      if (field) void this.#focus(`#${field}`);
      // Its words are there a moment later.
      else if (error) requestAnimationFrame(() => this.#showError());
    }
    if (this.#from) void this.#goToOffer();
    if (state.form.creating && !this.#creating) void this.#focus("#user");
    this.#creating = state.form.creating;
    // A sign-in to be done again brings its server along.
    if (this.#before !== state.session.state) void askServer();
    this.#before = state.session.state;
  }

  #showError() {
    this.querySelector(".form > .notice-error, .form > .notice-calm[role=status]")?.scrollIntoView({ block: "nearest" });
  }

  /** The focus goes on when the answer comes, or at once where it is there. */
  #awaitOffer() {
    this.#from = "server";
    void this.#goToOffer();
  }

  /** Takes whoever has not gone anywhere else to the first thing to be done. */
  async #goToOffer() {
    const { form } = state;
    const offer = serverAnswer()?.offer;
    if (!offer) return;
    const at = document.activeElement;
    const stays = this.#from === "server" ? at?.id === "server" : at === document.body || at?.tagName === "H1";
    this.#from = null;
    if (!stays) return;
    const field = form.user === "" ? "#user" : "#password";
    await this.#focus(offer.password && !offer.oauth ? field : ".sign-in .button-primary");
  }

  /** @param {string} selector */
  async #focus(selector) {
    await this.updateComplete;
    for (const part of this.querySelectorAll("gc-credentials, gc-server")) {
      await /** @type {StoreElement} */ (part).updateComplete;
    }
    /** @type {HTMLElement | null} */ (this.querySelector(selector))?.focus();
  }

  refocus() {
    return /** @type {HTMLElement | null} */ (
      this.querySelector(".progress .button") ?? this.querySelector(".actions .button-primary") ?? this.querySelector("h1")
    );
  }
}

/** Whether the Lobby is among the rooms that were chosen. */
const withLobby = () => state.form.choice?.picks.includes(entryByKey("lobby")?.alias ?? "") ?? false;

/** Why the user is here, where it was not only for pressing "Sign in". */
function why() {
  const { session, form } = state;
  const room = form.then === null ? undefined : entryByAlias(form.then);
  const words = [];
  if (session.state === "signedOut" && session.unfinished) words.push(t("sign-in-unfinished"));
  if (session.state === "expired") {
    const kind = session.broken ? "sign-in-broken" : "sign-in-expired";
    words.push(t(kind, { server: isolate(session.server), user: isolate(session.userId) }));
  }
  if (room) words.push(t("sign-in-then", { room: isolate(room.name) }));
  if (form.choice) words.push(t("sign-in-choice", { count: form.choice.picks.length + form.choice.rest.length }));
  return words.map((word) => html`<p class="notice notice-calm" role="status">${word}</p>`);
}

/**
 * What there is to fill in or to know. Until the server has answered, the fields of the one before
 * stay where they are.
 *
 * @param {ServerOffer | null} offer
 * @param {boolean} busy
 */
function ways(offer, busy) {
  const { asked, creating } = state.form;
  const fields = creating || (offer ? offer.password && !offer.oauth : asked?.fields);
  if (fields) {
    const needsToken = creating && offer?.create?.kind === "form" && offer.create.token;
    return html`<gc-credentials .busy=${busy}></gc-credentials>
      ${needsToken ? html`<p class="notice notice-calm">${t("register-token-ahead")}</p>` : nothing}`;
  }
  if (offer) return browserPart(offer);
  return serverAnswer()?.error ? nothing : html`<p class="way way-unknown hint">${t("way-unknown")}</p>`;
}

/** @param {ServerOffer | null} offer */
function actions(offer) {
  const { asked, creating } = state.form;
  if (creating) {
    return html`<div class="actions">
      ${submitButton(t("create-account"))}
      <button type="button" class="link-button" @click=${() => editForm({ creating: false, error: null })}>
        ${t("register-back")}
      </button>
    </div>`;
  }
  if (!offer) {
    return html`<div class="actions">
      ${asked?.fields ? submitButton(t("sign-in-button")) : nothing}
      <button type="button" class="link-button" @click=${() => showGuide("account")}>${t("sign-in-no-account")}</button>
    </div>`;
  }
  // Whoever signs in again has an account.
  const known = state.session.state === "expired";
  const submit = offer.oauth ? t("way-continue") : offer.password ? t("sign-in-button") : null;
  return html`<div class="actions">${submit ? submitButton(submit) : nothing}${known ? nothing : createButton(offer.create)}</div>
    ${providerButtons(offer)} ${known ? nothing : createElsewhere(offer)}`;
}

/** @param {string} label */
const submitButton = (label) => html`<button type="submit" class="button button-primary">${label}</button>`;

/**
 * @param {"joinLobby" | "shared"} choice
 * @param {boolean} busy
 */
function check(choice, busy) {
  return html`<div class="field check">
    <input
      id=${choice}
      type="checkbox"
      aria-describedby="${choice}-help"
      ?disabled=${busy}
      .checked=${live(state.form[choice])}
      @change=${(/** @type {Event} */ event) =>
        editForm({ [choice]: /** @type {HTMLInputElement} */ (event.target).checked })}
    />
    <div>
      <label for=${choice}>${t(`sign-in-${choice}`)}</label>
      <p class="hint" id="${choice}-help">
        ${t(`sign-in-${choice}-help`)} ${choice === "shared" && state.form.shared ? t("sign-in-shared-browser") : nothing}
      </p>
    </div>
  </div>`;
}

const lockedCard = () =>
  html`<div class="card form">
    <h1 tabindex="-1">${t("sign-in-title")}</h1>
    <p>${t("sign-in-locked")}</p>
  </div>`;

/** @param {string} user */
const signedIn = (user) =>
  html`<div class="card form">
    <h1>${t("sign-in-title")}</h1>
    <p>${t("sign-in-already", { user: isolate(user) })}</p>
    <div class="actions">
      <button type="button" class="button button-primary" @click=${() => show({ page: "rooms" })}>
        ${t("sign-in-already-next")}
      </button>
    </div>
  </div>`;

customElements.define("gc-sign-in", GcSignIn);
