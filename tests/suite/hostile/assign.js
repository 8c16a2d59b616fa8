// Puts markup into the page as a careless app would, in both ways there are, and does what a reader would
// do to it. Called with pieces of markup; answers nothing, for what runs says so by itself.
const [pieces] = arguments;
for (const markup of pieces) {
  const place = document.body.appendChild(document.createElement("section"));
  place.innerHTML = markup;
  const fragment = document.createRange().createContextualFragment(markup);
  place.append(fragment);
  for (const element of place.querySelectorAll("*")) {
    for (const kind of ["mouseover", "focus", "blur"]) element.dispatchEvent(new Event(kind));
    element.focus?.();
    if (element.textContent.trim() === "click" || element.value === "click") element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
}
