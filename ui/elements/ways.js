/** What a server offers to somebody who wants in, drawn as parts of the sign-in form. */
import { signIn } from "../actions.js";
import { around, isolate, t } from "../l10n.js";
import { showGuide } from "../navigate.js";
import { editForm } from "../store.js";
import { html, nothing } from "../vendor/lit.js";

/**
 * @typedef {import("../store.js").ServerOffer} ServerOffer
 * @typedef {NonNullable<ServerOffer["create"]>} Create
 */

/**
 * Where the browser is going to ask for the password.
 *
 * @param {ServerOffer} offer
 */
export function browserPart({ host, oauth, providers, server }) {
  if (!oauth && providers.length === 0) return html`<p class="notice">${t("way-none", { server: isolate(server) })}</p>`;
  const words = around(oauth ? "way-browser" : "way-sso", "host", { server: isolate(server) });
  return html`<p class="notice notice-calm way">${named(words, oauth?.host ?? host)}</p>
    ${oauth?.usedBy ? usedBy(oauth.host, oauth.usedBy) : nothing}`;
}

/**
 * That the account is used by a homeserver that has nothing to do with the pages.
 *
 * @param {string} host
 * @param {string} homeserver
 */
const usedBy = (host, homeserver) =>
  html`<p class="notice notice-caution">${named(around("way-used-by", "server", { host: isolate(host) }), homeserver)}</p>`;

/**
 * A sentence with a name that the reader should not miss.
 *
 * @param {[string, string]} words
 * @param {string} name
 */
export const named = ([before, after], name) => html`${before}<strong><bdi>${name}</bdi></strong>${after}`;

/**
 * A button for each place where people can have an account that this server takes.
 *
 * @param {ServerOffer} offer
 */
export function providerButtons({ oauth, password, providers }) {
  if (oauth || providers.length === 0) return nothing;
  return html`<div class="providers">
    ${password ? html`<p class="hint">${t("way-sso-beside")}</p>` : nothing}
    <div class="actions">${providers.map(({ id, name }) => providerButton(id, name, !password))}</div>
  </div>`;
}

/**
 * @param {string | null} id
 * @param {string | null} name
 * @param {boolean} first whether there is no other way
 */
const providerButton = (id, name, first) =>
  html`<button
    type="button"
    class="button ${first ? "button-primary" : ""}"
    @click=${() => signIn({ way: "sso", provider: id })}
  >
    ${name ? t("way-sso-with", { name: isolate(name) }) : t("way-continue")}
  </button>`;

/**
 * The button that begins a new account, where the app can do that.
 *
 * @param {Create | null} create
 */
export function createButton(create) {
  switch (create?.kind) {
    case "browser":
      return button(t("create-account"), () => signIn({ way: "createAccount" }));
    case "form":
      return button(t("create-account"), () => editForm({ creating: true, error: null }));
    default:
      return nothing;
  }
}

/**
 * Where accounts are made, where that is not in this app.
 *
 * @param {ServerOffer} offer
 */
export function createElsewhere({ server, create }) {
  if (create) return nothing;
  return html`<div class="elsewhere">
    <p>${t("create-nowhere", { server: isolate(server) })}</p>
    <button type="button" class="link-button" @click=${() => showGuide("account")}>${t("create-how")}</button>
  </div>`;
}

/**
 * @param {string} label
 * @param {() => unknown} act
 */
const button = (label, act) => html`<button type="button" class="button" @click=${act}>${label}</button>`;
