// <div data-autosave="#form" hx-post="…" hx-trigger="autosave">: saves the form when the typist pauses.
// One save at a time: each carries the version the one before it made. A submit waits for the save under way, so that
// nobody is told that somebody else saved when it was this very page.
(() => {
  const PAUSE_MS = 2000;

  const watch = (saver) => {
    const form = document.querySelector(saver.dataset.autosave);
    let timer = 0;
    let saving = false;
    let again = false;
    let waiting = null;

    const schedule = () => {
      clearTimeout(timer);
      if (!document.querySelector("[data-conflict]")) timer = setTimeout(save, PAUSE_MS);
    };
    const save = () => {
      if (saving) again = true;
      else saver.dispatchEvent(new Event("autosave"));
    };

    form.addEventListener("input", ({ target }) => target.name && schedule());
    form.addEventListener("change", ({ target }) => target.name && schedule());
    saver.addEventListener("htmx:before:request", () => (saving = true));
    saver.addEventListener("htmx:finally:request", () => {
      saving = false;
      if (waiting) form.requestSubmit(waiting);
      else if (again) schedule();
      again = false;
      waiting = null;
    });
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      if (!saving) return;
      event.preventDefault();
      waiting = event.submitter;
    });
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-autosave]").forEach(watch));
})();
