// The customer confirms a charge with the bank (3-D Secure) in the processor's dialog. Whatever came of it, the server
// is told and asks the processor.
(() => {
  const begin = () => {
    const form = document.getElementById("charge-form");
    if (!form) return;
    const problem = document.getElementById("charge-problem");
    form.hidden = false;
    if (!window.Stripe) {
      say(problem, "A operadora do cartão não respondeu. Confira sua conexão e abra a página de novo.");
      return;
    }
    const { publicKey, secret, method } = form.dataset;
    const processor = window.Stripe(publicKey, { locale: "pt-BR" });
    const button = document.getElementById("charge-submit");

    button.addEventListener("click", async () => {
      button.disabled = true;
      button.textContent = "Confirmando com o banco…";
      try {
        await processor.confirmCardPayment(secret, { payment_method: method });
      } finally {
        form.submit();
      }
    });
  };

  const say = (place, words) => {
    const box = document.createElement("p");
    box.className = "notice notice-refused";
    box.textContent = words;
    place.replaceChildren(box);
  };

  document.addEventListener("DOMContentLoaded", begin);
})();
