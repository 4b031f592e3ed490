"""How repasse is added up, closed, taken back and named. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from calculator import share_out
from portal.contracts.rules.states import IN_FORCE, ContractState
from portal.shared.brazil import format_money
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

ACCRUE_REPASSE = "accrue_repasse"
REOPENED = "return:"  # begins the key of a cause by which an invoice was opened again
CLOSE_PAYOUTS = "close-payouts"
PAY_WITHIN_BUSINESS_DAYS, REVIEW_WITHIN_BUSINESS_DAYS, DUE_HOUR = 5, 3, 18
TOLERANCE_CENTS = 1

WAS_ACTIVE = IN_FORCE | {ContractState.ENDED}
MONTHS = "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split()


class MonthTotals(NamedTuple):
    """The waterfall of many lines together, in centavos; of how many customers, where it is one partner's."""

    paid_cents: int
    cost_cents: int
    central_fee_cents: int
    vendor_share_cents: int
    repasse_cents: int
    customers: int | None


def month_key(month: date) -> str:
    """A month in an address: "2026-06"."""
    return f"{month:%Y-%m}"


def parse_month(key: str) -> date | None:
    """The first day of the month of an address; None for anything else."""
    try:
        return date.fromisoformat(f"{key}-01")
    except ValueError:
        return None


def month_label(month: date) -> str:
    """A month as people read it: "junho de 2026"."""
    return f"{MONTHS[month.month - 1]} de {month.year}"


class PayoutState(LabeledEnum):
    """What a partner's lot of a month waits for."""

    TO_PAY = "to_pay", "A pagar"
    PAID_OUT = "paid_out", "Pago"
    CARRIED = "carried", "Saldo negativo"
    EMPTY = "empty", "Sem valor"


def state_of(total_cents: int, *, is_paid: bool) -> PayoutState:
    """The state of a closed lot: what is not above zero is never paid."""
    if is_paid:
        return PayoutState.PAID_OUT
    if total_cents > 0:
        return PayoutState.TO_PAY
    return PayoutState.CARRIED if total_cents < 0 else PayoutState.EMPTY


class LineKind(LabeledEnum):
    """What a line of a statement is."""

    ACCRUAL = "accrual", "Repasse"
    REVERSAL = "reversal", "Estorno"
    BALANCE = "balance", "Saldo anterior"


class ReversalCause(LabeledEnum):
    """Why a share that accrued is taken back, or given again."""

    REFUND = "refund", "Devolução ao cliente"
    DISPUTE = "dispute", "Contestação do pagamento"
    PIX_RETURNED = "pix_returned", "Pix devolvido por contestação (MED)"
    UNDONE = "undone", "Pagamento desfeito pelo banco"
    CREDIT_NOTE = "credit_note", "Nota de crédito"
    RESTORED = "restored", "Contestação vencida"
    REPAID = "repaid", "Fatura paga de novo"


def cause_of(return_cause: str) -> ReversalCause:
    """Why a share goes back with money of a payment that went back for this reason."""
    causes = {
        "dispute": ReversalCause.DISPUTE,
        "undone": ReversalCause.UNDONE,
        "pix_returned": ReversalCause.PIX_RETURNED,
    }
    return causes.get(return_cause, ReversalCause.REFUND)


def is_by_hand(cause_key: str) -> bool:
    """Whether finance took a share back by hand: only that is given again by hand."""
    return cause_key.startswith((f"{ReversalCause.REFUND}:", f"{ReversalCause.DISPUTE}:"))


class Share(NamedTuple):
    """A paid line and its waterfall in centavos: the parts add up to `paid_cents`."""

    paid_cents: int
    cost_cents: int
    central_fee_cents: int
    vendor_share_cents: int
    repasse_cents: int

    def less(self, taken: "Share") -> "Share":
        """What is left of it."""
        return Share(*(whole - part for whole, part in zip(self, taken, strict=True)))


NOTHING = Share(0, 0, 0, 0, 0)


def shares_of_refund(left: Sequence[Share], *, cents: int) -> list[Share]:
    """What to take back of each line of an invoice when `cents` of it go back to the customer.

    `left` is what is left of each line. The refund is shared out by what the lines still hold, and each part
    by the line's own waterfall, so that what comes back in several refunds is in the end the whole, to the
    centavo. Nothing asks what the price or the percentages are today.

    Raises:
        Refusal: there is not so much left, or nothing to take back.
    """
    held = sum(share.paid_cents for share in left)
    if not 0 < cents <= held:
        raise NothingToReverse(held)
    parts = share_out(cents, [share.paid_cents for share in left])
    return [_part_of(share, part) for share, part in zip(left, parts, strict=True)]


