"""The contract as its signatory reads it: from the frozen version and a template's text.

Nothing in it tells minimum, cost or repasse.
"""

from calculator import PAYMENT_METHODS, Breakdown, FirstPeriod
from portal.config import CompanySettings
from portal.contracts.models import Contract
from portal.contracts.pages.payments import how_it_is_paid
from portal.contracts.queries.reading import bills_customer, breakdown_of
from portal.contracts.rules.changes import Change, amendment_words, changed_units
from portal.contracts.rules.states import ContractKind
from portal.customers.models import Customer
from portal.documents.rules.clauses import parts_of
from portal.documents.rules.paper import Column, Facts, Heading, Paper, Paragraph, Part, Table
from portal.partners.models import Partner
from portal.quotes.pages.sheet import FREE
from portal.quotes.rules.labels import term_label
from portal.shared.brazil import (
    format_document,
    format_money,
    format_phone,
    format_postal_code,
    is_company,
)

TITLE = "Contrato de licença de uso de software"


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
        *how_it_is_paid(contract, breakdown, change, first_days),
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
        ("Endereço", company.address_line),
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
        ("Endereço", _address(customer)),
        ("Responsável", signatory.name if signatory else ""),
        ("CPF do responsável", format_document(signatory.cpf) if signatory else ""),
        ("E-mail do responsável", signatory.email if signatory else ""),
    )


def _address(customer: Customer) -> str:
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
