"""What a change of a running contract costs, and how it is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from calculator import (
    AmendmentDifference,
    AmendmentKind,
    Breakdown,
    amendment_difference,
    day_in_month,
    month_number,
    next_due_on,
)
from portal.shared.brazil import format_date, format_money


@dataclass(frozen=True, slots=True)
class Rhythm:
    """On which day of the month a running contract's payments fall due, and where its paid time ends."""

    due_day: int
    ends_before_due_date: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentTerms:
    """An amendment as it would be signed on a day: its first charge, and from when it holds.

    `charge_cents` is the difference for the covered time left and a setup fee, 0 when nothing is due;
    `covers_until` the last day that is paid already, None when none is.
    """

    difference: AmendmentDifference
    old_monthly_cents: int
    new_monthly_cents: int
    setup_cents: int
    covers_until: date | None
    next_due_on: date

    @property
    def charge_cents(self) -> int:
        return self.difference.charged_now_cents + self.setup_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an amendment changes: the running contract's number and figures, and the terms."""

    label: str
    before: Breakdown
    terms: AmendmentTerms


def amendment_terms(
    *, old: Breakdown, new: Breakdown, signed_on: date, covered_until: date | None, rhythm: Rhythm
) -> AmendmentTerms:
    """The terms of an amendment from one breakdown to another.

    `covered_until` and `rhythm` are the running contract's.
    """
    due_on = due_after(covered_until, today=signed_on, rhythm=rhythm)
    difference = amendment_difference(
        old_monthly_cents=old.monthly.negotiated_cents,
        new_monthly_cents=new.monthly.negotiated_cents,
        signed_on=signed_on,
        covered_until=covered_until or signed_on - timedelta(days=1),
        next_due_on=due_on,
    )
    return AmendmentTerms(
        difference=difference,
        old_monthly_cents=old.monthly.negotiated_cents,
        new_monthly_cents=new.monthly.negotiated_cents,
        setup_cents=new.setup.negotiated_cents if new.setup else 0,
        covers_until=covered_until,
        next_due_on=due_on,
    )


def due_after(covered_until: date | None, *, today: date, rhythm: Rhythm) -> date:
    """When the time after what is covered falls due: the due day of the last covered month, never the past.

    Covered until 31/07, the next payment is due on 15/07 (section 3.6 of the calculator's rules). Where paid
    time ends on the day before a due date, it is that date.
    """
    if covered_until is None:
        return next_due_on(today, rhythm.due_day)
    due_on = day_in_month(month_number(covered_until), rhythm.due_day)
    if rhythm.ends_before_due_date:
        due_on = covered_until + timedelta(days=1)
    return due_on if due_on > today else next_due_on(today, rhythm.due_day)


def amendment_words(terms: AmendmentTerms) -> str:
    """The difference in sentences, as quote, contract page and paper say it."""
    change = f"A mensalidade passa de {format_money(terms.old_monthly_cents)} para "
    change += format_money(terms.new_monthly_cents)
    by = format_money(abs(terms.difference.monthly_difference_cents))
    match terms.difference.kind:
        case AmendmentKind.UPGRADE:
            words = f"{change}, {by} a mais por mês, a partir da assinatura. {_charged(terms)}"
        case AmendmentKind.DOWNGRADE:
            day = format_date(terms.difference.applies_on)
            words = f"{change}, {by} a menos por mês, a partir do próximo vencimento, em {day}. "
            words += "Até lá nada muda, e nada é cobrado ou devolvido."
        case _:
            words = f"A mensalidade continua em {format_money(terms.new_monthly_cents)}. "
            words += "A mudança vale a partir da assinatura."
    if terms.setup_cents:
        words += f" A implantação, de {format_money(terms.setup_cents)}, é cobrada com a assinatura."
    return words


def _charged(terms: AmendmentTerms) -> str:
    next_due = format_date(terms.next_due_on)
    if not terms.difference.charged_now_cents or terms.covers_until is None:
        return f"Não há período pago pela frente: o novo valor vem no vencimento de {next_due}."
    days = terms.difference.days_left
    period = "1 dia já pago" if days == 1 else f"{days} dias já pagos"
    charge = format_money(terms.difference.charged_now_cents)
    return (
        f"Pelos {period}, até {format_date(terms.covers_until)}, é cobrada a diferença de {charge}. "
        f"O novo valor vem completo no vencimento de {next_due}."
    )


def changed_units(old: Breakdown, new: Breakdown) -> Sequence[str]:
    """What is more, less, new or gone, one sentence each."""
    before = {line.code: line for line in old.lines}
    after = {line.code: line for line in new.lines}
    told = []
    for code in dict.fromkeys((*before, *after)):
        line, was = after.get(code), before.get(code)
        if line is None:
            told.append(f"{before[code].label}: sai do contrato.")
        elif was is None:
            told.append(f"{line.label}: entra no contrato ({line.quantity}).")
        elif was.quantity != line.quantity:
            told.append(f"{line.label}: de {was.quantity} para {line.quantity}.")
    return told
