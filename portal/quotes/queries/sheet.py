"""A proposal as the customer reads it, on the public page and in the PDF.

Only from what was frozen in the versions, and without minimum, cost or repasse.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from calculator import PAYMENT_METHODS, Breakdown, FirstPeriod, Payment, breakdown_from_json
from portal.documents.rules.proposal import ProposalAlternative, ProposalLine, ProposalPayment, ProposalSheet
from portal.quotes.models import QuoteVersion
from portal.quotes.queries.contracting import ContractNote
from portal.quotes.rules.labels import alternative_letter, quote_label, term_label
from portal.shared.brazil import format_date, format_document, format_money, format_phone, format_postal_code
from portal.shared.payment_methods import Way

FREE = "Grátis"


def proposal_sheet(
    versions: Sequence[QuoteVersion],
    notes: Mapping[int, ContractNote],
    *,
    link: str = "",
    issued_on: date,
    is_draft: bool = False,
) -> ProposalSheet:
    """What the customer reads of these alternatives of one proposal (at least one).

    Versions come with quote, owner, customer and partner loaded; `notes` tells by their ids what they change.
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
        customer_address=_address(version=first),
        alternatives=tuple(
            _alternative(version, notes[version.id], several=len(versions) > 1) for version in versions
        ),
        link=link,
        is_draft=is_draft,
    )


def _alternative(version: QuoteVersion, note: ContractNote, *, several: bool) -> ProposalAlternative:
    breakdown = breakdown_from_json(version.breakdown)
    monthly = breakdown.monthly
    saved = monthly.original_cents - monthly.negotiated_cents
    title = f"{breakdown.lines[0].label} · {term_label(version.term)}"
    return ProposalAlternative(
        title=f"Alternativa {alternative_letter(version.quote.alternative)}: {title}" if several else title,
        term=term_label(version.term),
        change=tuple(note.change),
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
        term_total=format_money(breakdown.term.total_cents) if version.months > 1 and not note.amends else "",
        setup=format_money(version.setup_cents) if version.setup_cents is not None else "",
        payment=_payment_words(version, breakdown),
        payments=_payments(breakdown, note),
        next_term=_what_follows(breakdown, note.first_days),
    )


def _what_follows(breakdown: Breakdown, first_days: FirstPeriod | None) -> str:
    if first_days is None:
        return f"O período seguinte começa com o pagamento de {format_date(breakdown.next_term_due_on)}."
    return f"{first_days.in_words} Os pagamentos seguintes começam em {format_date(first_days.due_on)}."


def _payments(breakdown: Breakdown, note: ContractNote) -> tuple[ProposalPayment, ...]:
    """Every payment of the first period; only the first where it is a part of a month."""
    payments, first_days = breakdown.payments, note.first_days
    if note.amends:
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


def _address(*, version: QuoteVersion) -> str:
    customer = version.customer
    street = ", ".join(filter(None, (customer.street, customer.street_number, customer.complement)))
    town = "/".join(filter(None, (customer.city, customer.state)))
    parts = (street, customer.district, town, format_postal_code(customer.postal_code))
    return " – ".join(filter(None, parts))
