// <button data-app-remove="app_nfse"> on a chosen app: takes it out of the list of apps, as if unticked there.
// Without this script the button sends the form and the server takes it out.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-app-remove]");
    const field = button && document.getElementById(button.dataset.appRemove);
    if (!field) return;
    event.preventDefault();
    if (field.type === "checkbox") field.checked = false;
    else field.value = "0";
    document.getElementById("add-apps").focus(); // the chip goes away with the answer, the focus must not
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
