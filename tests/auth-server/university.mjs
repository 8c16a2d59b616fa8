#!/usr/bin/env node
// A plain OpenID Connect provider, as universities have one for single sign-on: one client, which is
// the homeserver, and people who are known already. For tests; plain http on 127.0.0.1.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { readBody } from './browser.mjs';
import { readOptions } from './options.mjs';
import { Provider } from './packages.mjs';
import { signInPage, sendPage, escape } from './pages.mjs';
import { Store, adapter } from './store.mjs';

const HOST = '127.0.0.1';

const options = readOptions({
  port: '0', // 0 takes a free one; the line on standard output tells which
  'client-secret': null, // oidc_providers' client_secret in homeserver.yaml; the client's id is "homeserver"
  'redirect-uri': null, // the homeserver's /_synapse/client/oidc/callback
  people: null, // a file with their passwords by user name, as JSON, read at each sign-in
});

const server = createServer();
await new Promise((listening) => { server.listen(Number(options.port), HOST, listening); });
const issuer = `http://${HOST}:${server.address().port}/`;

const store = new Store('', 'refuse');

const provider = new Provider(issuer, {
  adapter: adapter(store),
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
  clients: [{
    client_id: 'homeserver',
    client_name: 'The chat server',
    client_secret: options['client-secret'],
    redirect_uris: [options['redirect-uri']],
    response_types: ['code'],
    grant_types: ['authorization_code'],
  }],
  conformIdTokenClaims: false,
  cookies: { keys: [store.cookieKey] },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
  findAccount: (ctx, user) => ({
    accountId: user,
    claims: () => ({ sub: user, preferred_username: user, name: user[0].toUpperCase() + user.slice(1) }),
  }),
  interactions: { url: (ctx, { uid }) => `/interaction/${uid}` },
  jwks: { keys: [{ ...store.signingKey, use: 'sig', alg: 'RS256' }] },
  pkce: { required: () => false },
  ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 3600, Session: 3600 },
  renderError(ctx, { error, error_description: description }) {
    sendPage(ctx, 'Sign-in failed', `<p role="alert">${escape(error)}: ${escape(description)}</p>`);
  },
});
provider.on('server_error', (ctx, error) => console.error('university:', error));

async function answer(ctx, params) {
  const form = await readBody(ctx);
  if (form.action === 'cancel') return { error: 'access_denied', error_description: 'The user cancelled the request' };
  const user = form.username?.trim();
  const passwords = new Map(Object.entries(JSON.parse(readFileSync(options.people, 'utf8'))));
  if (!passwords.has(user) || passwords.get(user) !== form.password) return undefined;
  const grant = new provider.Grant({ accountId: user, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return { login: { accountId: user, remember: false }, consent: { grantId: await grant.save() } };
}

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const view = { client: 'The chat server' };
  if (ctx.method !== 'POST') return signInPage(ctx, view);
  const result = await answer(ctx, params);
  if (!result) return signInPage(ctx, { ...view, error: 'Wrong user name or password.' });
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  ctx.status = 303;
});

server.on('request', provider.callback());
console.log(JSON.stringify({ ready: true, issuer }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
