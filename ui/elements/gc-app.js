import { html, nothing } from "../vendor/lit.js";
import { t } from "../l10n.js";
import { state } from "../store.js";
import { StoreElement } from "./store-element.js";
import "./gc-banners.js";
import "./gc-guide.js";
import "./gc-sidebar.js";

/** The whole window: sidebar, what has to be said, and the open page. */
class GcApp extends StoreElement {
  static topics = /** @type {import("../store.js").Topic[]} */ (["view"]);

  #shown = state.view;

  render() {
    return html`
      <a class="skip-link" href="#main" @click=${this.#skip}>${t("skip-to-content")}</a>
      <gc-sidebar></gc-sidebar>
      <main id="main" tabindex="-1">
        <gc-banners></gc-banners>
        ${this.#page()}
      </main>
      <gc-announcer></gc-announcer>
      <gc-warm-up></gc-warm-up>
    `;
  }

  #page() {
    const { view } = state;
    switch (view.page) {
      case "welcome":
      case "guide":
        return html`<gc-guide class="page"></gc-guide>`;
      case "rooms":
        return html`<gc-rooms class="page"></gc-rooms>`;
      case "pick":
        return html`<gc-pick class="page"></gc-pick>`;
      case "leave":
        return html`<gc-leave class="page"></gc-leave>`;
      case "signIn":
        return html`<gc-sign-in class="page"></gc-sign-in>`;
      case "arrive":
        return html`<gc-arrive class="page"></gc-arrive>`;
      case "invitation":
        return html`<gc-invitation class="page"></gc-invitation>`;
      case "room":
        return html`<gc-room class="page"></gc-room>`;
      case "settings":
        return html`<gc-settings class="page"></gc-settings>`;
      default:
        return nothing;
    }
  }

  /** Keyboard and screen reader start at the heading of the page, or of its part, that they asked for. */
  updated() {
    if (this.#shown === state.view) return;
    this.#shown = state.view;
    // A room puts the focus into its composer, and the sign-in form into its first field.
    if (state.view.page === "room" || state.view.page === "signIn") return;
    const part = state.view.page === "settings" && state.view.part;
    setTimeout(() => {
      const heading = /** @type {HTMLElement | null} */ (this.querySelector(part ? `#settings-${part}` : "main h1"));
      heading?.setAttribute("tabindex", "-1");
      heading?.focus({ preventScroll: true });
      if (part) heading?.closest(".card")?.scrollIntoView({ block: "nearest" });
    });
  }

  /** @param {Event} event */
  #skip(event) {
    event.preventDefault();
    /** @type {HTMLElement | null} */ (this.querySelector("#main"))?.focus();
  }
}

customElements.define("gc-app", GcApp);
