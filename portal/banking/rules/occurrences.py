"""What banks say of a boleto, keyed by bank, layout and code. Pure.

The same code means different things: 17 is a payment after the write-off at Bradesco and in CNAB 240, one at
the notary's in Santander's CNAB 400, a refused change at Itaú. A code that is not here changes nothing.
"""

from portal.shared.labels import LabeledEnum


class Meaning(LabeledEnum):
    """What an occurrence of a return does to its boleto."""

    REGISTERED = "registered", "Registro confirmado"
    REJECTED = "rejected", "Registro recusado"
    PAID = "paid", "Pagamento"
    PARTIAL = "partial", "Pagamento parcial"
    WRITTEN_OFF = "written_off", "Baixa"
    KEPT = "kept", "Baixa recusada"
    UNDONE = "undone", "Pagamento desfeito"
    NOTED = "noted", "Só informação"
    UNKNOWN = "unknown", "Código desconhecido"

    @property
    def brings_money(self) -> bool:
        """Whether its amount was paid."""
        return self in (Meaning.PAID, Meaning.PARTIAL)


type Codes = dict[str, tuple[Meaning, str]]

_R, _X, _P, _PART = Meaning.REGISTERED, Meaning.REJECTED, Meaning.PAID, Meaning.PARTIAL
_W, _K, _U, _N = Meaning.WRITTEN_OFF, Meaning.KEPT, Meaning.UNDONE, Meaning.NOTED


def _noted(*codes: int, text: str) -> Codes:
    return {f"{code:02d}": (_N, text) for code in codes}


_EVERYWHERE: Codes = {
    "02": (_R, "Entrada confirmada"),
    "03": (_X, "Entrada rejeitada"),
    "06": (_P, "Liquidação normal"),
    "09": (_W, "Baixa"),
    "14": (_N, "Vencimento alterado"),
}
_ITAU_400: Codes = _noted(
    *range(26, 31), *range(33, 47), *range(51, 57), text="Tarifa ou despesa de cobrança"
) | {
    "05": (_W, "Baixa por ter sido liquidado no próprio banco"),
    "07": (_PART, "Liquidação parcial"),
    "08": (_P, "Liquidação em cartório"),
    "09": (_W, "Baixa simples"),
    "10": (_P, "Liquidação por ajuste de saldo"),
    "15": (_K, "Baixa rejeitada"),
    "16": (_N, "Instrução rejeitada"),
    "17": (_N, "Alteração de dados rejeitada"),
    "18": (_N, "Instrução rejeitada"),
    "47": (_W, "Baixa com transferência para desconto"),
    "59": (_P, "Pagamento depois da baixa"),
    "60": (_X, "Entrada rejeitada pelo sacado eletrônico"),
    "64": (_R, "Entrada confirmada com rateio"),
    "69": (_U, "Cheque devolvido"),
    "71": (_R, "Entrada registrada, aguardando avaliação"),
    "72": (_P, "Pagamento depois da baixa"),
    "73": (_R, "Entrada confirmada"),
}
_BRADESCO_400: Codes = {
    "10": (_W, "Baixa a pedido da agência"),
    "15": (_P, "Liquidação em cartório"),
    "17": (_P, "Liquidação depois da baixa ou de título não registrado"),
    "22": (_U, "Título com pagamento cancelado"),
    "24": (_X, "Entrada rejeitada por CEP irregular"),
    "27": (_K, "Baixa rejeitada"),
    "28": (_N, "Débito de tarifas"),
    "30": (_N, "Alteração de dados rejeitada"),
    "32": (_N, "Instrução rejeitada"),
    "40": (_U, "Estorno de pagamento"),
}
_BRASIL_400: Codes = {
    "03": (_X, "Comando recusado"),
    "05": (_P, "Liquidação sem registro"),
    "07": (_PART, "Liquidação por conta"),
    "08": (_PART, "Liquidação por saldo"),
    "10": (_W, "Baixa solicitada"),
    "15": (_P, "Liquidação em cartório"),
    "28": (_N, "Débito de tarifas"),
    "44": (_U, "Pago com cheque devolvido"),
    **_noted(96, 97, 98, text="Despesas de protesto"),
}
_SANTANDER_400: Codes = {
    "07": (_PART, "Liquidação por conta"),
    "08": (_PART, "Liquidação por saldo"),
    "10": (_W, "Título baixado"),
    "16": (_N, "Título já baixado ou liquidado"),
    "17": (_P, "Liquidação em cartório"),
    "24": (_N, "Custas de cartório"),
}
_STANDARD_240: Codes = {
    "17": (_P, "Liquidação depois da baixa ou de título não registrado"),
    "26": (_N, "Instrução rejeitada"),
    "28": (_N, "Débito de tarifas"),
    "30": (_N, "Alteração de dados rejeitada"),
    "44": (_U, "Pago com cheque devolvido"),
    "51": (_N, "Título reconhecido pelo pagador (DDA)"),
    "52": (_N, "Título não reconhecido pelo pagador (DDA)"),
    "53": (_N, "Título recusado pela câmara (DDA)"),
}
_ITAU_240: Codes = {
    "05": (_W, "Baixa por ter sido liquidado no próprio banco"),
    "08": (_P, "Liquidação em cartório"),
}

OCCURRENCES: dict[tuple[str, int, str], tuple[Meaning, str]] = {
    (bank, size, code): said
    for bank, size, own in (
        ("341", 400, _ITAU_400),
        ("237", 400, _BRADESCO_400),
        ("001", 400, _BRASIL_400),
        ("033", 400, _SANTANDER_400),
        ("341", 240, _STANDARD_240 | _ITAU_240),
        ("237", 240, _STANDARD_240),
        ("001", 240, _STANDARD_240),
        ("033", 240, _STANDARD_240),
    )
    for code, said in (_EVERYWHERE | own).items()
}


def meaning_of(bank: str, size: int, code: str) -> tuple[Meaning, str]:
    """What a code means in a bank's layout, and the bank's words for it."""
    return OCCURRENCES.get((bank, size, code), (Meaning.UNKNOWN, "Ocorrência que não conhecemos"))
