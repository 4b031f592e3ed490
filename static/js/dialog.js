// Dialogs open by `command`/`commandfor` on their buttons. Browsers that do not know these get the same behavior here;
// for all of them: a click on the backdrop closes, and a dialog with a refused form opens by itself.
(() => {
  const knowsCommands = "commandForElement" in HTMLButtonElement.prototype;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    if (button && !knowsCommands) {
      const dialog = document.getElementById(button.getAttribute("commandfor"));
      if (button.getAttribute("command") === "show-modal") dialog?.showModal();
      if (button.getAttribute("command") === "close") dialog?.close();
    }
    if (event.target instanceof HTMLDialogElement && event.target.matches(".dialog:modal")) closeWhenOutside(event);
  });

  const closeWhenOutside = (event) => {
    const box = event.target.getBoundingClientRect();
    const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!isInside) event.target.close();
  };

  const openWithErrors = () => {
    const wrong = document.querySelector("dialog:not([open]) [aria-invalid='true'], dialog:not([open]) [data-form-errors]");
    wrong?.closest("dialog").showModal();
  };
  document.addEventListener("DOMContentLoaded", openWithErrors);
  document.addEventListener("htmx:after:swap", openWithErrors);
})();
