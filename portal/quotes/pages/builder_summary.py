"""The summary beside the builder: what the customer pays, what stays with the partner, who must agree."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from calculator import Breakdown, WaterfallStep, approval_reasons, describe_waterfall
from portal.quotes.forms.builder_quote import PricedForm
from portal.quotes.rules.approval import reason_in_words
from portal.shared.brazil import format_date, format_money, format_money_input
from portal.shared.payment_methods import Way

UNKNOWN = "—"
PARTNER_BILLS = "hiperador"


class Verdict(StrEnum):
    """Whether the price may go out."""

    FREE = "free"
    NEEDS = "needs"
    COVERED = "covered"
    WRONG = "wrong"


class Sum(NamedTuple):
    """One line of the summary."""

    label: str
    value: str
    note: str = ""


class Step(NamedTuple):
    """One step of "como se chega a isto"."""

    kind: str
    label: str
    amount: str
    why: str


class Summary(NamedTuple):
    """Texts of the summary; with something wrong in the form there are no sums to show."""

    monthly: str
    original: str
    discount: str
    repasse: str
    sums: Sequence[Sum]
    shares: Sequence[Sum]
    steps: Sequence[Step]
    verdict: Verdict
    reasons: Sequence[str]
    spoken: str


def summary_of(priced: PricedForm, *, covered: bool) -> Summary:
    """The summary of a priced form. `covered`: an approval already given covers its prices."""
    breakdown = priced.breakdown
    repasse = _repasse(priced)
    sums, shares = _sums(breakdown), _shares(priced, repasse)
    if priced.errors:
        return _unknown(priced, sums, shares)
    verdict = verdict_of(breakdown, covered=covered)
    needs = verdict is Verdict.NEEDS
    price = format_money(breakdown.monthly.negotiated_cents)
    return Summary(
        monthly=price,
        original=format_money(breakdown.monthly.original_cents),
        discount=discount(breakdown),
        repasse=repasse,
        sums=sums,
        shares=shares,
        steps=[_step(step) for step in _waterfall(priced)],
        verdict=verdict,
        reasons=[reason_in_words(reason) for reason in approval_reasons(breakdown)] if needs else (),
        spoken=f"Mensalidade {price}. Valor de repasse {repasse}. {'Precisa de aprovação.' if needs else ''}",
    )


def _unknown(priced: PricedForm, sums: Sequence[Sum], shares: Sequence[Sum]) -> Summary:
    """The same lines without a figure: nothing moves on the page, and no price is shown that is none."""
    return Summary(
        monthly=UNKNOWN,
        original=format_money(priced.breakdown.monthly.original_cents),
        discount="",
        repasse=UNKNOWN,
        sums=[line._replace(value=UNKNOWN) for line in sums],
        shares=[line._replace(value=UNKNOWN) for line in shares],
        steps=(),
        verdict=Verdict.WRONG,
        reasons=(),
        spoken=next(iter(priced.errors.values())),
    )


def verdict_of(breakdown: Breakdown, *, covered: bool) -> Verdict:
    """Whether a price that can be given may go out."""
    if not breakdown.approval.required:
        return Verdict.FREE
    return Verdict.COVERED if covered else Verdict.NEEDS


def discount(breakdown: Breakdown) -> str:
    """How far the price lies from the Original: "−6,62 %", "+3,00 %", nothing at the Original."""
    basis_points = breakdown.monthly.discount_basis_points
    if not basis_points:
        return ""
    return f"{'−' if basis_points > 0 else '+'}{format_money_input(abs(basis_points))}\N{NO-BREAK SPACE}%"


def _sums(breakdown: Breakdown) -> list[Sum]:
    term, payments = breakdown.term, breakdown.payments
    first = payments[0]
    due_next = payments[1].due_on if len(payments) > 1 else breakdown.next_term_due_on
    with_setup = " · com implantação" if breakdown.setup else ""
    sums = [
        Sum("1º pagamento", format_money(first.total_cents), f"hoje, {Way(first.method).noun}{with_setup}")
    ]
    if term.months > 1:
        parts = f"em {len(payments)} parcelas" if len(payments) > 1 else "à vista"
        sums.insert(0, Sum(f"Total de {term.months} meses", format_money(term.total_cents), parts))
    sums.append(Sum("Liberado até", format_date(first.covers_until)))
    sums.append(Sum("Próximo vencimento", format_date(due_next)))
    return sums


def _repasse(priced: PricedForm) -> str:
    if priced.selection.arrangement == PARTNER_BILLS:
        return UNKNOWN
    return format_money(priced.breakdown.monthly.repasse_cents)


def _shares(priced: PricedForm, repasse: str) -> list[Sum]:
    monthly, arrangement = priced.breakdown.monthly, priced.selection.arrangement
    rule = priced.context.price_list.arrangements[arrangement]
    cost = Sum("Mensalidade paga pelo Hiperador", format_money(monthly.cost_cents))
    if rule.partner_bills:
        kept = Sum("Fica com você", format_money(monthly.negotiated_cents - monthly.partner_pays_cents))
        return [cost, kept, Sum("Valor de repasse", repasse, "você mesmo cobra o cliente")]
    if rule.central_fee_ppm is not None:
        taken = Sum("Taxa da central", format_money(monthly.central_fee_cents))
    else:
        cost = cost._replace(note="já está na parte do fornecedor")
        taken = Sum("Parte do fornecedor", format_money(monthly.vendor_share_cents))
    return [cost, taken, Sum("Valor de repasse", repasse)]


def _waterfall(priced: PricedForm) -> tuple[WaterfallStep, ...]:
    return describe_waterfall(priced.breakdown, priced.context.price_list, priced.selection.arrangement)


def _step(step: WaterfallStep) -> Step:
    return Step(step.kind, step.label, format_money(step.cents), step.why)
