/**
 * Loads the window once its first picture is on the screen: what that picture does not need would only be in its way.
 * All is asked for at once, because each file names others.
 */
const SHEETS = ["forms", "badges", "rooms", "joins", "room", "timeline"];
const MODULES = [
  "ipc",
  "store",
  "diff",
  "navigate",
  "actions",
  "errors",
  "time-limit",
  "joins",
  "l10n",
  "search",
  "tree",
  "vendor/fluent",
  "vendor/lit",
  "elements/boundary",
  "elements/store-element",
  "elements/gc-app",
  "elements/gc-banners",
  "elements/gc-countdown",
  "elements/gc-error",
  "elements/gc-guide",
  "elements/gc-sidebar",
];

/** @param {Partial<HTMLLinkElement>} fields */
const link = (fields) => document.head.append(Object.assign(document.createElement("link"), fields));

function load() {
  for (const name of SHEETS) link({ rel: "stylesheet", href: `styles/${name}.css` });
  for (const name of MODULES) link({ rel: "modulepreload", href: `${name}.js` });
  void import("./ipc.js").then(({ prepare }) => prepare());
  void import("./main.js");
}

requestAnimationFrame(() => setTimeout(load));
