// A second click on a submit does nothing while the first one is on its way.
(() => {
  const busy = new Set();

  const release = () => {
    for (const button of busy) {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
      button.form?.removeAttribute("data-submitting");
    }
    busy.clear();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "get" || form.method === "dialog") return;
    if (form.hasAttribute("data-submitting")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.setAttribute("data-submitting", "");
    const button = event.submitter ?? form.querySelector("button:not([type='button'])");
    if (!button) return;
    // Not `disabled`: the button's own name and value must still be sent, and focus must stay on it.
    button.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    busy.add(button);
  }, true);

  // Back in the browser's history, the answer of an htmx request, or a failure: everything may be pressed again.
  window.addEventListener("pageshow", release);
  document.addEventListener("htmx:finally:request", release);
})();
