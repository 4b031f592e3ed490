"""The contract as its signatory reads it: from the frozen version and a template's text.

Nothing in it tells minimum, cost or repasse.
"""

from dataclasses import dataclass
from datetime import date

from calculator import PAYMENT_METHODS, Breakdown, FirstPeriod, Payment
from portal.config import CompanySettings
from portal.contracts.models import Contract
from portal.contracts.queries.reading import bills_customer, breakdown_of, payment_methods_of
from portal.contracts.rules.changes import AmendmentTerms, amendment_words, changed_units
from portal.contracts.rules.states import ContractKind
from portal.customers.models import Customer
from portal.documents.rules.clauses import parts_of
from portal.documents.rules.paper import Column, Facts, Heading, Paper, Paragraph, Part, Table
from portal.partners.models import Partner
from portal.quotes.queries.sheet import FREE
from portal.quotes.rules.labels import term_label
from portal.shared.brazil import (
    format_date,
    format_document,
    format_money,
    format_phone,
    format_postal_code,
    is_company,
)
from portal.shared.payment_methods import Way

TITLE = "Contrato de licença de uso de software"
SHORT_COLUMNS = (
    Column("Vencimento"),
    Column("Forma"),
    Column("Valor", is_number=True),
    Column("Liberado até"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an amendment changes: the running contract's number and figures, and the terms."""

    label: str
    before: Breakdown
    terms: AmendmentTerms


def contract_paper(
    contract: Contract,
    *,
    clauses: str,
    company: CompanySettings,
    follows: str = "",
    change: Change | None = None,
    first_days: FirstPeriod | None = None,
    bill: str = "",
) -> Paper:
    """The paper of a loaded contract whose customer has a signatory.

    `follows` is the number of the contract it follows, `change` what an amendment changes in it, `first_days`
    the part of a month that is paid first where a plan begins so, `bill` a sentence on the first invoice.

    Raises:
        UnreadableClauses: the template's text breaks its marks.
    """
    breakdown = breakdown_of(contract)
    parts: tuple[Part, ...] = (
        *_parties(contract, company),
        *_amended(change, breakdown),
        *_bought(contract, breakdown),
        Heading("Pagamentos"),
        *_how_it_is_paid(contract, breakdown, change, first_days),
        *((Paragraph(bill),) if bill else ()),
        *parts_of(clauses),
    )
    return Paper(
        title=TITLE if not change else f"Aditivo ao contrato {change.label}",
        subtitle=_subtitle(contract, follows),
        number=contract.label,
        parts=parts,
    )


def _subtitle(contract: Contract, follows: str) -> str:
    """Whom it is for and, unless it is a first one, why it is made."""
    name = contract.customer.name
    match contract.kind:
        case ContractKind.ACTIVATION | ContractKind.AMENDMENT:
            return name
        case _:
            return f"{name} · {contract.kind.label}, no lugar do contrato {follows}"


def _parties(contract: Contract, company: CompanySettings) -> tuple[Part, ...]:
    customer = contract.customer
    return (
        Heading("Partes"),
        Heading("Contratada", level=2),
        _company(company),
        Heading("Parceiro", level=2),
        _partner(customer.partner),
        Heading("Contratante", level=2),
        _customer(customer),
    )


def _company(company: CompanySettings) -> Facts:
    return _facts(
        ("Nome", company.name),
        ("CNPJ", format_document(company.document)),
        ("Endereço", f"{company.address}, {company.city}/{company.state}"),
        ("E-mail", company.email),
        ("Telefone", format_phone(company.phone)),
    )


def _partner(partner: Partner) -> Facts:
    return _facts(
        ("Nome", partner.name),
        ("CNPJ", format_document(partner.document)),
        ("E-mail", partner.email),
        ("Telefone", format_phone(partner.phone)),
    )


def _customer(customer: Customer) -> Facts:
    company = is_company(customer.document)
    signatory = customer.signatory
    return _facts(
        ("Razão social" if company else "Nome", customer.name),
        ("CNPJ" if company else "CPF", format_document(customer.document)),
        ("Endereço", address_of(customer)),
        ("Responsável", signatory.name if signatory else ""),
        ("CPF do responsável", format_document(signatory.cpf) if signatory else ""),
        ("E-mail do responsável", signatory.email if signatory else ""),
    )


def address_of(customer: Customer) -> str:
    """The whole address in one line."""
    street = ", ".join(
        filter(None, (customer.street, customer.street_number, customer.complement, customer.district))
    )
    town = "/".join(filter(None, (customer.city, customer.state)))
    code = format_postal_code(customer.postal_code)
    return ", ".join(filter(None, (street, town, f"CEP {code}" if code else "")))


def _facts(*rows: tuple[str, str]) -> Facts:
    return Facts(tuple((name, value) for name, value in rows if value))


def _amended(change: Change | None, after: Breakdown) -> tuple[Part, ...]:
    if change is None:
        return ()
    return (
        Heading("O que muda"),
        Paragraph(amendment_words(change.terms)),
        *(Paragraph(sentence) for sentence in changed_units(change.before, after)),
        Paragraph(
            f"O que este aditivo não muda continua como está no contrato {change.label}. "
            "O quadro abaixo mostra a contratação inteira depois da mudança."
        ),
    )


def _bought(contract: Contract, breakdown: Breakdown) -> tuple[Part, ...]:
    columns = (Column("Item"), Column("Quantidade", is_number=True), Column("Por mês", is_number=True))
    rows = tuple(
        (
            line.label,
            str(line.quantity),
            format_money(line.negotiated_cents) if line.negotiated_cents else FREE,
        )
        for line in breakdown.lines
    )
    total = ("Mensalidade", "", format_money(breakdown.monthly.negotiated_cents))
    return (
        Heading("Contratação"),
        Table("Plano, adicionais e aplicativos contratados", columns, rows, total),
        Facts(_terms(contract, breakdown)),
    )


def _terms(contract: Contract, breakdown: Breakdown) -> tuple[tuple[str, str], ...]:
    months = breakdown.term.months
    rows = [("Prazo", f"{term_label(contract.version.term)}, {months} {'mês' if months == 1 else 'meses'}")]
    if months > 1:
        rows.append(("Valor do período", format_money(breakdown.term.total_cents)))
    if breakdown.setup is not None:
        rows.append(("Implantação, uma única vez", format_money(breakdown.setup.negotiated_cents)))
    method = contract.version.payment_method
    rows.append(("Forma de pagamento", PAYMENT_METHODS.get(method, method)))
    if len(breakdown.payments) > 1:
        rows.append(("Parcelas", str(len(breakdown.payments))))
    if not bills_customer(contract):
        rows.append(("Cobrança", f"feita por {contract.customer.partner.name}"))
    return tuple(rows)


def _how_it_is_paid(
    contract: Contract, breakdown: Breakdown, change: Change | None, first_days: FirstPeriod | None
) -> tuple[Part, ...]:
    if change is not None:
        return _changed_payments(contract, breakdown, change)
    if first_days is not None:
        return _payments_from_some_days(contract, breakdown, first_days)
    return _payments(contract, breakdown)


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
