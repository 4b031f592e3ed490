"""The agreement as its signatory reads it: what is owed, what is paid when, what follows if it is not."""

from portal.agreements.models import Agreement
from portal.config import CompanySettings
from portal.customers.models import Customer
from portal.documents.rules.paper import Column, Facts, Heading, Paper, Paragraph, Part, Table
from portal.shared.brazil import format_date, format_document, format_money, format_rate, is_company

CLAUSES = (
    "Enquanto o acordo é cumprido, as faturas acima não são cobradas e não recebem novos encargos.",
    "Cada pagamento feito quita primeiro as faturas mais antigas. Depois do último, todas estão quitadas.",
    (
        "Um pagamento do acordo com atraso tem multa de {fee} e juros de {interest} ao mês, contados por dia."
        "{order}"
    ),
    "O acordo é desfeito se {late}.",
    "Desfeito, as faturas voltam a ser devidas, menos o pago, com encargos dos vencimentos originais.",
    "Qualquer pagamento pode ser adiantado. O serviço que estiver suspenso volta {returns}.",
)
FIRST_CHARGES = " Um pagamento menor que o devido quita primeiro a multa e os juros."
LATE_ENTRY = "a entrada atrasar mais de {entry} dias, ou uma parcela mais de {part}"
LATE_PART = "uma parcela atrasar mais de {part} dias"
WITH_ENTRY, WITHOUT = "com o pagamento da entrada", "com a assinatura"


def agreement_paper(agreement: Agreement, *, company: CompanySettings) -> Paper:
    """The paper of a loaded agreement whose customer has a signatory."""
    customer = agreement.customer
    has_entry = agreement.parts[0].number == 0
    late = (LATE_ENTRY if has_entry else LATE_PART).format(
        entry=agreement.entry_days, part=agreement.part_days
    )
    filled = {
        "returns": WITH_ENTRY if has_entry else WITHOUT,
        "late": late,
        "fee": format_rate(agreement.late_fee_basis_points),
        "interest": format_rate(agreement.late_interest_basis_points),
        "order": FIRST_CHARGES if agreement.charges_first else "",
    }
    parts: tuple[Part, ...] = (
        Heading("Partes"),
        Heading("Credor", level=2),
        Facts(
            (
                ("Nome", company.name),
                ("CNPJ", format_document(company.document)),
                ("Endereço", company.address_line),
            )
        ),
        Heading("Cliente", level=2),
        _customer(customer),
        Heading("O que é devido"),
        _debts(agreement),
        _sums(agreement),
        Heading("Como será pago"),
        _payments(agreement),
        Heading("O que vale"),
        *(Paragraph(text.format(**filled), mark=f"{n}.") for n, text in enumerate(CLAUSES, 1)),
    )
    return Paper(title="Acordo de débitos", subtitle=customer.name, number=agreement.label, parts=parts)


def _customer(customer: Customer) -> Facts:
    company, signatory = is_company(customer.document), customer.signatory
    rows = [
        ("Razão social" if company else "Nome", customer.name),
        ("CNPJ" if company else "CPF", format_document(customer.document)),
    ]
    if signatory is not None:
        rows += [("Responsável", signatory.name), ("CPF do responsável", format_document(signatory.cpf))]
    return Facts(tuple(rows))


def _debts(agreement: Agreement) -> Table:
    return Table(
        caption=f"Faturas vencidas, com encargos até {format_date(agreement.figures_on)}",
        columns=(
            Column("Fatura"),
            Column("Vencimento"),
            Column("Valor", is_number=True),
            Column("Multa e juros", is_number=True),
        ),
        rows=tuple(
            (
                debt.invoice.label,
                format_date(debt.invoice.due_on),
                format_money(debt.face_cents),
                format_money(debt.charges_cents),
            )
            for debt in agreement.debts
        ),
        total=("Total", "", format_money(agreement.face_cents), format_money(agreement.charges_cents)),
    )


def _sums(agreement: Agreement) -> Facts:
    rows = [("Devido até hoje", format_money(agreement.face_cents + agreement.charges_cents))]
    if agreement.discount_cents:
        rows.append(("Desconto dos encargos", format_money(agreement.discount_cents)))
    rows.append(("Total do acordo", format_money(agreement.total_cents)))
    return Facts(tuple(rows))


def _payments(agreement: Agreement) -> Table:
    return Table(
        caption="Entrada e parcelas",
        columns=(Column("Pagamento"), Column("Vencimento"), Column("Valor", is_number=True)),
        rows=tuple(
            (part.name_of(agreement.last_part), format_date(part.due_on), format_money(part.amount_cents))
            for part in agreement.parts
        ),
        total=("Total", "", format_money(agreement.total_cents)),
    )
