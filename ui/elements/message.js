/**
 * Draws messages, comings and goings.
 *
 * @typedef {import("../bindings/Message.ts").Message} Message
 * @typedef {import("../bindings/Sender.ts").Sender} Sender
 * @typedef {import("../timeline.js").MessageRow} MessageRow
 * @typedef {import("../timeline.js").MembershipItem} MembershipItem
 */
import { orNotice } from "../actions.js";
import { beginning } from "../excerpt.js";
import * as ipc from "../ipc.js";
import { fullTime, isolate, machineTime, t, timeOfDay } from "../l10n.js";
import { colourOf, initials } from "../timeline.js";
import { drawBlocks } from "../tree.js";
import { classMap, html, nothing } from "../vendor/lit.js";
import { remedyButton } from "./gc-error.js";

/**
 * @param {MessageRow} row
 * @param {boolean} open a long message is shown whole
 * @param {(open: boolean) => void} unfold or fold it again
 */
export function drawMessage({ id, item, head }, open, unfold) {
  const { message } = item;
  const classes = {
    message: true,
    "message-head": head,
    "message-own": message.own,
    "message-highlighted": message.highlighted,
    "message-notice": message.notice,
    "message-pending": message.sendState !== null,
  };
  return html`<li class=${classMap(classes)} data-id=${id}>
    ${head ? avatar(message.sender) : nothing}
    <div class="message-body">
      ${head ? headLine(message) : html`<span class="visually-hidden">${message.sender.name}</span>${sideTime(message)}`}
      ${message.replyTo ? reply(message.replyTo) : nothing} ${content(message, open, unfold)}
      ${message.media ? media(message.media) : nothing} ${reactions(message)} ${sendState(id, message)}
    </div>
  </li>`;
}

/**
 * Stands in the place of what cannot be drawn.
 *
 * @param {string} id
 */
export const drawBroken = (id) =>
  html`<li class="message message-broken" data-id=${id}>
    <p class="message-body unreadable">${t("boundary-message")}</p>
  </li>`;

/** @param {Sender} sender */
const avatar = (sender) =>
  html`<span class="avatar ${colourOf(sender.userId)}" aria-hidden="true">${initials(sender.name)}</span>`;

/** @param {Message} message */
const headLine = ({ sender, own, notice, timeMs }) =>
  html`<p class="message-line">
    <bdi class="sender" title=${sender.userId}>${sender.name}</bdi>
    ${sender.ambiguous ? html`<bdi class="sender-id">${sender.userId}</bdi>` : nothing}
    ${own ? html`<span class="tag">${t("room-you")}</span>` : nothing}
    ${notice ? html`<span class="tag">${t("room-bot")}</span>` : nothing}
    <time datetime=${machineTime(timeMs)} title=${fullTime(timeMs)}>${timeOfDay(timeMs)}</time>
  </p>`;

/** @param {Message} message */
const sideTime = ({ timeMs }) =>
  html`<time class="side-time" datetime=${machineTime(timeMs)} title=${fullTime(timeMs)}
    >${timeOfDay(timeMs)}</time
  >`;

/** @param {import("../bindings/ReplyTo.ts").ReplyTo} replyTo */
const reply = ({ sender, text }) =>
  html`<blockquote class="reply">
    <p class="reply-to">${sender ? t("room-reply-to", { name: isolate(sender.name) }) : t("room-reply-unknown")}</p>
    ${text ? html`<p class="reply-text" dir="auto">${text}</p>` : nothing}
  </blockquote>`;

/**
 * @param {Message} message
 * @param {boolean} open
 * @param {(open: boolean) => void} unfold
 */
function content(message, open, unfold) {
  if (message.unreadable) {
    return html`<p class="unreadable">${t(`room-unread-kind-${message.unreadable}`)}</p>`;
  }
  const start = beginning(message.blocks);
  const long = !start.whole;
  const classes = {
    "message-text": true,
    prose: true,
    "emoji-only": message.emojiOnly,
    emote: message.emote,
    folded: long && !open,
  };
  return html`<div class=${classMap(classes)} @focusin=${long && !open ? () => unfold(true) : nothing}>
      ${message.emote ? html`<bdi class="emote-name">${message.sender.name}</bdi> ` : nothing}
      ${drawBlocks(open ? message.blocks : start.blocks, 2)}
      ${message.edited ? html`<span class="edited">${t("room-edited")}</span>` : nothing}
    </div>
    ${long
      ? html`<button type="button" class="link-button fold" aria-expanded=${open ? "true" : "false"} @click=${() => unfold(!open)}>
          ${open ? t("room-show-less") : t("room-show-more")}
        </button>`
      : nothing}`;
}

const MEDIA_KINDS = new Set(["image", "video", "audio", "file", "location", "sticker"]);

/** @param {import("../bindings/Media.ts").Media} media */
const media = ({ kind, name }) =>
  html`<p class="media">
    <span class="tag">${t(`room-media-${MEDIA_KINDS.has(kind) ? kind : "file"}`)}</span>
    <bdi class="media-name">${name}</bdi> <span class="hint">${t("room-media-note")}</span>
  </p>`;

/** @param {Message} message */
function reactions(message) {
  if (message.reactions.length === 0) return nothing;
  return html`<ul class="reactions" aria-label=${t("room-reactions")}>
    ${message.reactions.map(({ key, count, own }) => {
      const words = t(own ? "room-reaction-own" : "room-reaction", { key: isolate(key), count });
      return html`<li class=${classMap({ reaction: true, "reaction-own": own })} title=${words}>
        <span aria-hidden="true"><bdi>${key}</bdi> ${count}</span><span class="visually-hidden">${words}</span>
      </li>`;
    })}
  </ul>`;
}

/**
 * @param {string} id
 * @param {Message} message
 */
function sendState(id, { sendState }) {
  if (!sendState) return nothing;
  if (sendState.state === "sending") return html`<p class="sending">${t("room-sending")}</p>`;
  const { error } = sendState;
  const offline = sendState.state === "waiting" && error.kind !== "rateLimited";
  return html`<div class="send-failed" role="alert">
    <p>${t(sendState.state === "failed" ? "room-failed" : offline ? "room-waiting-offline" : "room-waiting")}</p>
    ${offline ? nothing : html`<gc-error .error=${error}></gc-error>`}
    <div class="actions">
      ${error.kind === "termsNotAccepted" ? remedyButton(error, {}) : nothing}
      <button type="button" class="button button-small" @click=${() => orNotice(ipc.retryMessage(id))}>
        ${t("room-retry")}
      </button>
      <button type="button" class="button button-small button-quiet" @click=${() => orNotice(ipc.discardMessage(id))}>
        ${t("room-discard")}
      </button>
    </div>
  </div>`;
}

/**
 * @param {MembershipItem[]} items
 * @param {boolean} open
 * @param {(open: boolean) => void} unfold
 */
export function drawMembers(items, open, unfold) {
  const [first] = items;
  if (items.length === 1 && first) return html`<li class="members">${memberLine(first)}</li>`;
  return html`<li class="members">
    <button type="button" class="link-button" aria-expanded=${open ? "true" : "false"} @click=${() => unfold(!open)}>
      ${t("member-fold", { count: items.length })}
    </button>
    ${open ? html`<ul>${items.map((item) => html`<li>${memberLine(item)}</li>`)}</ul>` : nothing}
  </li>`;
}

/** @param {MembershipItem} item */
const memberLine = ({ sender, what, timeMs }) =>
  html`<span title=${fullTime(timeMs)}>${t(`member-${what}`, { name: isolate(sender.name) })}</span>`;
