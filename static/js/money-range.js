// <input type="range" data-money-range="#total">: a slider in centavos and a text field in reais show the same amount.
(() => {
  const toText = (cents) => `${Math.trunc(cents / 100).toString().replace(/\B(?=(\d{3})+$)/g, ".")},${(cents % 100).toString().padStart(2, "0")}`;
  const toCents = (text) => {
    const part = text.replace(/R\$|[\s\u00a0]/g, "").match(/^(\d{1,3}(?:\.\d{3})+|\d+),(\d{2})$/);
    return part && Number(part[1].replace(/\./g, "")) * 100 + Number(part[2]);
  };

  document.addEventListener("input", ({ target }) => {
    if (target.dataset?.moneyRange) {
      const field = document.querySelector(target.dataset.moneyRange);
      field.value = toText(Number(target.value));
      field.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    const range = target.id && document.querySelector(`[data-money-range="#${CSS.escape(target.id)}"]`);
    const cents = range && toCents(target.value);
    if (cents) range.value = cents;
  });
})();
