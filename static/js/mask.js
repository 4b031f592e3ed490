// Typed documents, phones and amounts are written the usual way when the field is left, never while typing.
// What does not look complete stays as it was typed: the server says what is wrong with it.
(() => {
  const letters = (text) => text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  const digits = (text) => text.replace(/\D/g, "");

  const cnpj = (text) => letters(text).match(/^([0-9A-Z]{2})([0-9A-Z]{3})([0-9A-Z]{3})([0-9A-Z]{4})(\d{2})$/);
  const cpf = (text) => digits(text).match(/^(\d{3})(\d{3})(\d{3})(\d{2})$/);

  const writeCnpj = (text) => {
    const part = cnpj(text);
    return part ? `${part[1]}.${part[2]}.${part[3]}/${part[4]}-${part[5]}` : text;
  };
  const writeCpf = (text) => {
    const part = /[A-Za-z]/.test(text) ? null : cpf(text);
    return part ? `${part[1]}.${part[2]}.${part[3]}-${part[4]}` : text;
  };
  const writeCep = (text) => digits(text).replace(/^(\d{5})(\d{3})$/, "$1-$2");
  const writePhone = (text) => {
    const national = digits(text).replace(/^55(?=\d{10,11}$)/, "");
    const part = national.match(/^(\d{2})(\d{4,5})(\d{4})$/);
    return part ? `(${part[1]}) ${part[2]}-${part[3]}` : text;
  };

  // "1234,5", "1.234,50", "1234.50" and "R$ 1 234,50" are clear; anything else ("1.234", "12,345") is left alone.
  const writeMoney = (text) => {
    const bare = text.replace(/R\$|[\s\u00a0]/g, "");
    const part = bare.match(/^(\d{1,3}(?:\.\d{3})+|\d+),(\d{1,2})$/) ?? bare.match(/^(\d+)(?:\.(\d{1,2}))?$/);
    if (!part) return text;
    const reais = part[1].replace(/\./g, "").replace(/^0+(?=\d)/, "");
    return `${reais.replace(/\B(?=(\d{3})+$)/g, ".")},${(part[2] ?? "").padEnd(2, "0")}`;
  };

  const MASKS = {
    cnpj: writeCnpj,
    cpf: writeCpf,
    cnpj_cpf: (text) => (writeCpf(text) !== text ? writeCpf(text) : writeCnpj(text)),
    cep: (text) => (digits(text).length === 8 ? writeCep(text) : text),
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
