/**
 * @template T
 * @typedef {import("./bindings/Diff.ts").Diff<T>} Diff
 */

/**
 * Applies changes to a list, in order and in place. Positions outside the list mean that an
 * update was missed; going on would show a wrong list, so that is an error.
 *
 * @template T
 * @param {T[]} list
 * @param {Diff<T>[]} diffs
 */
export function applyDiffs(list, diffs) {
  for (const diff of diffs) applyDiff(list, diff);
}

/**
 * @template T
 * @param {T[]} list
 * @param {Diff<T>} diff
 */
function applyDiff(list, diff) {
  switch (diff.op) {
    case "append":
      // Not spread into push(): a long list would exceed the engine's limit of arguments.
      for (const value of diff.values) list.push(value);
      break;
    case "clear":
      list.length = 0;
      break;
    case "pushFront":
      list.unshift(diff.value);
      break;
    case "pushBack":
      list.push(diff.value);
      break;
    case "popFront":
      list.shift();
      break;
    case "popBack":
      list.pop();
      break;
    case "insert":
      check(diff.index <= list.length, diff);
      list.splice(diff.index, 0, diff.value);
      break;
    case "set":
      check(diff.index < list.length, diff);
      list[diff.index] = diff.value;
      break;
    case "remove":
      check(diff.index < list.length, diff);
      list.splice(diff.index, 1);
      break;
    case "truncate":
      list.length = Math.min(list.length, diff.length);
      break;
    case "reset":
      list.length = 0;
      for (const value of diff.values) list.push(value);
      break;
  }
}

/**
 * @param {boolean} fits
 * @param {Diff<any>} diff
 */
function check(fits, diff) {
  if (!fits) throw new RangeError(`${diff.op} outside the list`);
}
