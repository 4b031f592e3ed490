"""The files we exchange with the bank, as plain data in and out. Pure.

A remittance (written by pycobranca) asks the bank to register or withdraw boletos; a return says what became
of them. Returns are read here, position by position: Itaú's CNAB 400 is the layout of today's account.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from pycobranca.cnab import Pagamento, RemessaItau400
from pycobranca.exceptions import PyCobrancaError

from portal.banking.rules.boleto import BoletoAccount
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Refusal

RECORD_LENGTH = 400
HEADER = "02RETORNO01COBRANCA"
REGISTER, WITHDRAW = "01", "02"


class Meaning(LabeledEnum):
    """What an occurrence of a return does to its boleto."""

    REGISTERED = "registered", "Registro confirmado"
    REJECTED = "rejected", "Registro recusado"
    PAID = "paid", "Pagamento"
    WRITTEN_OFF = "written_off", "Baixa"
    NOTED = "noted", "Só informação"


_OCCURRENCES: dict[str, tuple[Meaning, str]] = {  # of Itaú's CNAB 400
    "02": (Meaning.REGISTERED, "Entrada confirmada"),
    "03": (Meaning.REJECTED, "Entrada rejeitada"),
    "05": (Meaning.WRITTEN_OFF, "Baixa por ter sido liquidado no próprio banco"),
    "06": (Meaning.PAID, "Liquidação normal"),
    "07": (Meaning.PAID, "Liquidação parcial"),
    "08": (Meaning.PAID, "Liquidação em cartório"),
    "09": (Meaning.WRITTEN_OFF, "Baixa simples"),
    "10": (Meaning.PAID, "Liquidação por ajuste de saldo"),
    "14": (Meaning.NOTED, "Vencimento alterado"),
    "15": (Meaning.NOTED, "Baixa rejeitada"),
    "16": (Meaning.NOTED, "Instrução rejeitada"),
    "17": (Meaning.NOTED, "Alteração de dados rejeitada"),
    "28": (Meaning.NOTED, "Débito de tarifas"),
    "47": (Meaning.WRITTEN_OFF, "Baixa com transferência para desconto"),
    "59": (Meaning.PAID, "Pagamento depois da baixa"),
    "60": (Meaning.REJECTED, "Entrada rejeitada pelo sacado eletrônico"),
    "64": (Meaning.REGISTERED, "Entrada confirmada com rateio"),
    "69": (Meaning.NOTED, "Cheque devolvido"),
    "72": (Meaning.PAID, "Pagamento depois da baixa"),
    "73": (Meaning.REGISTERED, "Entrada confirmada"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One line of a remittance. `what` is `REGISTER` or `WITHDRAW`."""

    what: str
    number: int
    reference: str
    amount_cents: int
    issued_on: date
    due_on: date
    payer_name: str
    payer_document: str
    payer_street: str
    payer_district: str
    payer_postal_code: str
    payer_city: str
    payer_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One line of a return.

    `amount_cents` is what the customer paid (gross), 0 when nothing came in; the bank kept `fee_cents` of it
    and credited the rest. `ordinal` tells like lines of one file apart.
    """

    line: int
    number: int
    code: str
    on: date
    credited_on: date
    amount_cents: int
    fee_cents: int
    paid_at_bank: str
    reasons: tuple[str, ...]
    ordinal: int = 1

    @property
    def meaning(self) -> Meaning:
        return _OCCURRENCES.get(self.code, (Meaning.NOTED, ""))[0]

    @property
    def description(self) -> str:
        return _OCCURRENCES.get(self.code, (Meaning.NOTED, f"Ocorrência {self.code}"))[1]

    @property
    def identity(self) -> str:
        """What makes this payment itself: in another file it is the same one.

        The n-th like line of a file is the n-th payment: who pays the same boleto twice on one day, at one
        branch, paid twice.
        """
        again = f":{self.ordinal}" if self.ordinal > 1 else ""
        return f"{self.number}:{self.on:%Y%m%d}:{self.amount_cents}:{self.paid_at_bank}{again}"


class UnreadableFile(Refusal):
    """The file is no return file of our account; nothing of it was used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


def remittance(account: BoletoAccount, orders: Iterable[Order], *, sequence: int, made_on: date) -> bytes:
    """The file for the bank.

    Raises:
        Refusal: naming the boleto that the bank's layout cannot carry.
    """
    file = RemessaItau400(
        empresa_mae=account.company,
        documento_cedente=account.company_document,
        agencia=account.branch,
        conta_corrente=account.account,
        digito_conta=account.account_digit,
        carteira=account.wallet,
        sequencial_remessa=str(sequence),
        data_geracao=made_on,
        pagamentos=[_as_payment(order) for order in orders],
    )
    try:
        return file.gera_arquivo().encode("ascii")
    except PyCobrancaError as error:
        raise Refusal(f"A remessa não pôde ser feita: {error}") from error


