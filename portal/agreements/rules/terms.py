"""The terms of an agreement: what may be joined, how it is divided, what a customer may do alone. Pure.

The discount is of late charges only. Charges are of the day the figures were made on, and hold until the
first payment falls due: that is also the last day to sign.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from calculator import DividedDebt, day_in_month, divide_debt, least_entry, month_number
from portal.agreements.rules.states import ENTRY, NotByOneself, NothingToJoin, TermsRefused
from portal.shared.brazil import format_date, format_money

ENTRY_DAYS = 3
"""In so many days the first payment falls due unless somebody says otherwise."""


class Debt(NamedTuple):
    """An overdue invoice: what is open of it, and what lateness adds on the day of the figures; centavos.

    `charges_first`: a payment of it pays what lateness adds before the invoice itself.
    """

    invoice_id: int
    contract_id: int
    partner_id: int
    label: str
    due_on: date
    face_cents: int
    charges_cents: int
    is_settling: bool = False
    charges_first: bool = False

    @property
    def total_cents(self) -> int:
        """All there is to pay."""
        return self.face_cents + self.charges_cents


class Wanted(NamedTuple):
    """What somebody chose: discount in percent of charges, entry, number of parts, the first due date."""

    discount_percent: int
    entry_cents: int
    parts: int
    entry_due_on: date


class Limits(NamedTuple):
    """The settings, and what they are for a customer alone.

    `first_due_days`: so many days from the simulation the first payment may fall due; until then the figures
    hold. `again_days`: after a broken agreement a customer makes the next one with finance for so many days.
    """

    parts: int
    parts_alone: int
    entry_alone_percent: int
    discount_percent: int
    discount_alone_percent: int
    least_part_cents: int
    first_due_days: int
    again_days: int


class Standing(NamedTuple):
    """How a customer's agreements stand: whether one runs, and when the last broken one was."""

    has_live: bool
    broken_on: date | None


class DuePart(NamedTuple):
    """A part with its day; `number` is 0 for the entry."""

    number: int
    due_on: date
    amount_cents: int
    charges_cents: int

    @property
    def face_cents(self) -> int:
        """What it pays of the invoices themselves."""
        return self.amount_cents - self.charges_cents


class Terms(NamedTuple):
    """An agreement as it will be stored."""

    debts: tuple[Debt, ...]
    divided: DividedDebt
    wanted: Wanted
    parts: tuple[DuePart, ...]

    @property
    def charges_first(self) -> bool:
        """Whether charges are paid first: only where that was agreed for every one of its invoices."""
        return all(debt.charges_first for debt in self.debts)

    @property
    def seen(self) -> str:
        """What was shown, to be compared when it is made."""
        debts = ".".join(f"{debt.invoice_id}:{debt.face_cents}:{debt.charges_cents}" for debt in self.debts)
        paid = ".".join(
            f"{part.due_on:%Y%m%d}:{part.amount_cents}:{part.charges_cents}" for part in self.parts
        )
        return f"{debts}/{paid}"


def terms_of(debts: Sequence[Debt], wanted: Wanted, *, limits: Limits, today: date) -> Terms:
    """An agreement over debts, the oldest first, within the limits of finance.

    Raises:
        NothingToJoin: no debt, or one is being settled.
        TermsRefused: too many parts, too small ones, an entry of the whole, or due too late.
    """
    if not debts or any(debt.is_settling for debt in debts):
        raise NothingToJoin
    _check_dates(wanted, today, limits)
    if not 1 <= wanted.parts <= limits.parts:
        raise TermsRefused(f"Escolha de 1 a {limits.parts} parcelas.", field="parts")
    if not 0 <= wanted.discount_percent <= 100:
        raise TermsRefused("O desconto vai de 0 a 100 % dos encargos.", field="discount")
    ordered = tuple(sorted(debts, key=lambda debt: (debt.due_on, debt.invoice_id)))
    face, charges = sum(d.face_cents for d in ordered), sum(d.charges_cents for d in ordered)
    try:
        divided = divide_debt(
            face_cents=face,
            charges_cents=charges,
            discount_percent=wanted.discount_percent,
            entry_cents=wanted.entry_cents,
            parts=wanted.parts,
            charges_first=all(debt.charges_first for debt in ordered),
        )
    except ValueError as reason:
        raise TermsRefused("A entrada precisa ser menor que o total.", field="entry") from reason
    smallest = min(part.amount_cents for part in divided.all_parts)
    if smallest < limits.least_part_cents:
        raise TermsRefused(
            f"Cada pagamento é de {format_money(limits.least_part_cents)} ou mais: escolha menos parcelas.",
            field="parts",
        )
    return Terms(ordered, divided, wanted, tuple(_dated(divided, wanted)))


