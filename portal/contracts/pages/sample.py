"""A contract with made-up parties, to look at a text before it is used."""

from datetime import date

from portal.config import CompanySettings
from portal.contracts.pages.paper import TITLE
from portal.documents.rules.clauses import parts_of
from portal.documents.rules.paper import Column, Facts, Heading, Paper, Paragraph, Table
from portal.shared.brazil import format_date, format_document, format_money


def sample_paper(clauses: str, *, company: CompanySettings, today: date) -> Paper:
    """The clauses in a contract of nobody.

    Raises:
        UnreadableClauses: the text breaks its marks.
    """
    columns = (Column("Item"), Column("Quantidade", is_number=True), Column("Por mês", is_number=True))
    price = format_money(199_90)
    return Paper(
        title=TITLE,
        subtitle="Exemplo, sem valor",
        number="000000",
        parts=(
            Paragraph(
                f"Prévia de {format_date(today)}. As partes e os valores abaixo são inventados; no contrato, "
                "vêm do orçamento que o cliente aceitou."
            ),
            Heading("Partes"),
            Facts(
                (
                    ("Contratada", f"{company.name}, CNPJ {format_document(company.document)}"),
                    ("Parceiro", "Revenda de Exemplo Ltda."),
                    ("Contratante", "Cliente de Exemplo Ltda."),
                    ("Responsável", "Maria de Exemplo"),
                )
            ),
            Heading("Contratação"),
            Table("Plano contratado", columns, (("Hiper Gestão", "1", price),), ("Mensalidade", "", price)),
            *parts_of(clauses),
        ),
    )
