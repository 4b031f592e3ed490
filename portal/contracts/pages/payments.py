"""How a contract is paid, as its paper says it."""

from datetime import date

from sqlalchemy.orm import Session

from calculator import Breakdown, FirstPeriod, Payment
from portal.contracts.models import Contract
from portal.contracts.queries.first_bill import first_bill_due_on, is_charged_to_card
from portal.contracts.queries.reading import bills_customer, payment_methods_of
from portal.contracts.rules.changes import Change
from portal.contracts.rules.states import ContractKind
from portal.documents.rules.paper import Column, Paragraph, Part, Table
from portal.shared.brazil import format_date, format_money
from portal.shared.payment_methods import Way

SHORT_COLUMNS = (
    Column("Vencimento"),
    Column("Forma"),
    Column("Valor", is_number=True),
    Column("Liberado até"),
)


def how_it_is_paid(
    contract: Contract, breakdown: Breakdown, change: Change | None, first_days: FirstPeriod | None
) -> tuple[Part, ...]:
    """The parts of a loaded contract's paper under "Pagamentos"; see `contract_paper`."""
    if change is not None:
        return _changed_payments(contract, breakdown, change)
    if first_days is not None:
        return _payments_from_some_days(contract, breakdown, first_days)
    return _payments(contract, breakdown)


def bill_in_words(session: Session, contract: Contract, change: Change | None, *, today: date) -> str:
    """What the document says of the first invoice, which leaves more days than the planned payments.

    "" when the vendor sends none, and in a document printed again: the invoice has its date already.
    """
    owes = change is None or change.terms.charge_cents > 0
    if not owes or contract.generated_at or is_charged_to_card(contract) or not bills_customer(contract):
        return ""
    due_on = format_date(first_bill_due_on(session, contract, today=today))
    return f"A fatura do primeiro pagamento chega por e-mail e vence em {due_on}."


def _payments(contract: Contract, breakdown: Breakdown) -> tuple[Part, ...]:
    columns = (
        Column("Parcela"),
        Column("Vencimento"),
        Column("Forma"),
        Column("Valor", is_number=True),
        Column("Liberado até"),
    )
    count = len(breakdown.payments)
    planned = breakdown.payments[0].due_on
    return (
        Table(
            "Pagamentos do primeiro período",
            columns,
            tuple(_payment_row(payment, count) for payment in breakdown.payments),
        ),
        Paragraph(_counted_from(contract.kind, planned)),
        Paragraph(f"O período seguinte começa com o pagamento de {format_date(breakdown.next_term_due_on)}."),
    )


def _payment_row(payment: Payment, count: int) -> tuple[str, ...]:
    method = Way(payment.method).label
    setup = f", com {format_money(payment.setup_cents)} de implantação" if payment.setup_cents else ""
    return (
        f"{payment.number} de {count}",
        format_date(payment.due_on),
        method + setup,
        format_money(payment.total_cents),
        format_date(payment.covers_until),
    )


def _counted_from(kind: ContractKind, planned: date) -> str:
    begin = "A renovação começa" if kind is ContractKind.RENEWAL else "A contratação começa"
    return (
        f"{begin} quando este contrato estiver assinado e o primeiro pagamento confirmado, e não antes de "
        f"{format_date(planned)}. As datas acima contam desse dia; se o começo for em outro, contam do dia "
        "em que ele acontecer, com os mesmos valores."
    )


def _payments_from_some_days(
    contract: Contract, breakdown: Breakdown, first: FirstPeriod
) -> tuple[Part, ...]:
    setup = breakdown.setup.negotiated_cents if breakdown.setup else 0
    first_method, later_method = (Way(code).label for code in payment_methods_of(contract))
    with_setup = f", com {format_money(setup)} de implantação" if setup else ""
    rows = (
        (
            format_date(first.starts_on),
            first_method + with_setup,
            format_money(first.amount_cents + setup),
            format_date(first.due_on),
        ),
        (
            f"A partir de {format_date(first.due_on)}",
            later_method,
            _each(breakdown),
            "conforme cada pagamento",
        ),
    )
    return (
        Table("Primeiro pagamento e seguintes", SHORT_COLUMNS, rows),
        Paragraph(first.in_words),
        Paragraph(_counted_from(contract.kind, first.starts_on)),
    )


def _each(breakdown: Breakdown) -> str:
    """What one of the later payments is: a month's fee, or a part of the term's total."""
    if len(breakdown.payments) == breakdown.term.months:
        return f"{format_money(breakdown.monthly.negotiated_cents)} por mês"
    count = len(breakdown.payments)
    amount = format_money(breakdown.payments[-1].amount_cents)
    months = f"período de {breakdown.term.months} meses"
    return f"{amount} por {months}" if count == 1 else f"{count} parcelas de {amount} por {months}"


def _changed_payments(contract: Contract, breakdown: Breakdown, change: Change) -> tuple[Part, ...]:
    terms = change.terms
    first, later = (Way(code).label for code in payment_methods_of(contract))
    rows = []
    if terms.charge_cents:
        covers = format_date(terms.covers_until) if terms.covers_until else "–"
        rows.append(("Com a assinatura", first, format_money(terms.charge_cents), covers))
    next_due = f"A partir de {format_date(terms.next_due_on)}"
    rows.append((next_due, later, _each(breakdown), "conforme cada pagamento"))
    return (Table("Pagamentos depois da mudança", SHORT_COLUMNS, tuple(rows)),)
