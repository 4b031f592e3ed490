// What every htmx request of the portal has in common: errors take the focus, waits over 300 ms show, outcomes are said.
(() => {
  const WAIT_BEFORE_SHOWING_MS = 300;
  const timers = new Map();

  const announce = (text) => {
    const region = document.getElementById("announcements");
    if (region && text) region.textContent = text;
  };

  const showWaiting = () => document.documentElement.classList.toggle("is-waiting", [...timers.values()].includes(null));

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const timer = setTimeout(() => {
      timers.set(ctx, null);
      showWaiting();
    }, WAIT_BEFORE_SHOWING_MS);
    timers.set(ctx, timer);
  });

  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    clearTimeout(timers.get(ctx));
    timers.delete(ctx);
    showWaiting();
  });

  // A refused form comes back as its own block (422): go to what is wrong, unless the person is typing elsewhere.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.response?.status !== 422) return;
    const summary = document.querySelector("[data-form-errors]");
    const firstWrong = document.querySelector("[aria-invalid='true']");
    (summary ?? firstWrong)?.focus();
  });

  // Any other error is a whole page, not a fragment: show it as a page.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const status = ctx.response?.status ?? 0;
    if (status < 400 || status === 422 || status === 409) return;
    event.preventDefault();
    announce("Não deu certo. Tente de novo em instantes.");
  });

  document.addEventListener("htmx:error", () => announce("Sem resposta do servidor. Verifique a conexão e tente de novo."));

  // A fragment may carry what to say aloud: <div data-announce="Total recalculado: R$ 279,77">.
  document.addEventListener("htmx:after:settle", ({ detail }) => {
    const target = detail.task?.target ?? document;
    const said = target.querySelector?.("[data-announce]") ?? (target.matches?.("[data-announce]") ? target : null);
    announce(said?.dataset.announce);
  });
})();
