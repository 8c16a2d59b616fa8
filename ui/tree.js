/**
 * Draws the typed text tree of guide pages and messages as Lit templates. Text only ever becomes
 * text nodes: there is no way from here to markup.
 *
 * @typedef {import("./bindings/Block.ts").Block} Block
 * @typedef {import("./bindings/Inline.ts").Inline} Inline
 * @typedef {import("./bindings/TableRow.ts").TableRow} TableRow
 */
import { openLink } from "./actions.js";
import { isolate, t } from "./l10n.js";
import { goToRoom, showGuide, showNamedRoom } from "./navigate.js";
import { entryByKey } from "./store.js";
import { html, nothing } from "./vendor/lit.js";

/**
 * @param {Block[]} blocks
 * @param {number} [shift] how far headings are moved down to fit the page's outline
 * @returns {unknown}
 */
export const drawBlocks = (blocks, shift = 0) => blocks.map((block) => drawBlock(block, shift));

/**
 * @param {Block} block
 * @param {number} shift
 */
function drawBlock(block, shift) {
  switch (block.type) {
    case "paragraph":
      return html`<p dir="auto">${drawInlines(block.inlines)}</p>`;
    case "heading":
      return drawHeading(block.level + shift, block.inlines);
    case "code":
      return html`<pre tabindex="0" dir="ltr"><code>${block.text}</code></pre>`;
    case "quote":
      return html`<blockquote dir="auto">${drawBlocks(block.blocks, shift)}</blockquote>`;
    case "list": {
      const items = block.items.map((item) => html`<li dir="auto">${drawItem(item, shift)}</li>`);
      return block.start === null
        ? html`<ul dir="auto">${items}</ul>`
        : html`<ol dir="auto" start=${block.start}>${items}</ol>`;
    }
    case "table":
      return drawTable(block.head, block.rows);
    case "rule":
      return html`<hr />`;
  }
}

/**
 * A list item of one paragraph is set tight.
 *
 * @param {Block[]} blocks
 * @param {number} shift
 */
function drawItem(blocks, shift) {
  const [first, ...rest] = blocks;
  if (first?.type !== "paragraph") return drawBlocks(blocks, shift);
  return html`${drawInlines(first.inlines)}${drawBlocks(rest, shift)}`;
}

/**
 * @param {number} level
 * @param {Inline[]} inlines
 */
function drawHeading(level, inlines) {
  const text = drawInlines(inlines);
  if (level <= 1) return html`<h1 dir="auto">${text}</h1>`;
  if (level === 2) return html`<h2 dir="auto">${text}</h2>`;
  if (level === 3) return html`<h3 dir="auto">${text}</h3>`;
  if (level === 4) return html`<h4 dir="auto">${text}</h4>`;
  return html`<h5 dir="auto">${text}</h5>`;
}

/**
 * @param {TableRow[]} head
 * @param {TableRow[]} rows
 */
function drawTable(head, rows) {
  const headRows = head.map(
    (row) => html`<tr>${row.cells.map((cell) => html`<th scope="col" dir="auto">${drawInlines(cell)}</th>`)}</tr>`,
  );
  const bodyRows = rows.map(
    (row) => html`<tr>${row.cells.map((cell) => html`<td dir="auto">${drawInlines(cell)}</td>`)}</tr>`,
  );
  return html`<div class="table-scroll" tabindex="0">
    <table>
      ${headRows.length > 0 ? html`<thead>${headRows}</thead>` : nothing}
      <tbody>${bodyRows}</tbody>
    </table>
  </div>`;
}

/**
 * @param {Inline[]} inlines
 * @returns {unknown}
 */
const drawInlines = (inlines) => inlines.map(drawInline);

