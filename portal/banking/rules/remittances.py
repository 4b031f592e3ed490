"""Remittances: the files that ask a bank to register boletos or to take them back. Pure.

pycobranca writes them; the tests read them position by position.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pycobranca.cnab import (
    Pagamento,
    RemessaBancoBrasil240,
    RemessaBradesco400,
    RemessaItau400,
    RemessaSantander240,
)
from pycobranca.exceptions import PyCobrancaError

from portal.banking.rules.accounts import BANKS, BoletoAccount
from portal.shared.clock import SAO_PAULO, day_of
from portal.shared.refusals import Refusal

REGISTER, WITHDRAW = "01", "02"
DAYS_OF_A_MONTH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One boleto of a remittance. `what` is `REGISTER` or `WITHDRAW`.

    The bank charges the late fee once, and interest a month by day, from `charges_from` on.
    """

    what: str
    number: int
    reference: str
    amount_cents: int
    issued_on: date
    due_on: date
    charges_from: date
    late_fee_basis_points: int
    late_interest_basis_points: int
    payer_name: str
    payer_document: str
    payer_street: str
    payer_district: str
    payer_postal_code: str
    payer_city: str
    payer_state: str


type _Writer = Callable[[BoletoAccount, list[Pagamento], int, datetime], str]


def remittance(account: BoletoAccount, orders: Iterable[Order], *, sequence: int, made_at: datetime) -> bytes:
    """The file for the account's bank, in the layout we send to it.

    Raises:
        Refusal: naming what the bank's layout cannot carry.
    """
    digits = BANKS[account.bank].number_digits
    by_rate = BANKS[account.bank].remittance_size == 240
    payments = [_as_payment(order, digits, by_rate=by_rate) for order in orders]
    try:
        return _WRITERS[account.bank](account, payments, sequence, made_at).encode("ascii")
    except (PyCobrancaError, UnicodeEncodeError) as error:
        raise Refusal(f"A remessa não pôde ser feita: {error}") from error


def remittance_name(account: BoletoAccount, *, sequence: int, made_at: datetime) -> str:
    """What the file is called: CB, day, month and the last two digits of its number."""
    return f"CB{day_of(made_at):%d%m}{sequence % 100:02d}{'' if account.bank == '341' else account.bank}.REM"


def _whose(account: BoletoAccount) -> dict[str, Any]:
    """Whose account it is, as every bank's layout asks."""
    return {
        "empresa_mae": account.company,
        "documento_cedente": account.company_document,
        "agencia": account.branch,
        "conta_corrente": account.account,
        "digito_conta": account.account_digit,
    }


def _itau(account: BoletoAccount, payments: list[Pagamento], sequence: int, made_at: datetime) -> str:
    file = _ItauWithFine(
        **_whose(account),
        carteira=account.wallet,
        sequencial_remessa=str(sequence),
        data_geracao=day_of(made_at),
        pagamentos=payments,
    )
    return file.gera_arquivo()


def _bradesco(account: BoletoAccount, payments: list[Pagamento], sequence: int, made_at: datetime) -> str:
    file = RemessaBradesco400(
        **_whose(account),
        carteira=account.wallet,
        codigo_empresa=account.agreement,
        sequencial_remessa=str(sequence),
        data_geracao=day_of(made_at),
        pagamentos=payments,
    )
    return file.gera_arquivo()


def _brasil(account: BoletoAccount, payments: list[Pagamento], sequence: int, made_at: datetime) -> str:
    file = RemessaBancoBrasil240(
        **_whose(account),
        carteira=account.wallet,
        variacao=account.variation,
        convenio=account.agreement,
        sequencial_remessa=str(sequence),
        data_geracao_fixa=f"{day_of(made_at):%d%m%Y}",
        hora_geracao_fixa=f"{made_at.astimezone(SAO_PAULO):%H%M%S}",
        pagamentos=payments,
    )
    return file.gera_arquivo()


def _santander(account: BoletoAccount, payments: list[Pagamento], sequence: int, made_at: datetime) -> str:
    file = RemessaSantander240(
        **_whose(account),
        codigo_carteira="5" if account.wallet == "101" else "1",
        codigo_transmissao=account.transmission,
        sequencial_remessa=str(sequence),
        data_geracao_fixa=f"{day_of(made_at):%d%m%Y}",
        pagamentos=payments,
    )
    return file.gera_arquivo()


_WRITERS: Mapping[str, _Writer] = {"341": _itau, "237": _bradesco, "001": _brasil, "033": _santander}


class _ItauWithFine(RemessaItau400):
    """Itaú has a record of its own for the late fee, after that of its boleto."""

    def monta_detalhe_multa(self, pagamento: Pagamento, sequencial: int) -> str:
        """Type 2: a percentage (2), from a day on, with two decimals."""
        fee = pagamento.formata_percentual_multa(13)
        return f"22{pagamento.data_multa:%d%m%Y}{fee}".ljust(394) + f"{sequencial:06d}"


def _charges(order: Order, *, by_rate: bool) -> dict[str, Any]:
    """Late fee and interest as layouts have them: interest as a rate a month or in centavos a day.

    A day's are never rounded up: what is owed is what was agreed, and no bank asks for more.
    """
    if order.what != REGISTER:
        return {}
    asked: dict[str, Any] = {}
    if order.late_fee_basis_points:
        fee = Decimal(order.late_fee_basis_points) / 100
        asked |= {"codigo_multa": "2", "percentual_multa": fee, "data_multa": order.charges_from}
    a_day = order.amount_cents * order.late_interest_basis_points // (10_000 * DAYS_OF_A_MONTH)
    if by_rate and order.late_interest_basis_points:
        rate = Decimal(order.late_interest_basis_points) / 100
        asked |= {"tipo_mora": "2", "percentual_mora": rate, "data_mora": order.charges_from}
    elif a_day and not by_rate:
        asked |= {"tipo_mora": "1", "valor_mora": Decimal(a_day) / 100, "data_mora": order.charges_from}
    return asked


def _as_payment(order: Order, number_digits: int, *, by_rate: bool) -> Pagamento:
    return Pagamento(
        identificacao_ocorrencia=order.what,
        nosso_numero=f"{order.number:0{number_digits}d}",
        numero=f"{order.number}"[-10:],
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
        **_charges(order, by_rate=by_rate),
    )
