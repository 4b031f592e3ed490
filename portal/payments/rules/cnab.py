"""The files we exchange with the bank: CNAB 400 by pycobranca, as plain data in and out. Pure.

A remittance asks the bank to register or withdraw boletos; a return says what became of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pycobranca.cnab import Pagamento, RemessaItau400
from pycobranca.cnab.retorno import RegistroRetorno, Retorno
from pycobranca.exceptions import PyCobrancaError

from portal.payments.rules.boleto import BoletoAccount
from portal.shared.refusals import Refusal

RECORD_LENGTH = 400
HEADER = "02RETORNO01COBRANCA"
REGISTER, WITHDRAW = "01", "02"


class Meaning(StrEnum):
    """What an occurrence of a return does to its boleto."""

    REGISTERED = "registered"
    REJECTED = "rejected"
    PAID = "paid"
    WRITTEN_OFF = "written_off"
    NOTED = "noted"

    @property
    def label(self) -> str:
        return {
            "registered": "Registro confirmado",
            "rejected": "Registro recusado",
            "paid": "Pagamento",
            "written_off": "Baixa",
            "noted": "Só informação",
        }[self]


_MEANINGS = {
    "02": Meaning.REGISTERED,
    "03": Meaning.REJECTED,
    "06": Meaning.PAID,
    "07": Meaning.PAID,
    "08": Meaning.PAID,
    "09": Meaning.WRITTEN_OFF,
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
    """One line of a return. `amount_cents` is what came in, 0 when nothing did."""

    line: int
    number: int
    code: str
    description: str
    on: date
    credited_on: date
    amount_cents: int
    paid_at_bank: str
    reasons: tuple[str, ...]

    @property
    def meaning(self) -> Meaning:
        return _MEANINGS.get(self.code, Meaning.NOTED)

    @property
    def identity(self) -> str:
        """What makes this payment itself: in another file it is the same, elsewhere or again another one."""
        return f"{self.number}:{self.on:%Y%m%d}:{self.amount_cents}:{self.paid_at_bank}"


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
    file = Retorno.ler_linhas(lines, layout="400")
    return [_occurrence(file, record, number) for number, record in enumerate(file.registros, start=2)]


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


def _occurrence(file: Retorno, record: RegistroRetorno, line: int) -> Occurrence:
    on = _day(record.data_ocorrencia, line)
    reasons = record.motivo_ocorrencia or []
    return Occurrence(
        line=line,
        number=_number(record.nosso_numero, line),
        code=record.codigo_ocorrencia or "",
        description=file.descricao_ocorrencia(record) or f"Ocorrência {record.codigo_ocorrencia}",
        on=on,
        credited_on=_day(record.data_credito, line) if (record.data_credito or "").strip("0 ") else on,
        amount_cents=_number(record.valor_recebido or "0", line),
        paid_at_bank=f"{record.banco_recebedor or ''}{record.agencia_recebedora_com_dv or ''}",
        reasons=(reasons,) if isinstance(reasons, str) else tuple(reasons),
    )


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
