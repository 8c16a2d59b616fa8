// The window as plain markup, for the eye only: the app's own elements as boxes of their classes, without what
// acts, leads away, or depends on who is signed in.
const boxes = { "gc-app": "frame", "gc-sidebar": "sidebar", "gc-guide": "page" };
const dropped = "gc-banners, gc-announcer, gc-warm-up, .skip-link, .account > *, .doors > *";
const kept = ["class", "dir", "src", "alt", "width", "height", "type", "aria-current"];
const inline = "a, b, bdi, br, code, em, img, input, label, span, strong";

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
const squash = (text) => text.replace(/\s+/g, " ");

function tags(element) {
  const name = element.localName;
  const box = boxes[name];
  if (box) return [`<div class="${box}"${name === "gc-app" ? " inert" : ""}>`, "</div>"];
  const attributes = kept
    .filter((attribute) => element.hasAttribute(attribute) && element.getAttribute(attribute) !== "false")
    .map((attribute) => ` ${attribute}="${escape(element.getAttribute(attribute))}"`);
  const isVoid = element.matches("br, img, input");
  return [`<${name}${attributes.join("")}${isVoid ? " /" : ""}>`, isVoid ? "" : `</${name}>`];
}

const drawn = (node) =>
  node.nodeType === Node.TEXT_NODE || (node.nodeType === Node.ELEMENT_NODE && !node.matches(dropped));

function run(node) {
  if (node.nodeType === Node.TEXT_NODE) return escape(squash(node.data));
  const [open, close] = tags(node);
  return open + [...node.childNodes].filter(drawn).map(run).join("") + close;
}

function lines(element, indent) {
  const [open, close] = tags(element);
  const nodes = [...element.childNodes].filter(drawn);
  if (!nodes.some((node) => node.nodeType === Node.ELEMENT_NODE && !node.matches(inline))) {
    return [indent + open + nodes.map(run).join("").trim() + close];
  }
  const within = [];
  let text = "";
  const flush = () => {
    if (text.trim() !== "") within.push(`${indent}  ${text.trim()}`);
    text = "";
  };
  for (const node of nodes) {
    if (node.nodeType === Node.TEXT_NODE || node.matches(inline)) {
      text += run(node);
    } else {
      flush();
      within.push(...lines(node, `${indent}  `));
    }
  }
  flush();
  return [indent + open, ...within, indent + close];
}

return lines(document.querySelector("gc-app"), "    ").join("\n");
