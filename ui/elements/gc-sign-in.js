import { cancelSignIn, signIn } from "../actions.js";
import { fieldOf } from "../errors.js";
import { isolate, t } from "../l10n.js";
import { show, showGuide } from "../navigate.js";
import { editForm, entryByAlias, state } from "../store.js";
import { html, live, nothing } from "../vendor/lit.js";
import { errorBox } from "./gc-error.js";
import { StoreElement } from "./store-element.js";

/** @typedef {"server" | "user" | "password"} Field */

/** The way in with server, user name and password. */
class GcSignIn extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["form", "session", "start", "catalogue"]);
  static properties = { visible: { state: true }, cancelling: { state: true }, missing: { state: true } };

  constructor() {
    super();
    /** The password is shown as it is typed. */
    this.visible = false;
    this.cancelling = false;
    /** @type {Field | null} */
    this.missing = null;
  }

  /** @type {unknown} */
  #focusedError = null;

  render() {
    const { session } = state;
    if (session.state === "signedIn") return signedIn(session.userId);
    const busy = session.state === "signingIn";
    return html`<form class="card form sign-in" novalidate @submit=${this.#submit}>
      <h1>${t("sign-in-title")}</h1>
      <p class="lead">${t("sign-in-intro")}</p>
      ${this.#why()} ${this.#server(busy)} ${this.#user(busy)} ${this.#password(busy)} ${this.#lobby(busy)}
      ${this.#formError()}
      ${busy
        ? this.#progress(session)
        : html`<div class="actions">
            <button type="submit" class="button button-primary">${t("sign-in-button")}</button>
            <button type="button" class="link-button" @click=${() => showGuide("account")}>
              ${t("sign-in-no-account")}
            </button>
          </div>`}
    </form>`;
  }

  /** Why the user is here, where it was not only for pressing "Sign in". */
  #why() {
    const { session, form } = state;
    const room = form.then === null ? undefined : entryByAlias(form.then);
    const words = [];
    if (session.state === "signedOut" && session.unfinished) words.push(t("sign-in-unfinished"));
    if (session.state === "expired") words.push(t("sign-in-expired", { server: isolate(session.server) }));
    if (room) words.push(t("sign-in-then", { room: isolate(room.name) }));
    return words.map((word) => html`<p class="notice notice-calm" role="status">${word}</p>`);
  }

  /** @param {boolean} busy */
  #server(busy) {
    return html`<div class="field">
      <label for="server">${t("sign-in-server")}</label>
      <input
        id="server"
        type="text"
        inputmode="url"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        aria-describedby="server-help"
        aria-errormessage="server-error"
        aria-invalid=${this.#invalid("server")}
        ?readonly=${busy}
        .value=${live(state.form.server)}
        @input=${this.#edit("server")}
      />
      <p class="hint" id="server-help">${t("sign-in-server-help")}</p>
      ${this.#fieldError("server")}
    </div>`;
  }

  /** @param {boolean} busy */
  #user(busy) {
    return html`<div class="field">
      <label for="user">${t("sign-in-user")}</label>
      <input
        id="user"
        type="text"
        autocomplete="username"
        autocapitalize="none"
        spellcheck="false"
        aria-describedby="user-help"
        aria-errormessage="user-error"
        aria-invalid=${this.#invalid("user")}
        ?readonly=${busy}
        .value=${live(state.form.user)}
        @input=${this.#edit("user")}
      />
      <p class="hint" id="user-help">${t("sign-in-user-help")}</p>
      ${this.#fieldError("user")}
    </div>`;
  }

  /** @param {boolean} busy */
  #password(busy) {
    const toggle = this.visible ? t("sign-in-password-hide") : t("sign-in-password-show");
    return html`<div class="field">
      <label for="password">${t("sign-in-password")}</label>
      <div class="with-button">
        <input
          id="password"
          type=${this.visible ? "text" : "password"}
          autocomplete="current-password"
          autocapitalize="none"
          spellcheck="false"
          aria-describedby="password-help"
          aria-errormessage="password-error"
          aria-invalid=${this.#invalid("password")}
          ?readonly=${busy}
          .value=${live(state.form.password)}
          @input=${this.#edit("password")}
        />
        <button type="button" class="button" @click=${() => (this.visible = !this.visible)}>${toggle}</button>
      </div>
      <p class="hint" id="password-help">${t("sign-in-password-help")}</p>
      ${this.#fieldError("password")}
    </div>`;
  }

  /** @param {boolean} busy */
  #lobby(busy) {
    return html`<div class="field check">
      <input
        id="join-lobby"
        type="checkbox"
        aria-describedby="join-lobby-help"
        ?disabled=${busy}
        .checked=${live(state.form.joinLobby)}
        @change=${(/** @type {Event} */ event) =>
          editForm({ joinLobby: /** @type {HTMLInputElement} */ (event.target).checked })}
      />
      <div>
        <label for="join-lobby">${t("sign-in-join-lobby")}</label>
        <p class="hint" id="join-lobby-help">${t("sign-in-join-lobby-help")}</p>
      </div>
    </div>`;
  }

  /** @param {Extract<import("../store.js").Session, { state: "signingIn" }>} session */
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
    return errorBox(error);
  }

  /** @param {Field} field */
  #fieldError(field) {
    if (this.missing === field) {
      return html`<p class="field-error" id="${field}-error" role="alert">${t(`sign-in-${field}-missing`)}</p>`;
    }
    const { error } = state.form;
    if (!error || fieldOf(error) !== field) return nothing;
    const other = error.kind === "userOnOtherServer" ? error.detail : null;
    return html`<div class="field-error" id="${field}-error" role="alert">
      <gc-error .error=${error}></gc-error>
      ${other
        ? html`<button type="button" class="button" @click=${() => editForm({ server: other, error: null })}>
            ${t("sign-in-use-server", { server: isolate(other) })}
          </button>`
        : nothing}
    </div>`;
  }

  /** @param {Field} field */
  #invalid(field) {
    const { error } = state.form;
    return this.missing === field || (error && fieldOf(error) === field) ? "true" : "false";
  }

  /** @param {Field} field */
  #edit(field) {
    return (/** @type {Event} */ event) => {
      if (this.missing === field) this.missing = null;
      editForm({ [field]: /** @type {HTMLInputElement} */ (event.target).value });
    };
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (state.session.state === "signingIn") return;
    const { user, password } = state.form;
    this.missing = user.trim() === "" ? "user" : password === "" ? "password" : null;
    if (this.missing) return this.#focus(this.missing);
    this.visible = false;
    void signIn();
  }

  async #cancel() {
    if (this.cancelling) return;
    this.cancelling = true;
    await cancelSignIn();
    this.cancelling = false;
  }

  firstUpdated() {
    this.#focusedError = state.form.error;
    const { form } = state;
    this.#focus(form.user === "" ? "user" : "password");
  }

  /** A new error takes the focus to the field it is about. */
  updated() {
    const { error } = state.form;
    if (error === this.#focusedError) return;
    this.#focusedError = error;
    const field = error && fieldOf(error);
    if (field) this.#focus(field);
    else if (error) this.querySelector(".actions")?.scrollIntoView({ block: "nearest" });
  }

  refocus() {
    return /** @type {HTMLElement | null} */ (this.querySelector(".progress .button, .actions .button-primary"));
  }

  /** @param {Field} field */
  #focus(field) {
    /** @type {HTMLElement | null} */ (this.querySelector(`#${field}`))?.focus();
  }
}

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