def _part_of(share: Share, paid: int) -> Share:
    """`paid` centavos of a line: the repasse in the same proportion, half up, the other parts the rest."""
    if not paid:
        return NOTHING
    repasse = (2 * share.repasse_cents * paid + share.paid_cents) // (2 * share.paid_cents)
    others = (share.cost_cents, share.central_fee_cents, share.vendor_share_cents)
    cost, central_fee, vendor_share = share_out(paid - repasse, others)
    return Share(paid, cost, central_fee, vendor_share, repasse)


def task_key(payout_id: int, *, attempt: int = 1) -> str:
    """Names the task to pay a lot, or to pay it again after a payment was undone."""
    return f"pay_repasse:{payout_id}" if attempt == 1 else f"pay_repasse:{payout_id}:{attempt}"


def is_over(month: date, *, today: date) -> bool:
    """Whether a month can be closed: it ended."""
    return month < today.replace(day=1)


def month_before(day: date) -> date:
    """The first day of the month before that of `day`."""
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)


class DivergenceKind(LabeledEnum):
    """How a partner's list and a statement differ about an invoice."""

    AMOUNT = "amount", "Valor diferente"
    NOT_OURS = "not_ours", "Só na lista do parceiro"
    NOT_THEIRS = "not_theirs", "Só no extrato"


class DivergenceDecision(LabeledEnum):
    """What the partner says of it."""

    ACCEPTED = "accepted", "O extrato está certo"
    REVIEW = "review", "Pedir revisão ao financeiro"


class DivergenceFilter(LabeledEnum):
    """Which divergences a list shows."""

    OPEN = "abertas", "Sem decisão"
    DECIDED = "decididas", "Decididas"


class AlreadyDecided(Conflict):
    """A divergence somebody decided about before."""

    def __init__(self) -> None:
        super().__init__("Esta divergência já foi decidida. A decisão fica registrada e não muda.")


def review_key(divergence_id: int) -> str:
    """Names the task to look at a divergence."""
    return f"review_repasse:{divergence_id}"


class NothingToReverse(Refusal):
    """More is to be taken back than an invoice's repasse was made of."""

    def __init__(self, left_cents: int) -> None:
        left = f"Desta fatura ainda dá para estornar {format_money(left_cents)}."
        nothing = "O repasse desta fatura já foi estornado por inteiro, ou nunca foi apurado."
        super().__init__(left if left_cents else nothing, field="amount", left_cents=left_cents)


class MonthNotOver(Refusal):
    """A month that still goes on cannot be closed."""

    def __init__(self, month: date) -> None:
        super().__init__(
            f"{month_label(month).capitalize()} ainda não terminou. Feche o mês depois do último dia."
        )


class NothingToPay(Conflict):
    """A lot that was paid before, or whose total is not above zero."""

    def __init__(self, state: PayoutState) -> None:
        paid = "O pagamento deste extrato já foi registrado."
        nothing = "Este extrato não tem valor a pagar. O saldo negativo passa para o próximo extrato."
        super().__init__(paid if state is PayoutState.PAID_OUT else nothing)


class NothingToUndo(Conflict):
    """No payment of the lot stands."""

    def __init__(self) -> None:
        super().__init__("Não há pagamento registrado neste extrato, ou ele já foi desfeito.")


class FollowsTheMoney(Conflict):
    """A share that went back with money is given again with it, never by hand."""

    def __init__(self) -> None:
        super().__init__(
            "Este estorno acompanha o dinheiro que voltou ao cliente. "
            "O repasse volta sozinho quando a fatura for paga de novo."
        )


class NotPaidYet(Refusal):
    """A payment whose day is still to come."""

    def __init__(self) -> None:
        super().__init__("Este dia ainda não chegou. Registre o pagamento depois de feito.", field="paid_on")


class BooksBroken(Refusal):
    """The nightly check found what must never be; the run counts as failed, so that somebody looks."""

    def __init__(self, broken: Iterable[tuple[str, int, Sequence[str]]]) -> None:
        found = "; ".join(
            f"{what}: {count}" + (f" ({', '.join(rows)})" if rows else "") for what, count, rows in broken
        )
        super().__init__(f"A conferência dos livros encontrou diferenças. {found}.")
