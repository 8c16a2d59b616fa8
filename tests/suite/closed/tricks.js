// Ways in which a page that took over the document would run code, restyle it or reach the network.
// Called with the address of a stranger's server. Answers the names of all tricks; what a trick reaches
// says its name, to `reached` in the page or as the path of a request.
const [site] = arguments;
const reached = (globalThis.reached = []);
globalThis.say = (name) => reached.push(name);
addEventListener("message", ({ data }) => reached.push(data));

const make = (tag, properties, inside = document.body) => inside.appendChild(Object.assign(document.createElement(tag), properties));
const write = (markup) => document.body.insertAdjacentHTML("beforeend", markup);
const applied = (selector, name) =>
  setTimeout(() => getComputedStyle(document.querySelector(selector)).color === "rgb(1, 2, 3)" && reached.push(name), 300);
const object = (text, type) => URL.createObjectURL(new Blob([text], { type }));
const toParent = (name) => `<script>parent.postMessage("${name}", "*")</` + "script>";

const code = {
  "inline-script": () => make("script", { textContent: "say('inline-script')" }),
  "inline-handler": () => write(`<img src="data:image/png,x" onerror="say('inline-handler')">`),
  "click-handler": () => {
    write(`<button id="trick-button" onclick="say('click-handler')"></button>`);
    document.querySelector("#trick-button").click();
  },
  "svg-handler": () => write(`<svg onload="say('svg-handler')"></svg><details open ontoggle="say('svg-handler')">x</details>`),
  eval: () => (0, eval)("say('eval')"),
  "new-function": () => new Function("say('new-function')")(),
  "timer-text": () => setTimeout("say('timer-text')", 0),
  "script-link": () => make("a", { href: "javascript:say('script-link')" }).click(),
  "data-script": () => make("script", { src: "data:text/javascript,say('data-script')" }),
  "blob-script": () => make("script", { src: object("say('blob-script')", "text/javascript") }),
  "data-module": () => make("script", { type: "module", src: "data:text/javascript,say('data-module')" }),
  "frame-text": () => make("iframe", { srcdoc: toParent("frame-text") }),
  "frame-data": () => make("iframe", { src: `data:text/html,${toParent("frame-data")}` }),
  "frame-blob": () => make("iframe", { src: object(toParent("frame-blob"), "text/html") }),
  "frame-script": () => make("iframe", { src: "javascript:parent.say('frame-script')" }),
  worker: () => (new Worker(object("postMessage('worker')", "text/javascript")).onmessage = ({ data }) => say(data)),
  "style-attribute": () => {
    write(`<p id="trick-attribute" style="color: rgb(1, 2, 3)">x</p>`);
    applied("#trick-attribute", "style-attribute");
  },
  "style-element": () => {
    write(`<style>#trick-style { color: rgb(1, 2, 3) }</style><p id="trick-style">x</p>`);
    applied("#trick-style", "style-element");
  },
};

const network = {
  image: (url) => make("img", { src: url }),
  fetch: (url) => void fetch(url).catch(() => {}),
  request: (url) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.send();
  },
  websocket: (url) => new WebSocket(url.replace("http", "ws")),
  events: (url) => new EventSource(url),
  beacon: (url) => navigator.sendBeacon(url, "x"),
  frame: (url) => make("iframe", { src: url }),
  object: (url) => make("object", { data: url, type: "text/html" }),
  embed: (url) => make("embed", { src: url, type: "text/html" }),
  script: (url) => make("script", { src: url }),
  module: (url) => make("script", { type: "module", src: url }),
  "remote-worker": (url) => new Worker(url),
  stylesheet: (url) => make("link", { rel: "stylesheet", href: url }, document.head),
  preload: (url) => make("link", { rel: "preload", as: "fetch", href: url, crossOrigin: "" }, document.head),
  video: (url) => make("video", { src: url, preload: "auto" }),
  audio: (url) => make("audio", { src: url, preload: "auto" }),
  background: (url) => (make("p", { textContent: "x" }).style.background = `url(${url})`),
  font: (url) => void new FontFace("trick", `url(${url})`).load().catch(() => {}),
  form: (url) => {
    make("iframe", { name: "trick-form" });
    make("form", { action: url, method: "post", target: "trick-form" }).submit();
  },
};

const attempt = (trick, ...values) => {
  try {
    trick(...values);
  } catch {
    // Refused outright.
  }
};
for (const trick of Object.values(code)) attempt(trick);
for (const [name, trick] of Object.entries(network)) attempt(trick, site + name);
return [...Object.keys(code), ...Object.keys(network)];