def _as_payment(order: Order) -> Pagamento:
    return Pagamento(
        identificacao_ocorrencia=order.what,
        nosso_numero=f"{order.number:08d}",
        numero=f"{order.number}",
        documento=order.reference[:25],
        valor=Decimal(order.amount_cents) / 100,  # type: ignore[arg-type]  # formatted with two decimals
        data_emissao=order.issued_on,
        data_vencimento=order.due_on,
        documento_sacado=order.payer_document,
        nome_sacado=order.payer_name,
        endereco_sacado=order.payer_street,
        bairro_sacado=order.payer_district,
        cep_sacado=order.payer_postal_code,
        cidade_sacado=order.payer_city,
        uf_sacado=order.payer_state,
    )


def read_return(content: bytes, account: BoletoAccount) -> list[Occurrence]:
    """What a return file says, in its order.

    Raises:
        UnreadableFile: naming what is wrong and in which line. Nothing is guessed.
    """
    lines = content.decode("latin-1").replace("\r\n", "\n").rstrip("\n\x1a").split("\n")
    _check_frame(lines, account)
    return _told_apart(_occurrence(record, number) for number, record in enumerate(lines[1:-1], start=2))


def _told_apart(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """Each with its place among the like payments of the file."""
    seen: Counter[str] = Counter()
    result = []
    for occurrence in occurrences:
        if occurrence.meaning is Meaning.PAID:
            seen[occurrence.identity] += 1
            occurrence = replace(occurrence, ordinal=seen[occurrence.identity])  # noqa: PLW2901 - the same, placed
        result.append(occurrence)
    return result


def _check_frame(lines: list[str], account: BoletoAccount) -> None:
    header = lines[0]
    if not header.startswith(HEADER):
        raise UnreadableFile(
            "Este não é um arquivo de retorno de cobrança CNAB 400. Escolha o arquivo do banco."
        )
    for number, line in enumerate(lines, start=1):
        if len(line) != RECORD_LENGTH:
            raise UnreadableFile(
                f"A linha {number} tem {len(line)} posições em vez de 400. Baixe o arquivo do banco de novo."
            )
    if header[76:79] != account.bank:
        raise UnreadableFile(f"Este arquivo é do banco {header[76:79]}; o nosso é o {account.bank}.")
    if header[26:38] != f"{account.branch}00{account.account}{account.account_digit}":
        raise UnreadableFile("Este arquivo é de outra conta. Confira a agência e a conta.")
    if not lines[-1].startswith("9") or any(line[0] != "1" for line in lines[1:-1]):
        raise UnreadableFile("O arquivo está incompleto. Baixe o arquivo do banco de novo.")


def _occurrence(record: str, line: int) -> Occurrence:
    """One detail record. Positions as in the bank's manual, counted from 1."""

    def cents(first: int, last: int) -> int:
        return _number(record[first - 1 : last].strip() or "0", line)

    on = _day(record[110:116], line)
    credited_on = record[295:301]
    fee = cents(176, 188)
    return Occurrence(
        line=line,
        number=_number(record[62:70], line),
        code=record[108:110],
        on=on,
        credited_on=_day(credited_on, line) if credited_on.strip("0 ") else on,
        amount_cents=paid_cents(
            credited_cents=cents(254, 266),
            fee_cents=fee,
            title_cents=cents(153, 165),
            taken_off_cents=cents(228, 240) + cents(241, 253),
            charges_cents=cents(267, 279) + cents(280, 292),
        ),
        fee_cents=fee if cents(254, 266) else 0,
        paid_at_bank=record[165:173].strip(),
        reasons=tuple(code for code in re.findall("..", record[377:385]) if code.strip("0 ")),
    )


def paid_cents(
    *, credited_cents: int, fee_cents: int, title_cents: int, taken_off_cents: int, charges_cents: int
) -> int:
    """What the customer paid, from what an Itaú return says was credited, which is net of the bank's fee.

    Some of its branches credit interest and fines within that amount, some beside it; the title's face less
    what was taken off plus those charges tells which. 0 where nothing was credited.
    """
    if not credited_cents:
        return 0
    with_fee = credited_cents + fee_cents
    asked = title_cents - taken_off_cents + charges_cents
    return with_fee + charges_cents if with_fee != asked == with_fee + charges_cents else with_fee


def _number(text: str | None, line: int) -> int:
    if not re.fullmatch("[0-9]+", text or ""):
        raise UnreadableFile(f"Na linha {line} há letras onde deveria haver um número.")
    return int(text or "")


def _day(text: str | None, line: int) -> date:
    match = re.fullmatch("([0-9]{2})([0-9]{2})([0-9]{2})", text or "")
    try:
        if match:
            return date(2000 + int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        pass
    raise UnreadableFile(f"Na linha {line} há uma data que não existe.")
