// Everything the authorization server remembers: in memory and, where a file is named, on disk
// before the answer to the request that changed it.

import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const now = () => Math.floor(Date.now() / 1000);

/** Tokens and codes: what a client must keep to itself. */
const SECRETS = ['AccessToken', 'AuthorizationCode', 'RefreshToken'];

/**
 * An RSA key as a JWK. A key object that shares its key with the job that has generated it is not exported: Node 20
 * waits for ever where that job is collected as garbage during an export as JWK, because both take the key's lock.
 */
function newSigningKey() {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return createPrivateKey(privateKey).export({ format: 'jwk' });
}

export class Store {
  /** User name -> { salt, hash }. */
  accounts = new Map();

  /** Id of a grant -> { user, deviceId, client, created, accessToken }. */
  sessions = new Map();

  /** Token -> { user, deviceId }: sessions made without a client, which do not expire. */
  bareSessions = new Map();

  /** "Model:id" -> { payload, expires }: what oidc-provider keeps. */
  entries = new Map();

  /** Every token and code ever given out: { user, kind, value }. */
  issued = [];

  signingKey = newSigningKey();

  cookieKey = randomBytes(32).toString('hex');

  #file;

  #saved = '';

  /** `file` may be empty; `reuse` says what happens to a refresh token that was used. */
  constructor(file, reuse) {
    this.#file = file;
    this.reuse = reuse;
    if (!file || !existsSync(file)) return;
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    for (const name of ['accounts', 'sessions', 'bareSessions', 'entries']) this[name] = new Map(kept[name]);
    for (const name of ['issued', 'signingKey', 'cookieKey']) this[name] = kept[name];
  }

  save() {
    if (!this.#file) return;
    const { accounts, sessions, bareSessions, entries, issued, signingKey, cookieKey } = this;
    const maps = Object.entries({ accounts, sessions, bareSessions, entries }).map(([name, map]) => [name, [...map]]);
    const text = JSON.stringify({ ...Object.fromEntries(maps), issued, signingKey, cookieKey });
    if (text === this.#saved) return;
    writeFileSync(`${this.#file}.new`, text, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    this.#saved = text;
  }

  /** The refresh tokens of a grant that match. */
  refreshTokens(grantId, test = () => true) {
    return this.keys('RefreshToken:', (payload, key) => payload.grantId === grantId && test(payload, key));
  }

  /** What a client was given has arrived: the refresh token it was exchanged for is of no use any more. */
  arrived(grantId) {
    for (const key of this.refreshTokens(grantId, ({ usedOnce }) => usedOnce)) this.entries.delete(key);
  }

  keys(prefix, test) {
    return [...this.entries].filter(([key, { payload }]) => key.startsWith(prefix) && test(payload, key)).map(([key]) => key);
  }
}

/** The storage that oidc-provider is given. Its own forgets all but the latest thousand entries. */
export const adapter = (store) => class Adapter {
  #prefix;

  constructor(model) {
    this.model = model;
    this.#prefix = `${model}:`;
  }

  async upsert(id, payload, ttl) {
    store.entries.set(this.#prefix + id, { payload, expires: ttl ? now() + ttl : undefined });
    if (SECRETS.includes(this.model)) store.issued.push({ user: payload.accountId, kind: this.model, value: id });
  }

  async find(id) {
    const entry = store.entries.get(this.#prefix + id);
    if (entry && (entry.expires === undefined || entry.expires > now())) return entry.payload;
    store.entries.delete(this.#prefix + id);
    return undefined;
  }

  async findByUid(uid) {
    const [key] = store.keys(this.#prefix, (payload) => payload.uid === uid);
    return key && store.entries.get(key).payload;
  }

  async consume(id) {
    const payload = await this.find(id);
    if (this.model !== 'RefreshToken' || store.reuse === 'revoke') {
      payload.consumed = now();
    } else if (store.reuse === 'retry') {
      const others = store.refreshTokens(payload.grantId, (_, key) => key !== this.#prefix + id);
      for (const key of others) store.entries.delete(key);
      payload.usedOnce = true;
    } else {
      await this.destroy(id);
    }
  }

  async destroy(id) {
    store.entries.delete(this.#prefix + id);
  }

  async revokeByGrantId(grantId) {
    for (const key of store.keys(this.#prefix, (payload) => payload.grantId === grantId)) store.entries.delete(key);
  }
};
