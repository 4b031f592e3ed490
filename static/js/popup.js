// The header's <details> menus close on Escape and on a click elsewhere, as people expect of a menu.
(() => {
  const closeAll = (except) => {
    for (const popup of document.querySelectorAll("details.popup[open]")) {
      if (popup !== except) popup.open = false;
    }
  };

  document.addEventListener("click", (event) => closeAll(event.target.closest("details.popup")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.popup[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
})();