/** @param {Inline} inline */
function drawInline(inline) {
  switch (inline.type) {
    case "text":
      return inline.text;
    case "break":
      return html`<br />`;
    case "strong":
      return html`<strong>${drawInlines(inline.inlines)}</strong>`;
    case "emphasis":
      return html`<em>${drawInlines(inline.inlines)}</em>`;
    case "strike":
      return html`<s>${drawInlines(inline.inlines)}</s>`;
    case "underline":
      return html`<u>${drawInlines(inline.inlines)}</u>`;
    case "superscript":
      return html`<sup>${drawInlines(inline.inlines)}</sup>`;
    case "subscript":
      return html`<sub>${drawInlines(inline.inlines)}</sub>`;
    case "spoiler":
      return drawSpoiler(inline.reason, inline.inlines);
    case "code":
      return html`<code dir="ltr">${inline.text}</code>`;
    case "link":
      return drawLink(inline.href, inline.host, inline.inlines);
    case "mention":
      return html`<bdi class="mention" title=${inline.userId}>@${inline.name}</bdi>`;
    case "room":
      return drawRoom(inline.key, inline.inlines);
    case "roomAddress":
      return drawRoomAddress(inline.link, inline.room, inline.inlines);
    case "page":
      return html`<a class="page-link" href="#${inline.id}" @click=${act(() => showGuide(inline.id))}
        >${drawInlines(inline.inlines)}</a
      >`;
  }
}

/**
 * The address stands in `title` and, where the text says something else, its host beside it: the
 * reader sees where the click leads before it happens.
 *
 * @param {string} href
 * @param {string | null} host
 * @param {Inline[]} inlines
 */
function drawLink(href, host, inlines) {
  return html`<a class="web-link" href=${href} title=${href} rel="noreferrer" @click=${act(() => openLink(href))}
      >${drawInlines(inlines)}</a
    >${host ? html` <bdi class="link-host">(${t("link-host", { host })})</bdi>` : nothing}`;
}

/**
 * @param {string} key
 * @param {Inline[]} inlines
 */
function drawRoom(key, inlines) {
  const go = () => {
    const entry = entryByKey(key);
    if (entry) goToRoom(entry.alias);
  };
  return html`<a class="room-link" href="#room:${key}" @click=${act(go)}>${drawInlines(inlines)}</a>`;
}

/**
 * Text that the reader uncovers.
 *
 * @param {string | null} reason
 * @param {Inline[]} inlines
 */
function drawSpoiler(reason, inlines) {
  return html`<details class="spoiler"><summary>${spoilerText(reason)}</summary> ${drawInlines(inlines)}</details>`;
}

/** @param {string | null} reason */
const spoilerText = (reason) => (reason === null ? t("spoiler") : t("spoiler-reason", { reason: isolate(reason) }));

/**
 * A room that a message names: its card is shown, and nothing is joined. Where the text says something else, the
 * room's address stands beside it, as the host does beside a link.
 *
 * @param {string} link
 * @param {string | null} room
 * @param {Inline[]} inlines
 */
function drawRoomAddress(link, room, inlines) {
  return html`<a class="room-link" href="#address" title=${room ?? link} @click=${act(() => showNamedRoom(link))}
      >${drawInlines(inlines)}</a
    >${room ? html` <bdi class="link-host">(${t("link-host", { host: room })})</bdi>` : nothing}`;
}

/**
 * A handler that takes the click away from the web view, whose navigation is closed.
 *
 * @param {() => unknown} action
 */
const act = (action) => (/** @type {Event} */ event) => {
  event.preventDefault();
  action();
};

/**
 * The words of a tree, for searching and announcing.
 *
 * @param {Block[]} blocks
 * @returns {string}
 */
export const plainText = (blocks) => blocks.map(blockText).join(" ");

/**
 * @param {Block} block
 * @returns {string}
 */
function blockText(block) {
  switch (block.type) {
    case "paragraph":
    case "heading":
      return inlineText(block.inlines);
    case "code":
      return block.text;
    case "quote":
      return plainText(block.blocks);
    case "list":
      return block.items.map(plainText).join(" ");
    case "table":
      return [...block.head, ...block.rows].flatMap((row) => row.cells.map(inlineText)).join(" ");
    case "rule":
      return "";
  }
}

/**
 * @param {Inline[]} inlines
 * @returns {string}
 */
function inlineText(inlines) {
  return inlines
    .map((inline) => {
      if (inline.type === "text" || inline.type === "code") return inline.text;
      if (inline.type === "break") return " ";
      // What is covered is not announced either.
      if (inline.type === "spoiler") return spoilerText(inline.reason);
      if (inline.type === "mention") return `@${inline.name}`;
      return inlineText(inline.inlines);
    })
    .join("");
}
