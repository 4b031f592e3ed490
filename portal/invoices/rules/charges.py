"""What the first invoice of a contract charges, and how that is told. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from calculator import (
    BillingPeriod,
    Breakdown,
    ChargedLine,
    charged_lines,
    first_period,
    first_period_lines,
    partner_charged_lines,
    redate_payments,
)
from portal.invoices.rules.states import InvoiceKind
from portal.shared.brazil import format_date, format_money

DIFFERENCE, DIFFERENCE_LABEL = "difference", "Diferença até o fim do período pago"
SETUP, SETUP_LABEL = "setup", "Implantação"
LATE_CHARGES = "late_charges"
LATE_CHARGES_OF = ("Encargos por atraso da fatura ", "Encargos por atraso das faturas ")
PARTNERS_COST = "Custo dos itens na tabela de preços, cobrado do parceiro, que cobra o cliente."
FIRST_PLACE = (1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """The lines of an invoice and what explains them.

    `period` has both its days in it; the service is released until `grace_until` once it is paid. `place` is
    the term and the payment within it that an installment is, both from 1. `carried` is what of earlier
    invoices' late charges goes on this one, its last line.
    """

    kind: InvoiceKind
    lines: tuple[ChargedLine, ...]
    explanation: str
    period: tuple[date, date] | None = None
    grace_until: date | None = None
    place: tuple[int, int] | None = None
    carried: ChargedLine | None = None

    @property
    def all_lines(self) -> tuple[ChargedLine, ...]:
        return (*self.lines, self.carried) if self.carried else self.lines

    @property
    def amount_cents(self) -> int:
        return sum(line.amount_cents for line in self.all_lines)


def first_installment(breakdown: Breakdown, *, starts_on: date, due_day: int) -> Charge:
    """The whole first payment of the term, with the setup fee."""
    payment = redate_payments(breakdown, starts_on=starts_on, due_day=due_day)[0]
    months, count = breakdown.term.months, len(breakdown.payments)
    name = "Primeira mensalidade" if months == 1 else _installment_name(months, count)
    released = f"Com início em {format_date(starts_on)}, libera o serviço até "
    lines = charged_lines(breakdown, payment_number=1)
    return Charge(
        kind=InvoiceKind.INSTALLMENT,
        lines=lines,
        explanation=f"{name}. {released}{format_date(payment.covers_until)}.{_of_setup(lines)}",
        place=FIRST_PLACE,
    )


def first_days(breakdown: Breakdown, *, starts_on: date, due_day: int) -> Charge:
    """The part of the month up to the first due date, with the setup fee (policy `proportional`)."""
    monthly = breakdown.monthly.negotiated_cents
    period = first_period(monthly_cents=monthly, installed_on=starts_on, due_day=due_day)
    lines = first_period_lines(breakdown, amount_cents=period.amount_cents)
    return Charge(
        kind=InvoiceKind.FIRST_PERIOD,
        lines=lines,
        explanation=f"{period.in_words} Libera o serviço até {format_date(period.due_on)}.{_of_setup(lines)}",
        period=(starts_on, period.due_on - timedelta(days=1)),
        grace_until=period.due_on,
    )


def partners_installment(breakdown: Breakdown) -> Charge:
    """What a partner that bills the customer itself pays first: the cost."""
    return Charge(
        kind=InvoiceKind.INSTALLMENT,
        lines=partner_charged_lines(breakdown, payment_number=1),
        explanation=PARTNERS_COST,
        place=FIRST_PLACE,
    )


def later_installment(
    lines: tuple[ChargedLine, ...],
    period: BillingPeriod,
    *,
    months: int,
    payments: int,
    bills_customer: bool,
) -> Charge:
    """A payment after a contract's first: its lines, for the period `billing_period` gives it.

    A term of `months` is paid in `payments`.
    """
    name = PARTNERS_COST[:-1]
    if bills_customer:
        name = "Mensalidade" if months == 1 else _installment_name(months, payments, period.payment)
    days = f"de {format_date(period.starts_on)} até {format_date(period.ends_on)}"
    return Charge(
        kind=InvoiceKind.INSTALLMENT,
        lines=lines,
        explanation=f"{name}. Período {days}. Libera o serviço até {format_date(period.grace_until)}.",
        period=(period.starts_on, period.ends_on),
        grace_until=period.grace_until,
        place=(period.term, period.payment),
    )


def carried_line(labels: Sequence[str], cents: int) -> ChargedLine:
    """The charges that are still open of earlier invoices, as a line of the next one."""
    return ChargedLine(LATE_CHARGES, LATE_CHARGES_OF[len(labels) > 1] + ", ".join(labels), 1, cents)


def amendments_difference(
    *, charge_cents: int, setup_cents: int, from_day: date | None, until: date | None
) -> Charge:
    """What an amendment charges at once: the difference for the covered time left, and a setup fee."""
    lines = []
    if difference := charge_cents - setup_cents:
        lines.append(ChargedLine(DIFFERENCE, DIFFERENCE_LABEL, 1, difference))
    if setup_cents:
        lines.append(ChargedLine(SETUP, SETUP_LABEL, 1, setup_cents))
    words = "O que o aditivo custa a mais"
    if from_day and until and from_day <= until:
        words += f" de {format_date(from_day)} até {format_date(until)}, período que já está pago"
        return _difference(lines, f"{words}.", (from_day, until))
    return _difference(lines, f"{words}.", None)


def _of_setup(lines: Sequence[ChargedLine]) -> str:
    """Why the first invoice is more than those after it; empty where it has no setup fee."""
    cents = sum(line.amount_cents for line in lines if line.code == SETUP)
    return f" Inclui {format_money(cents)} de implantação, que só esta fatura cobra." if cents else ""


def _difference(lines: list[ChargedLine], words: str, period: tuple[date, date] | None) -> Charge:
    return Charge(kind=InvoiceKind.DIFFERENCE, lines=tuple(lines), explanation=words, period=period)


def _installment_name(months: int, count: int, number: int = 1) -> str:
    if count == 1:
        return f"Parcela única de {months} meses"
    return f"Parcela {number} de {count}, de {months} meses"
