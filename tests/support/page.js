// Finds what a person would find: by what can be read on the page, or is read out to those who do not see it.
// Called with what to look for, its name, and the part of the page to look in (or null).
// Answers the element, null, or a text that says why not.
const [kind, wanted, scope] = arguments;

const squash = (text) => (text ?? "").replace(/\s+/g, " ").trim();

const visible = (element) =>
  element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
  element.getClientRects().length > 0 &&
  !element.closest("[inert], [aria-hidden=true]");

function name(element) {
  const by = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
  const named = by.map((id) => squash(document.getElementById(id)?.textContent)).join(" ");
  if (named) return named;
  if (element.hasAttribute("aria-label")) return squash(element.getAttribute("aria-label"));
  if (element.labels?.length) return squash(element.labels[0].innerText);
  if (element.matches("input[type=submit], input[type=button]")) return squash(element.value);
  return squash(element.innerText) || squash(element.getAttribute("alt") ?? element.title);
}

const kinds = {
  control:
    "button, a[href], summary, input[type=submit], input[type=button], input[type=checkbox], input[type=radio]," +
    "[role=button], [role=link], [role=tab], [role=menuitem], [role=option], [role=switch], [role=checkbox], [role=radio]",
  field: "input, textarea, select, [contenteditable=true], [role=textbox]",
  part: "main, nav, aside, header, footer, section, article, form, dialog, fieldset, ul, ol, li, table, tr, [role], [aria-label]",
};

function within(scope) {
  if (scope === null) return document.body;
  const parts = [...document.querySelectorAll(kinds.part)].filter(visible);
  const heading = (part) => squash(part.querySelector("h1, h2, h3, h4, h5, h6, legend, caption, strong")?.innerText);
  return (
    parts.find((part) => name(part) === scope) ??
    // The innermost of those that begin with these words comes last.
    parts.filter((part) => heading(part) === scope).at(-1) ??
    parts.filter((part) => squash(part.innerText).includes(scope)).at(-1)
  );
}

const root = within(scope);
if (!root) return `there is no part called “${scope}”`;
const shown = [...root.querySelectorAll(kinds[kind])].filter(visible);
let found = shown.filter((element) => name(element) === wanted);
// A name may go on with what only listeners need: “Join” is also “Join Proteomics”.
if (!found.length) found = shown.filter((element) => name(element).startsWith(`${wanted} `));
const enabled = found.filter((element) => !element.disabled && element.ariaDisabled !== "true");
if (found.length && !enabled.length && kind !== "part") return `“${wanted}” is disabled`;
if (enabled.length > 1 && kind !== "part") return `${enabled.length} things are called “${wanted}”: say in which part`;
return enabled[0] ?? null;
