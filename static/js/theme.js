// Light or dark by hand. A cookie, so that the server writes it into the page and nothing flashes.
(() => {
  const root = document.documentElement;
  const prefersDark = () => window.matchMedia("(prefers-color-scheme: dark)").matches;
  const current = () => root.dataset.theme ?? (prefersDark() ? "dark" : "light");

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) button.hidden = false;
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    root.dataset.theme = current() === "dark" ? "light" : "dark";
    document.cookie = `tema=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
  });
})();
