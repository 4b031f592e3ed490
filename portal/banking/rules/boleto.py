"""Boletos: their states, and the numbers printed on them. Pure.

The line and the bar code follow FEBRABAN's convention (due-date factor back at 1000 on 22/02/2025);
the bank's own 25 positions are pycobranca's.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from pycobranca.bancos import Bancos

from portal.banking.rules.accounts import BANKS, BoletoAccount
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal


class BoletoState(LabeledEnum):
    """Where a boleto stands at the bank."""

    ISSUED = "issued", "Aguardando registro"
    REGISTERED = "registered", "Registrado"
    REJECTED = "rejected", "Recusado pelo banco"
    PAID_UNSETTLED = "paid_unsettled", "Pago, em compensação"
    PAID = "paid", "Pago"
    WRITE_OFF_ASKED = "write_off_asked", "Baixa pedida"
    WRITTEN_OFF = "written_off", "Baixado"
    UNDONE = "undone", "Pagamento desfeito"


GIVE_BOLETOS = "give-boletos"
LIVE = frozenset({BoletoState.ISSUED, BoletoState.REGISTERED})
_MONEY = {BoletoState.PAID_UNSETTLED, BoletoState.PAID}  # comes whatever we thought of the boleto
_ENDS = {BoletoState.WRITE_OFF_ASKED, BoletoState.WRITTEN_OFF}
TRANSITIONS = {
    BoletoState.ISSUED: {BoletoState.REGISTERED, BoletoState.REJECTED, *_MONEY, *_ENDS},
    BoletoState.REGISTERED: {*_MONEY, *_ENDS},
    BoletoState.REJECTED: {*_MONEY},
    BoletoState.WRITE_OFF_ASKED: {BoletoState.REJECTED, BoletoState.WRITTEN_OFF, *_MONEY},
    BoletoState.WRITTEN_OFF: {*_MONEY},
    BoletoState.PAID_UNSETTLED: {BoletoState.PAID, BoletoState.UNDONE},
    BoletoState.PAID: {BoletoState.UNDONE},
    BoletoState.UNDONE: {BoletoState.WRITTEN_OFF, *_MONEY},
}
"""What may follow what; a trigger keeps the same table. A write-off that was asked for may come too late."""


def may_become(state: BoletoState, target: BoletoState) -> bool:
    """Whether a boleto in `state` may become `target`; what the bank says late is then only noted."""
    return target in TRANSITIONS[state]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoletoCodes:
    """What a boleto is paid by: 44 digits of the bar code, the line people type, our number at the bank."""

    bar_code: str
    line: str
    our_number: str


def codes_of(account: BoletoAccount, *, number: int, amount_cents: int, due_on: date) -> BoletoCodes:
    """The codes of boleto `number` of this account's series."""
    reais, centavos = divmod(amount_cents, 100)
    boleto = Bancos.find(account.bank)(
        valor=f"{reais}.{centavos:02d}",
        cedente=account.company,
        cedente_documento=account.company_document,
        agencia=account.branch,
        conta=account.account,
        digito_conta=account.account_digit,
        convenio=account.agreement,
        carteira=account.wallet,
        nosso_numero=f"{number:0{BANKS[account.bank].number_digits}d}",
        data_vencimento=due_on,
    )
    return BoletoCodes(
        bar_code=boleto.codigo_barras,
        line=boleto.linha_digitavel,
        our_number=boleto.nosso_numero_formatado(),
    )


class Charging(NamedTuple):
    """What a boleto asks for: an amount with charges in it, and what its bank charges after its due date."""

    amount_cents: int
    charges_cents: int = 0
    late_fee_basis_points: int = 0
    late_interest_basis_points: int = 0


def charging_of_bank(
    *, amount_cents: int, price_cents: int, late_fee_basis_points: int, late_interest_basis_points: int
) -> Charging:
    """A boleto whose bank is told to charge for lateness, by rates that are of its whole amount.

    Charges bear none: where not all of it is the price, the rates are that much less, never rounded up.
    """
    return Charging(
        amount_cents,
        late_fee_basis_points=late_fee_basis_points * price_cents // amount_cents,
        late_interest_basis_points=late_interest_basis_points * price_cents // amount_cents,
    )


class SeriesExhausted(Refusal):
    """No number of the series is left."""

    def __init__(self) -> None:
        super().__init__("A série de boletos deste convênio acabou. Peça ao banco uma nova carteira.")


class CannotIssueBoleto(Conflict):
    """The invoice cannot be paid by boleto now."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
