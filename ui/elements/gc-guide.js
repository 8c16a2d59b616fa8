import { t } from "../l10n.js";
import { show, showGuide, showSignIn } from "../navigate.js";
import { search } from "../search.js";
import { state } from "../store.js";
import { drawBlocks } from "../tree.js";
import { html, live, nothing } from "../vendor/lit.js";
import { StoreElement } from "./store-element.js";

/** @typedef {import("../store.js").GuidePage} GuidePage */

const ACCOUNT_PAGE = "account";

/** The guide, and on its front the doors into the app. */
class GcGuide extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["view", "session", "guide", "catalogue"]);
  static properties = { query: { state: true } };

  constructor() {
    super();
    this.query = "";
  }

  #shown = state.view;
  #wide = matchMedia("(min-width: 64rem)");
  #redraw = () => this.requestUpdate();

  connectedCallback() {
    super.connectedCallback();
    this.#wide.addEventListener("change", this.#redraw);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#wide.removeEventListener("change", this.#redraw);
  }

  willUpdate() {
    if (this.#shown === state.view) return;
    this.#shown = state.view;
    this.query = "";
    this.scrollTop = 0;
    this.querySelector("details")?.removeAttribute("open");
  }

  render() {
    const { view, pages } = state;
    const front = view.page === "welcome";
    const page = view.page === "guide" ? pages.find(({ id }) => id === view.id) : pages[0];
    return html`
      ${front ? hero() : nothing}
      <div class="guide">
        <div class="guide-side">${this.#searchBox()} ${this.#contents(page)}</div>
        ${this.query.trim() === "" ? article(page, front) : this.#results(front)}
      </div>
    `;
  }

  #searchBox() {
    return html`<div class="field guide-search" role="search">
      <label for="guide-search">${t("guide-search")}</label>
      <input
        id="guide-search"
        type="search"
        autocomplete="off"
        spellcheck="false"
        .value=${live(this.query)}
        @input=${(/** @type {InputEvent} */ event) => {
          this.query = /** @type {HTMLInputElement} */ (event.target).value;
        }}
      />
    </div>`;
  }

  /**
   * Beside the page where there is room, else folded above it.
   *
   * @param {GuidePage | undefined} current
   */
  #contents(current) {
    const label = t("guide-contents");
    return this.#wide.matches
      ? html`<nav class="guide-contents" aria-label=${label}>
          <p class="nav-heading" aria-hidden="true">${label}</p>
          ${pageList(current)}
        </nav>`
      : html`<details class="guide-contents">
          <summary>${label}</summary>
          <nav aria-label=${label}>${pageList(current)}</nav>
        </details>`;
  }

  /** @param {boolean} front */
  #results(front) {
    const found = search(state.pages, this.query);
    return html`<section class="guide-article">
      ${front ? html`<h2>${t("guide-results")}</h2>` : html`<h1>${t("guide-results")}</h1>`}
      <p class="hint" role="status">${t("guide-found", { count: found.length })}</p>
      <ul class="results">
        ${found.map(
          ({ page, before, hit, after }) =>
            html`<li>
              <button type="button" class="link-button" @click=${() => showGuide(page.id)}>${page.title}</button>
              <p>${before}<mark>${hit}</mark>${after}</p>
            </li>`,
        )}
      </ul>
      <button type="button" class="button" @click=${() => (this.query = "")}>${t("guide-search-clear")}</button>
    </section>`;
  }
}

function hero() {
  return html`<section class="hero">
    <h1>${t("welcome-title")}</h1>
    <p>${t("welcome-text")}</p>
    ${doors()}
  </section>`;
}

/** The ways on from the front, as the session has them. */
function doors() {
  const { session, pages, view } = state;
  // While a saved sign-in is being opened the place is kept, so that nothing jumps.
  if (session.state === "restoring") return html`<div class="doors"></div>`;
  if (session.state === "signedIn") {
    return html`<div class="doors">
      <button type="button" class="button button-primary" @click=${() => show({ page: "rooms" })}>
        ${t("arrive-other-rooms")}
      </button>
    </div>`;
  }
  if (session.state !== "signedOut" && session.state !== "expired") return nothing;
  const first = pages[0];
  const hasAccountPage = view.page === "welcome" && pages.some(({ id }) => id === ACCOUNT_PAGE);
  return html`<div class="doors">
    <button type="button" class="button button-primary" @click=${() => showSignIn()}>${t("welcome-sign-in")}</button>
    ${first
      ? html`<button type="button" class="button" @click=${() => showGuide(first.id)}>${t("welcome-read")}</button>`
      : nothing}
    ${hasAccountPage
      ? html`<button type="button" class="link-button" @click=${() => showGuide(ACCOUNT_PAGE)}>
          ${t("welcome-account")}
        </button>`
      : nothing}
  </div>`;
}

/** @param {GuidePage | undefined} current */
const pageList = (current) =>
  html`<ol>
    ${state.pages.map(
      (page) =>
        html`<li>
          <button
            type="button"
            title=${page.summary}
            aria-current=${page === current ? "page" : "false"}
            @click=${() => showGuide(page.id)}
          >
            ${page.title}
          </button>
        </li>`,
    )}
  </ol>`;

/**
 * @param {GuidePage | undefined} page
 * @param {boolean} front
 */
function article(page, front) {
  if (!page) return html`<p class="guide-article">${t("guide-missing")}</p>`;
  // Below the welcome's heading the page is one level down.
  return html`<article class="guide-article prose">
    ${front ? html`<h2 class="page-title">${page.title}</h2>` : html`<h1>${page.title}</h1>`}
    <p class="summary">${page.summary}</p>
    ${drawBlocks(page.blocks, front ? 1 : 0)} ${turnPage(page)}
  </article>`;
}

/** @param {GuidePage} page */
function turnPage(page) {
  const at = state.pages.indexOf(page);
  const previous = state.pages[at - 1];
  const next = state.pages[at + 1];
  return html`<nav class="turn-page" aria-label=${t("guide-more")}>
    ${previous ? turnButton("previous", t("guide-previous"), previous) : nothing}
    ${next ? turnButton("next", t("guide-next"), next) : nothing}
  </nav>`;
}

/**
 * @param {"previous" | "next"} which
 * @param {string} label
 * @param {GuidePage} page
 */
const turnButton = (which, label, page) =>
  html`<button type="button" class="turn-button turn-${which}" @click=${() => showGuide(page.id)}>
    <span class="turn-label">${label}</span><span>${page.title}</span>
  </button>`;

customElements.define("gc-guide", GcGuide);
