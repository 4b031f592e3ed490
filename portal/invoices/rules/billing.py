"""When invoices are made, and which are not. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from portal.shared.brazil import format_money

TELL_OF_INVOICES = "tell-of-invoices"
INVOICE_ISSUED = "invoice_issued"  # the notice that tells of one
SET_ASIDE = "Reservado para uma fatura que não foi feita."


class NextPayment(NamedTuple):
    """The next payment of a subscription, its amount, and its term's amount by lines and as agreed."""

    subscription_id: int
    number: int
    amount_cents: int
    term_cents: int
    agreed_cents: int


def why_parked(payment: NextPayment) -> str:
    """Why a payment whose numbers do not fit is not billed, for finance."""
    if payment.term_cents != payment.agreed_cents:
        lines, agreed = format_money(payment.term_cents), format_money(payment.agreed_cents)
        return f"Mensalidade {payment.number}: os itens somam {lines} no ciclo, e o contrato diz {agreed}."
    return f"Mensalidade {payment.number}: não há valor a cobrar."


def why_refused(constraint: str) -> str:
    """Why a payment that the database refuses is not billed, for whoever looks into it."""
    return f"O banco de dados recusou a fatura: {constraint}."


def due_until(day: date, days_ahead: int) -> date:
    """Until when what a run of a day bills falls due."""
    return day + timedelta(days=days_ahead)


def days_to_bill(last: date | None, until: date) -> Iterator[date]:
    """The days a run makes up, in order: those after the last one billed, and `until` in any case."""
    day = until if last is None else min(last + timedelta(days=1), until)
    while day <= until:
        yield day
        day += timedelta(days=1)
