// The HTML pages: plain forms without scripts.

export const escape = (text = '') => String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Answers with a page. `body` is HTML, `title` is text. */
export function sendPage(ctx, title, body) {
  // No form-action: Chromium applies it to the redirect back to the client, too.
  ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'");
  ctx.type = 'html';
  ctx.body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 3rem auto; padding: 0 1rem }
  label, input { display: block; width: 100%; box-sizing: border-box; font: inherit }
  input { margin: 0 0 1rem; padding: .4rem }
  button { font: inherit; padding: .4rem 1rem; margin-right: .5rem }
  [role=alert] { color: #a00 }
</style>
<main>
<h1>${escape(title)}</h1>
${body}
</main>
</html>
`;
}

const passwordField = (id, label, name, kind) => `
  <label for="${id}">${label}</label>
  <input id="${id}" name="${name}" type="password" autocomplete="${kind}-password" required>`;

/**
 * User name and password. `cancel` is the label of a second button, if there shall be one; `change`
 * asks for another password, too.
 */
export const credentialsForm = ({ user, error, submit, cancel, newPassword = false, change = false }) => `
${error ? `<p role="alert" id="error">${escape(error)}</p>` : ''}
<form method="post">
  <label for="username">User name</label>
  <input id="username" name="username" value="${escape(user)}" autocomplete="username" autocapitalize="none"
    spellcheck="false" required autofocus${error ? ' aria-describedby="error"' : ''}>
  ${passwordField('password', 'Password', 'password', newPassword ? 'new' : 'current')}
  ${change ? passwordField('next', 'New password', 'next', 'new') : ''}
  <button name="action" value="submit">${escape(submit)}</button>
  ${cancel ? `<button name="action" value="cancel" formnovalidate>${escape(cancel)}</button>` : ''}
</form>`;

/** `creation` says whether people can make accounts, `create` whether this page is for that. */
export function signInPage(ctx, { client, user, error, create = false, creation = false }) {
  const [title, submit] = create ? ['Create an account', 'Create account'] : ['Sign in', 'Sign in'];
  const other = create ? '<a href="?create=0">Sign in to an existing account</a>'
    : creation ? '<a href="?create=1">Create an account</a>' : '';
  sendPage(ctx, title, `
<p>${escape(client)} will get access to your account.</p>
${credentialsForm({ user, error, newPassword: create, submit, cancel: 'Cancel' })}
<p>${other}</p>`);
}

export const devicesPage = (ctx, title, sessions) => sendPage(ctx, title, `<h2>Signed-in devices</h2>
<ul>${sessions.map(({ client, deviceId, created }) => `
  <li>${escape(client)}, since ${escape(created)}, device ${escape(deviceId)}
    <a href="?${escape(new URLSearchParams({ action: 'org.matrix.device_delete', device_id: deviceId }))}">Sign out ${escape(deviceId)}</a>
  </li>`).join('')}
</ul>`);
