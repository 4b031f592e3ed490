// Typed documents, phones and amounts are written the usual way when the field is left, never while typing.
// Only what has the form of one is: what is not known stays as it was typed, and the server, which knows labels,
// unseen signs and other dashes, understands it or says what is wrong with it.
(() => {
  const CNPJ = /^([0-9A-Z]{2})\.?([0-9A-Z]{3})\.?([0-9A-Z]{3})\/?([0-9A-Z]{4})-?(\d{2})$/;
  const CPF = /^(\d{3})[. ]?(\d{3})[. ]?(\d{3})[- ]?(\d{2})$/;
  const LABEL = /^(?:CPF|CNPJ|DOC)/;
  const CEP = /^(\d{2})\.?(\d{3})[- ]?(\d{3})$/;
  // +55 or none, the area code in brackets or not; no 0 before it and none as the number's first digit.
  const PHONE = /^(?:\+55 ?|55 ?(?=\(|[1-9]{2} ?9?\d{8}$))?(?:\(([1-9]{2})\)|([1-9]{2})) ?(9\d{4}|[1-9]\d{3})[-. ]?(\d{4})$/;
  const TOLL_FREE = /^(0(?:800|300|303|500|900))[- ]?(\d{3})[- ]?(\d{4})$/;
  const MONEY = /^(?:R\$ ?)?(?:(\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+(?=,)|\d+)(?:,(\d{1,2}))?|(\d+)\.(\d{1,2}))$/;

  const writeCnpj = (text) => {
    const capitals = text.toUpperCase();
    // Spaces between digits are nothing; between letters and digits they may part a label from a number.
    const part = (/[A-Z]/.test(capitals) ? capitals : capitals.replace(/ /g, "")).match(CNPJ);
    return part && !LABEL.test(capitals) ? `${part[1]}.${part[2]}.${part[3]}/${part[4]}-${part[5]}` : text;
  };
  const writeCpf = (text) => text.replace(CPF, "$1.$2.$3-$4");
  const writePhone = (text) => {
    const part = text.match(PHONE);
    if (part) return `(${part[1] ?? part[2]}) ${part[3]}-${part[4]}`;
    return text.replace(TOLL_FREE, "$1 $2 $3");
  };

  // "1234,5", "1.234,50", "1234.50" and "R$ 1 234,50" are clear; anything else ("1.234", "12,345") is left alone.
  const writeMoney = (text) => {
    const part = text.match(MONEY);
    if (!part || (part[1]?.includes(".") && part[2] === undefined)) return text;
    const reais = (part[1] ?? part[3]).replace(/[. ]/g, "").replace(/^0+(?=\d)/, "");
    return `${reais.replace(/\B(?=(\d{3})+$)/g, ".")},${(part[2] ?? part[4] ?? "").padEnd(2, "0")}`;
  };

  const MASKS = {
    cnpj: writeCnpj,
    cpf: writeCpf,
    cnpj_cpf: (text) => (CPF.test(text) ? writeCpf(text) : writeCnpj(text)),
    cep: (text) => text.replace(CEP, "$1$2-$3"),
    phone: writePhone,
    money: writeMoney,
  };

  document.addEventListener("focusout", ({ target }) => {
    const write = MASKS[target.dataset?.mask];
    if (!write || target.readOnly || !target.value.trim()) return;
    const written = write(target.value.trim());
    if (written !== target.value) target.value = written;
  });
})();
