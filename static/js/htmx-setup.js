// What every htmx request of the portal has in common: waits over 300 ms show, refused forms take the focus, failures
// are said in words, outcomes reach screen readers.
(() => {
  const WAIT_BEFORE_SHOWING_MS = 300;
  const timers = new Map();
  const shown = new Set();

  const announce = (text) => {
    const region = document.getElementById("announcements");
    if (region && text) region.textContent = text;
  };

  const showWaiting = () => document.documentElement.classList.toggle("is-waiting", shown.size > 0);

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    timers.set(ctx, setTimeout(() => {
      shown.add(ctx);
      showWaiting();
    }, WAIT_BEFORE_SHOWING_MS));
  });

  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    clearTimeout(timers.get(ctx));
    timers.delete(ctx);
    shown.delete(ctx);
    showWaiting();
  });

  // A failure that is a whole page (an error page, the sign-in) never lands inside a fragment's place: its heading, its
  // explanation and its next step are shown as a notice, and what was typed stays where it is.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const isPage = /^\s*<!doctype/i.test(ctx.text ?? "");
    if ((ctx.response?.status ?? 0) < 400 || !isPage) return;
    event.preventDefault();
    const page = new DOMParser().parseFromString(ctx.text, "text/html");
    showFailure(page.querySelector("h1")?.textContent, page.querySelector(".lead")?.textContent, page.querySelector("main .btn"));
  });

  document.addEventListener("htmx:error", () => {
    showFailure("Sem resposta do servidor", "Verifique a conexão e tente de novo. O que você digitou continua aqui.");
  });

  const showFailure = (heading = "Não deu certo", explanation = "Tente de novo em instantes.", nextStep = null) => {
    const region = document.getElementById("confirmations");
    if (!region) return announce(`${heading}. ${explanation}`);
    const notice = document.createElement("div");
    notice.className = "notice notice-refused notice-pinned";
    const text = notice.appendChild(document.createElement("div"));
    text.append(Object.assign(document.createElement("strong"), { textContent: heading }), ` ${explanation.trim()} `);
    if (nextStep) {
      const link = { textContent: nextStep.textContent, href: nextStep.getAttribute("href"), target: "_blank" };
      text.append(Object.assign(document.createElement("a"), link));
    }
    const close = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: "Fechar" });
    close.addEventListener("click", () => notice.remove());
    notice.append(close);
    region.replaceChildren(notice);
  };

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    document.querySelector("#confirmations .notice-pinned")?.remove();
    // Only after a submit: a recalculation must not take the focus from who is typing.
    if (ctx.response?.status !== 422 || ctx.sourceEvent?.type !== "submit") return;
    const wrong = document.querySelector("[data-form-errors]") ?? document.querySelector("[aria-invalid='true']");
    wrong?.focus();
  });

  // A fragment may carry what to say aloud: <div data-announce="Total recalculado: R$ 279,77">.
  document.addEventListener("htmx:after:settle", ({ detail: { task } }) => {
    const target = task?.target;
    const said = target?.matches?.("[data-announce]") ? target : target?.querySelector?.("[data-announce]");
    announce(said?.dataset.announce);
  });
})();
