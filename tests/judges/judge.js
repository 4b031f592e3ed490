// Reads questions as a JSON list from the standard input, answers as a JSON list:
// {"boleto": digits} → {valid, kind, bar_code, line, due_on, cents}; {"pix": text} → {valid, key, amount, txid, name,
// city}; {"qr": ["#.#", …]} → {text}.
import { readFileSync } from "node:fs";
import { getPixPayloadInfo, isValidBoleto, isValidPixPayload } from "@brazilian-utils/brazilian-utils";
import boletos from "@mrmgomes/boleto-utils";
import jsQR from "jsqr";

const PIXELS = 6;

function boleto(digits) {
  const read = boletos.validarBoleto(digits);
  return {
    valid: read.sucesso,
    valid_line: isValidBoleto(digits),
    kind: read.tipoCodigoInput,
    bar_code: read.codigoBarras,
    line: read.linhaDigitavel,
    due_on: read.vencimentoComNovoFator2025?.toISOString().slice(0, 10),
    cents: Math.round(read.valor * 100),
  };
}

function pix(text) {
  const read = getPixPayloadInfo(text) ?? {};
  return { valid: isValidPixPayload(text), ...read };
}

function qr(rows) {
  const size = rows.length * PIXELS;
  const image = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (rows[Math.floor(y / PIXELS)][Math.floor(x / PIXELS)] === "#") image.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3);
    }
  }
  return { text: jsQR(image, size, size)?.data ?? null };
}

const judges = { boleto, pix, qr };
const questions = JSON.parse(readFileSync(0, "utf8"));
const answers = questions.map((question) => {
  const [[kind, what]] = Object.entries(question);
  return judges[kind](what);
});
process.stdout.write(JSON.stringify(answers));
