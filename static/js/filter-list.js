// <input type="search" data-filter-list="#apps-list">: shows only the list's items whose data-filter-text holds what is
// typed, accents and case aside. An element with data-filter-empty beside the list says that nothing fits.
(() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();

  document.addEventListener("input", ({ target }) => {
    const list = target.dataset?.filterList && document.querySelector(target.dataset.filterList);
    if (!list) return;
    const wanted = plain(target.value.trim());
    let found = 0;
    for (const item of list.children) {
      item.hidden = !plain(item.dataset.filterText ?? item.textContent).includes(wanted);
      if (!item.hidden) found += 1;
    }
    const empty = list.parentElement.querySelector("[data-filter-empty]");
    if (empty) empty.hidden = found > 0;
  });

  // Enter in the search must not send the form around it.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.dataset?.filterList) event.preventDefault();
  });
})();
