"""A proposal as the customer reads it, on the public page and in the PDF.

Only from what was frozen in the versions, and without minimum, cost or repasse.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from calculator import PAYMENT_METHODS, Breakdown, FirstPeriod, Payment, breakdown_from_json
from portal.documents.rules.proposal import ProposalAlternative, ProposalLine, ProposalPayment, ProposalSheet
from portal.quotes.models import QuoteVersion
from portal.quotes.pages.contracts import ContractSummary
from portal.quotes.rules.labels import alternative_letter, quote_label, term_label
from portal.shared.brazil import format_date, format_document, format_money, format_phone
from portal.shared.payment_methods import Way

FREE = "Grátis"


def proposal_sheet(
    versions: Sequence[QuoteVersion],
    contracts: Mapping[int, ContractSummary],
    *,
    link: str = "",
    issued_on: date,
    is_draft: bool = False,
) -> ProposalSheet:
    """What the customer reads of these alternatives of one proposal (at least one).

    Versions come with quote, owner, customer and partner loaded; `contracts` says by id what they change.
    """
    first = versions[0]
    customer, owner, partner = first.customer, first.quote.owner, first.customer.partner
    last_day = max((version.expires_on for version in versions if version.expires_on), default=None)
    return ProposalSheet(
        number=quote_label(first.quote.proposal_id),
        issued_on=format_date(issued_on),
        valid_until=format_date(last_day) if last_day and not is_draft else "",
        partner_name=partner.trade_name,
        partner_document=format_document(partner.document),
        seller_name=owner.name,
        seller_contact=" · ".join(filter(None, (format_phone(partner.phone), owner.email))),
        customer_name=customer.name,
        customer_document=format_document(customer.document),
        customer_address=first.customer.address_line,
        alternatives=tuple(
            _alternative(version, contracts[version.id], several=len(versions) > 1) for version in versions
        ),
        link=link,
        is_draft=is_draft,
    )


def _alternative(version: QuoteVersion, contract: ContractSummary, *, several: bool) -> ProposalAlternative:
    breakdown = breakdown_from_json(version.breakdown)
    monthly, has_term = breakdown.monthly, version.months > 1 and not contract.amends
    saved = monthly.original_cents - monthly.negotiated_cents
    title = f"{breakdown.lines[0].label} · {term_label(version.term)}"
    return ProposalAlternative(
        title=f"Alternativa {alternative_letter(version.quote.alternative)}: {title}" if several else title,
        term=term_label(version.term),
        change=tuple(contract.change),
        lines=tuple(
            ProposalLine(
                label=line.label,
                quantity=str(line.quantity),
                original=_price(line.original_cents),
                price=_price(line.negotiated_cents),
            )
            for line in breakdown.lines
        ),
        monthly=format_money(monthly.negotiated_cents),
        monthly_original=format_money(monthly.original_cents) if saved > 0 else "",
        discount=_saving(saved, monthly.discount_basis_points) if saved > 0 else "",
        term_total=format_money(breakdown.term.total_cents) if has_term else "",
        setup=format_money(version.setup_cents) if version.setup_cents is not None else "",
        payment=_payment_words(version, breakdown),
        payments=_payments(breakdown, contract),
        next_term=_what_follows(breakdown, contract.first_days),
    )


def _what_follows(breakdown: Breakdown, first_days: FirstPeriod | None) -> str:
    if first_days is None:
        return f"O período seguinte começa com o pagamento de {format_date(breakdown.next_term_due_on)}."
    return f"{first_days.in_words} Os pagamentos seguintes começam em {format_date(first_days.due_on)}."


def _payments(breakdown: Breakdown, contract: ContractSummary) -> tuple[ProposalPayment, ...]:
    """Every payment of the first period; only the first where it is a part of a month."""
    payments, first_days = breakdown.payments, contract.first_days
    if contract.amends:
        return ()
    if first_days is None:
        return tuple(_payment(payment, len(payments)) for payment in payments)
    first = payments[0]._replace(
        amount_cents=first_days.amount_cents, due_on=first_days.starts_on, covers_until=first_days.due_on
    )
    return (_payment(first, 1),)


def _payment(payment: Payment, count: int) -> ProposalPayment:
    setup = f" (inclui {format_money(payment.setup_cents)} de implantação)" if payment.setup_cents else ""
    return ProposalPayment(
        number=f"{payment.number} de {count}",
        due_on=format_date(payment.due_on),
        method=Way(payment.method).label + setup,
        amount=format_money(payment.amount_cents + payment.setup_cents),
        covers_until=format_date(payment.covers_until),
    )


def _payment_words(version: QuoteVersion, breakdown: Breakdown) -> str:
    method = PAYMENT_METHODS.get(version.payment_method, version.payment_method)
    if len(breakdown.payments) > 1:
        return f"{method}, em {len(breakdown.payments)} parcelas."
    return f"{method}, em um pagamento por período."


def _price(cents: int) -> str:
    return format_money(cents) if cents else FREE


def _saving(cents: int, basis_points: int) -> str:
    percent = f"{basis_points // 100},{basis_points % 100:02d}"
    return f"{format_money(cents)} por mês ({percent}\u00a0%)"
