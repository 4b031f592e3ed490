"""What a cancellation costs or gives back, shown before it is confirmed."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from calculator.periods import in_words

SUSPENDED_AFTER_DAYS = 15
WITHDRAWAL_DAYS = 7


class SettlementRule(StrEnum):
    """Which rule settles the cancellation, the first that fits."""

    WITHDRAWAL = "withdrawal"
    COVERED = "covered"
    NOT_COVERED = "not_covered"


class OpenInvoice(NamedTuple):
    """An invoice of the services to be canceled with something still open."""

    number: str
    due_on: date
    open_cents: int


class InvoiceOutcome(NamedTuple):
    """What happens to one open invoice: collected, or canceled with nothing more to pay."""

    invoice: OpenInvoice
    stays: bool
    why: str


class Settlement(NamedTuple):
    """The settlement of a cancellation requested on a day.

    `inactive_on` is the last day of service; `in_words` explains the rule to the person asking.
    """

    rule: SettlementRule
    inactive_on: date
    refund_cents: int
    still_owed_cents: int
    canceled_cents: int
    invoices: tuple[InvoiceOutcome, ...]
    in_words: str


def settle_cancellation(
    *,
    requested_on: date,
    contracted_on: date,
    covered_until: date | None,
    open_invoices: Sequence[OpenInvoice],
    paid_cents: int,
    consumer: bool,
    suspended_after_days: int = SUSPENDED_AFTER_DAYS,
    withdrawal_days: int = WITHDRAWAL_DAYS,
) -> Settlement:
    """The settlement of the services canceled; amounts in centavos, `paid_cents` all that was paid for them.

    A consumer (not a company) within the days of withdrawal gets everything back and owes nothing (CDC art.
    49). Else the service lasts to the end of the paid period. An open invoice is canceled unless it is so
    late that the service had been suspended: then the service was there, and it is collected.
    """
    if consumer and requested_on <= contracted_on + timedelta(days=withdrawal_days):
        why = "Cancelada: desistência dentro do prazo legal."
        outcomes = tuple(InvoiceOutcome(invoice, stays=False, why=why) for invoice in open_invoices)
        words = f"Desistência em até {withdrawal_days} dias: devolvemos tudo o que foi pago (CDC, art. 49)."
        return _settlement(SettlementRule.WITHDRAWAL, requested_on, outcomes, words, refund_cents=paid_cents)
    outcomes = tuple(_outcome(invoice, requested_on, suspended_after_days) for invoice in open_invoices)
    if covered_until is not None and covered_until >= requested_on:
        words = f"O período já pago vale até {in_words(covered_until)}. Depois dele não há nova cobrança."
        return _settlement(SettlementRule.COVERED, covered_until, outcomes, words)
    words = "Não há período pago a usar: o acesso termina hoje."
    return _settlement(SettlementRule.NOT_COVERED, requested_on, outcomes, words)


def _outcome(invoice: OpenInvoice, requested_on: date, suspended_after_days: int) -> InvoiceOutcome:
    days_late = (requested_on - invoice.due_on).days
    if days_late > suspended_after_days:
        return InvoiceOutcome(invoice, stays=True, why="Continua em aberto: o serviço esteve disponível.")
    return InvoiceOutcome(invoice, stays=False, why="Cancelada: o serviço não será mais prestado.")


def _settlement(
    rule: SettlementRule,
    inactive_on: date,
    outcomes: tuple[InvoiceOutcome, ...],
    words: str,
    *,
    refund_cents: int = 0,
) -> Settlement:
    return Settlement(
        rule=rule,
        inactive_on=inactive_on,
        refund_cents=refund_cents,
        still_owed_cents=sum(outcome.invoice.open_cents for outcome in outcomes if outcome.stays),
        canceled_cents=sum(outcome.invoice.open_cents for outcome in outcomes if not outcome.stays),
        invoices=outcomes,
        in_words=words,
    )
