#!/usr/bin/env node
// A small OAuth 2.0 authorization server that a Synapse on the same machine delegates sign-in to, for
// tests and the demo. Plain http on 127.0.0.1: not for anything else. See README.md.

import { createServer } from 'node:http';
import { Accounts, homeserver } from './accounts.mjs';
import { administration } from './admin.mjs';
import { pages } from './browser.mjs';
import { readOptions } from './options.mjs';
import { createProvider } from './provider.mjs';
import { Store } from './store.mjs';

const HOST = '127.0.0.1';

const options = readOptions({
  port: '0', // 0 takes a free one; the line on standard output tells which
  'synapse-url': null,
  'shared-secret': null, // matrix_authentication_service.secret in homeserver.yaml
  admin: '', // a user with the rights of the homeserver's administrator,
  'admin-token': '', // by this token
  'access-token-ttl': '300', // seconds
  'refresh-token-ttl': '1209600',
  // A refresh token that is used twice: 'refuse' it, 'revoke' the session with it, or let the client
  // 'retry' until it has used what it was given.
  'refresh-reuse': 'refuse',
  creation: 'yes', // 'no': people cannot make accounts here
  state: '', // a file to keep everything in
});

const server = createServer();
// One that was stopped and goes on would close connections that were idle before it reads what came meanwhile.
server.keepAliveTimeout = 0;
await new Promise((listening) => { server.listen(Number(options.port), HOST, listening); });
const issuer = `http://${HOST}:${server.address().port}/`;

const store = new Store(options.state, options['refresh-reuse']);
const accounts = new Accounts(store, homeserver(options['synapse-url'], options['shared-secret']));
const settings = {
  creation: options.creation === 'yes',
  accessTokenTtl: Number(options['access-token-ttl']),
  refreshTokenTtl: Number(options['refresh-token-ttl']),
  secret: options['shared-secret'],
  admin: options.admin,
  adminToken: options['admin-token'],
};
const provider = createProvider(issuer, store, accounts, settings);
accounts.provider = provider;

provider.use(pages(provider, accounts, settings));
provider.use(administration(provider, accounts, settings));

// For clients in browsers: oidc-provider has CORS on all its endpoints but this.
provider.use(async (ctx, next) => {
  if (ctx.path !== '/oauth2/registration') return next();
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.set('Access-Control-Allow-Headers', 'content-type');
  if (ctx.method !== 'OPTIONS') return next();
  ctx.status = 204;
});

server.on('request', provider.callback());
console.log(JSON.stringify({ ready: true, issuer }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