def why_not_alone(terms: Terms, *, limits: Limits, standing: Standing, today: date) -> str:
    """Why a customer may not make this agreement alone, in words; "" when it may."""
    wanted, total = terms.wanted, terms.divided.total_cents
    again_on = standing.broken_on and standing.broken_on + timedelta(days=limits.again_days)
    least = least_entry(total, limits.entry_alone_percent)
    reasons = (
        (standing.has_live, "Já há um acordo em andamento. Para outro, fale com o financeiro."),
        (
            bool(again_on and again_on > today),
            "Um acordo anterior não foi cumprido. Para um novo, fale com o financeiro.",
        ),
        (wanted.parts > limits.parts_alone, f"Sozinho você pode escolher até {limits.parts_alone} parcelas."),
        (wanted.entry_cents < least, f"A entrada é de {format_money(least)} ou mais."),
        (wanted.discount_percent > limits.discount_alone_percent, "O desconto é combinado com o financeiro."),
    )
    return next((words for applies, words in reasons if applies), "")


def check_alone(terms: Terms, *, limits: Limits, standing: Standing, today: date) -> None:
    """Whether a customer may make this agreement alone. Raises `NotByOneself`."""
    if why := why_not_alone(terms, limits=limits, standing=standing, today=today):
        raise NotByOneself(why)


def is_beyond(terms: Terms, *, limits: Limits, standing: Standing, today: date) -> bool:
    """Whether finance goes beyond what the customer could do alone: then it says why."""
    return bool(why_not_alone(terms, limits=limits, standing=standing, today=today))


def check_discount(terms: Terms, limits: Limits) -> None:
    """Whether finance may give so much. Raises `TermsRefused`."""
    if terms.wanted.discount_percent > limits.discount_percent:
        raise TermsRefused(f"O desconto vai até {limits.discount_percent} % dos encargos.", field="discount")


def usual(debts: Sequence[Debt], limits: Limits, *, today: date) -> Wanted:
    """What a simulation begins with: the least entry, and as many parts as one may choose alone."""
    total = sum(debt.total_cents for debt in debts)
    entry = least_entry(total, limits.entry_alone_percent)
    parts = limits.parts_alone
    while parts > 1 and (total - entry) // parts < limits.least_part_cents:
        parts -= 1
    return Wanted(
        limits.discount_alone_percent,
        entry,
        parts,
        today + timedelta(days=min(ENTRY_DAYS, limits.first_due_days)),
    )


def is_broken(*, payable_until: date, today: date, days: int) -> bool:
    """Whether an unpaid part breaks its agreement: late by more `days` than it allows."""
    return (today - payable_until).days > days


def _check_dates(wanted: Wanted, today: date, limits: Limits) -> None:
    latest = today + timedelta(days=limits.first_due_days)
    if not today <= wanted.entry_due_on <= latest:
        raise TermsRefused(
            f"O primeiro vencimento vai de {format_date(today)} a {format_date(latest)}.",
            field="entry_due_on",
        )


def _dated(divided: DividedDebt, wanted: Wanted) -> list[DuePart]:
    """The entry on its day and a part each month after it; without one, the first part is due on that day."""
    first = month_number(wanted.entry_due_on) + (divided.entry is not None)
    parts = [
        DuePart(number, day_in_month(first + number - 1, wanted.entry_due_on.day), *part)
        for number, part in enumerate(divided.parts, 1)
    ]
    if divided.entry is not None:
        parts.insert(0, DuePart(ENTRY, wanted.entry_due_on, *divided.entry))
    return parts
