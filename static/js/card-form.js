// The card is typed into the processor's own field and goes from the browser straight to it. We are told nothing but
// "done", and ask the processor ourselves. Codes of refusal become sentences by the table in data-refusals.
(() => {
  const LOCALE = "pt-BR";

  const begin = () => {
    const form = document.getElementById("card-form");
    if (!form) return;
    if (!window.Stripe) {
      document.getElementById("card-unreachable").hidden = false;
      return;
    }
    const { publicKey, secret, holder, refusals } = form.dataset;
    const words = JSON.parse(refusals);
    const processor = window.Stripe(publicKey, { locale: LOCALE });
    const field = processor.elements().create("card", { hidePostalCode: true });
    field.mount("#card-element");
    form.hidden = false;
    const button = document.getElementById("card-submit");
    const problem = document.getElementById("card-problem");

    button.addEventListener("click", async () => {
      button.disabled = true;
      button.textContent = "Confirmando com o banco…";
      problem.replaceChildren();
      let error;
      try {
        const payment = { card: field, billing_details: { name: holder } };
        ({ error } = await processor.confirmCardSetup(secret, { payment_method: payment }));
      } catch (fault) {
        error = fault;
      }
      if (!error || error.code === "setup_intent_unexpected_state") {
        form.submit();
        return;
      }
      say(problem, error, words);
      button.disabled = false;
      button.textContent = "Cadastrar cartão";
    });
  };

  const say = (place, error, words) => {
    const known = words[error.decline_code] ?? words[error.code];
    const why = known ?? (error.code ? "o banco recusou" : "a operadora não confirmou os dados");
    const box = document.createElement("p");
    box.className = "notice notice-refused";
    box.textContent = `Não conseguimos cadastrar este cartão: ${why}. Confira os dados ou tente outro cartão.`;
    place.replaceChildren(box);
  };

  document.addEventListener("DOMContentLoaded", begin);
})();
