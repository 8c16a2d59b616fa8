/**
 * What a promise comes to, or an error when its time is over. What it stands for goes on all the same.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} timeoutMs
 * @returns {Promise<T>}
 */
export function inTime(promise, timeoutMs) {
  return new Promise((resolve, reject) => {
    /** @type {import("./bindings/UiError.ts").UiError} */
    const error = { kind: "noAnswer", detail: null, words: null, retryAfterMs: null };
    const timer = setTimeout(() => reject(error), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
