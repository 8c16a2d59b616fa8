// Answers what stands in the page that only a stranger could have put there: elements that the app does
// not draw, pictures but its own, handlers, addresses of other kinds.
const drawn = new Set(
  `A ARTICLE ASIDE BDI BLOCKQUOTE BODY BR BUTTON CODE DD DETAILS DIV DL DT EM FIELDSET FOOTER FORM H1 H2 H3
  H4 H5 HEADER HR IMG INPUT LABEL LEGEND LI MAIN MARK NAV OL P PRE S SECTION SPAN STRONG SUMMARY TABLE TBODY TD
  TEXTAREA TH THEAD TIME TR UL WBR`.split(/\s+/),
);
// The shapes of the badges.
const icons = new Set(document.querySelectorAll("gc-badges button > svg, gc-badges button > svg > path"));
const found = [];
for (const element of document.body.querySelectorAll("*")) {
  const { tagName } = element;
  if (!drawn.has(tagName) && !icons.has(element) && !tagName.startsWith("GC-")) found.push(tagName);
  if (tagName === "IMG" && element.getAttribute("src") !== "icon.svg") found.push(`picture ${element.src}`);
  for (const { name, value } of element.attributes) {
    if (name.startsWith("on")) found.push(name);
    const leads = ["href", "src", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href"];
    if (leads.includes(name) && !/^(https?:|mailto:|#|icon\.svg$)/.test(value)) found.push(`${name} ${value}`);
  }
}
return found;
