// Chooses light or dark, and the fonts, before the first paint; therefore a plain script and not a module.
// "system" is the absence of a stored choice. The settings page stores one and sends "themechange".
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const choice = localStorage.getItem("theme");
    document.documentElement.dataset.theme = choice ?? (dark.matches ? "dark" : "light");
  };
  dark.addEventListener("change", apply);
  addEventListener("themechange", apply);
  apply();
  if (navigator.platform.startsWith("Linux")) document.documentElement.dataset.fonts = "plain";
})();
