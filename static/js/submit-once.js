// A second click on a submit does nothing while the first one is on its way.
(() => {
  // A stopped load or an answer that is a file leaves the page as it is: then the form may be sent again.
  const RELEASE_AFTER_MS = 15_000;
  const RELEASE_BESIDE_MS = 1_000; // the answer opens in a tab of its own
  const buttonOf = new Map();

  const release = (form) => {
    for (const name of ["aria-busy", "aria-disabled"]) buttonOf.get(form)?.removeAttribute(name);
    buttonOf.delete(form);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "get" || form.method === "dialog") return;
    if (buttonOf.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    // Not `disabled`: the button's own name and value must still be sent, and focus must stay on it.
    const button = event.submitter ?? form.querySelector("button:not([type='button'])");
    for (const name of ["aria-busy", "aria-disabled"]) button?.setAttribute(name, "true");
    buttonOf.set(form, button);
    setTimeout(release, form.target === "_blank" ? RELEASE_BESIDE_MS : RELEASE_AFTER_MS, form);
  }, true);

  // Back in the browser's history, every form may be sent again; after an htmx request, the one that it sent.
  window.addEventListener("pageshow", () => [...buttonOf.keys()].forEach(release));
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.sourceEvent?.type === "submit") release(ctx.sourceElement);
  });
})();
