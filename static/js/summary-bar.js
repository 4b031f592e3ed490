// <details data-bar-below="992px">: a bar that opens on a small screen, always open on a wide one. The stylesheet shows
// it so without this script too; the script tells screen readers the same.
(() => {
  const follow = (bar) => {
    const isWide = window.matchMedia(`(min-width: ${bar.dataset.barBelow})`);
    const set = () => (bar.open = isWide.matches);
    isWide.addEventListener("change", set);
    set();
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-bar-below]").forEach(follow));
})();
