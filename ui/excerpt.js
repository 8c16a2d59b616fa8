/**
 * The beginning of a text tree. What a message costs to draw is its author's choice, so that a long one is drawn in
 * part at first, and whole where the reader asks for that.
 *
 * @typedef {import("./bindings/Block.ts").Block} Block
 * @typedef {import("./bindings/Inline.ts").Inline} Inline
 * @typedef {import("./bindings/TableRow.ts").TableRow} TableRow
 */

/** What is drawn at first, in characters: some twenty lines. */
const LIMIT = 1500;

/** What an element and a new line count for, in characters. */
const ELEMENT = 25;
const LINE = 60;

/** A mark above or below a letter costs more to shape and to break into lines than a letter does. */
const MARK = 4;
const IS_MARK = /\p{M}/u;

/**
 * As much of the text as is drawn at first, and whether that is all of it.
 *
 * @param {Block[]} blocks
 * @returns {{ blocks: Block[], whole: boolean }}
 */
export function beginning(blocks) {
  const cutter = new Cutter();
  return { blocks: cutter.blocks(blocks), whole: cutter.whole };
}

class Cutter {
  whole = true;
  #left = LIMIT;

  /** @param {Block[]} blocks */
  blocks(blocks) {
    return this.#some(blocks, (block) => this.#block(block));
  }

  /**
   * The first of some, as far as there is room.
   *
   * @template T
   * @param {T[]} all
   * @param {(one: T) => T} cut
   * @returns {T[]}
   */
  #some(all, cut) {
    const some = [];
    for (const one of all) {
      if (this.#left <= 0) {
        this.whole = false;
        break;
      }
      this.#left -= ELEMENT;
      some.push(cut(one));
    }
    return some;
  }

  /**
   * @param {Block} block
   * @returns {Block}
   */
  #block(block) {
    switch (block.type) {
      case "paragraph":
      case "heading":
        return { ...block, inlines: this.#inlines(block.inlines) };
      case "code":
        return { ...block, text: this.#text(block.text) };
      case "quote":
        return { ...block, blocks: this.blocks(block.blocks) };
      case "list":
        return { ...block, items: this.#some(block.items, (item) => this.blocks(item)) };
      case "table":
        return { ...block, head: this.#rows(block.head), rows: this.#rows(block.rows) };
      case "rule":
        return block;
    }
  }

  /** @param {TableRow[]} rows */
  #rows(rows) {
    return this.#some(rows, ({ cells }) => ({ cells: this.#some(cells, (cell) => this.#inlines(cell)) }));
  }

  /** @param {Inline[]} inlines */
  #inlines(inlines) {
    return this.#some(inlines, (inline) => this.#inline(inline));
  }

  /**
   * @param {Inline} inline
   * @returns {Inline}
   */
  #inline(inline) {
    switch (inline.type) {
      case "text":
      case "code":
        return { ...inline, text: this.#text(inline.text) };
      case "break":
        this.#left -= LINE;
        return inline;
      case "mention":
        this.#left -= inline.name.length;
        return inline;
      case "link":
        this.#left -= inline.host?.length ?? 0;
        break;
      case "roomAddress":
        this.#left -= inline.room?.length ?? 0;
    }
    return { ...inline, inlines: this.#inlines(inline.inlines) };
  }

  /** @param {string} text */
  #text(text) {
    let end = 0;
    for (const character of text) {
      if (this.#left <= 0) {
        this.whole = false;
        break;
      }
      this.#left -= costOf(character);
      end += character.length;
    }
    return text.slice(0, end);
  }
}

/** @param {string} character */
function costOf(character) {
  if (character === "\n") return LINE;
  return character > "\u02FF" && IS_MARK.test(character) ? MARK : 1;
}
