"""An uploaded CSV as customers: what each column is, and what is wrong in which line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.validators import DataRequired, ValidationError

from portal.customers.forms.customer import CustomerForm
from portal.customers.rules import (
    DOCUMENT_COLUMN,
    MAX_IMPORT_ROWS,
    CustomerDetails,
    ImportRow,
    RowProblem,
)
from portal.shared import csv_text
from portal.shared.brazil import folded
from portal.shared.csv_text import OpenQuote
from portal.shared.fields import ChoiceField, UploadField, one_line

COLUMNS = {
    DOCUMENT_COLUMN: "document",
    "Razão social ou nome": "name",
    "Nome fantasia": "trade_name",
    "E-mail": "email",
    "Telefone": "phone",
    "CEP": "postal_code",
    "Rua ou avenida": "street",
    "Número": "street_number",
    "Complemento": "complement",
    "Bairro": "district",
    "Cidade": "city",
    "UF": "state",
    "Observações": "notes",
    "Responsável: nome": "signatory-name",
    "Responsável: CPF": "signatory-cpf",
    "Responsável: e-mail": "signatory-email",
    "Responsável: telefone": "signatory-phone",
    "Contato: nome": "contacts-0-name",
    "Contato: cargo": "contacts-0-position",
    "Contato: e-mail": "contacts-0-email",
    "Contato: telefone": "contacts-0-phone",
}
REQUIRED_COLUMNS = (DOCUMENT_COLUMN, "Razão social ou nome")
LONGEST_HEADER = 4_000
OPEN_QUOTE = "As aspas desta linha não fecham. O que vem depois não foi conferido."
NOT_SEPARATED = "Não encontramos as colunas. Separe-as com ponto e vírgula e use os nomes do modelo."
_SPREADSHEET_NUMBER = re.compile(r"[0-9]{1,13}|[0-9][.,][0-9]+[Ee]\+?[0-9]+")
_BY_FOLDED_LABEL = {folded(label): label for label in COLUMNS}


@dataclass(frozen=True, slots=True)
class UploadedCustomers:
    """What a file holds: the rows that read as customers, and every problem with its line."""

    rows: tuple[ImportRow, ...]
    problems: tuple[RowProblem, ...]


class UploadForm(Form):
    """The file; `.text` is its content once valid."""

    file = UploadField(
        "Arquivo CSV",
        description="Até 2.000 clientes, separado por ponto e vírgula ou vírgula.",
        validators=[DataRequired("Escolha o arquivo CSV.")],
    )
    text = ""

    def validate_file(self, field: UploadField) -> None:
        """The file is a text with something in it."""
        try:
            self.text = csv_text.decoded(field.data.read(), is_right=_names_columns)
        except csv_text.UnreadableCsv as unreadable:
            raise ValidationError(str(unreadable)) from None


class PartnerUploadForm(UploadForm):
    """The file, sent by somebody of the vendor: for which partner?"""

    partner_id = ChoiceField("Parceiro", validators=[DataRequired("Escolha o parceiro.")])


def _names_columns(text: str) -> bool:
    """Whether the accents of the required columns are right in this reading of a file."""
    return folded(REQUIRED_COLUMNS[1]) in folded(text[:LONGEST_HEADER])


def _count_known(cells: Sequence[str]) -> int:
    return sum(folded(cell) in _BY_FOLDED_LABEL for cell in cells)


def read_customers(text: str) -> UploadedCustomers:
    """Every customer and every problem of a CSV's text; nothing is guessed.

    A header that cannot be understood is the only problem told: all rows would be wrong by it.
    """
    records = list(csv_text.records(text, fits=_count_known))
    lines = [record for record in records if not isinstance(record, OpenQuote)]
    header_line, header = lines.pop(0) if lines else (1, [])
    labels = [_BY_FOLDED_LABEL.get(folded(cell), one_line(cell)) for cell in header]
    problems = list(_header_problems(header_line, labels))
    if problems:
        return UploadedCustomers((), tuple(problems))
    problems += [
        RowProblem(record.line, "", OPEN_QUOTE) for record in records if isinstance(record, OpenQuote)
    ]
    if not lines and not problems:
        problems.append(
            RowProblem(header_line, "", "O arquivo só tem o cabeçalho. Escreva um cliente por linha.")
        )
    if len(lines) > MAX_IMPORT_ROWS:
        message = f"O arquivo tem {len(lines)} clientes. Envie no máximo {MAX_IMPORT_ROWS} de cada vez."
        return UploadedCustomers((), (RowProblem(header_line, "", message),))
    rows = []
    for line, cells in lines:
        details, found = _read_row(labels, line, cells)
        problems += found
        if details is not None:
            rows.append(ImportRow(line, details))
    return UploadedCustomers(tuple(rows), tuple(problems))


def _header_problems(line: int, labels: Sequence[str]) -> Iterator[RowProblem]:
    if len(labels) == 1 and labels[0] not in COLUMNS:
        yield RowProblem(line, "", NOT_SEPARATED)
        return
    for label in dict.fromkeys(labels):
        if label and label not in COLUMNS:
            yield RowProblem(
                line, label[:80], "Esta coluna não existe no modelo. Retire-a ou corrija o nome."
            )
        elif label and labels.count(label) > 1:
            yield RowProblem(line, label, "Esta coluna aparece mais de uma vez.")
    for label in REQUIRED_COLUMNS:
        if label not in labels:
            yield RowProblem(line, label, "Falta esta coluna. Baixe o modelo e use os nomes dele.")


def _read_row(
    labels: Sequence[str], line: int, cells: Sequence[str]
) -> tuple[CustomerDetails | None, list[RowProblem]]:
    """The customer of a row, or None; and what is wrong with it."""
    surplus = [cell for place, cell in enumerate(cells) if place >= len(labels) or not labels[place]]
    if any(cell.strip() for cell in surplus):
        message = "A linha tem mais células que o cabeçalho. Confira se falta pôr um texto entre aspas."
        return None, [RowProblem(line, "", message)]
    values = {COLUMNS[label]: cell for label, cell in zip(labels, cells, strict=False) if label}
    form = CustomerForm(MultiDict(values))
    if form.validate():
        return form.to_details(), []
    found = [
        RowProblem(line, label, message)
        for label, path in COLUMNS.items()
        for message in _errors_at(form, path)
    ]
    return None, [_with_hint(problem, values["document"]) for problem in found]


def _errors_at(form: CustomerForm, path: str) -> Sequence[str]:
    """What is wrong in the field of a column; a contact's is only there when the file has one."""
    part, _, name = path.rpartition("-")
    if not part:
        return form[path].errors
    if part == "signatory":
        return form.signatory.form[name].errors
    return [error for contact in form.contacts for error in contact.form[name].errors]


def _with_hint(problem: RowProblem, document: str) -> RowProblem:
    """Spreadsheets cut leading zeros off documents and round long ones: say how to keep them."""
    if problem.column != DOCUMENT_COLUMN or not _SPREADSHEET_NUMBER.fullmatch(document.strip()):
        return problem
    hint = "A planilha pode ter cortado zeros ou arredondado: formate a coluna como texto."
    return RowProblem(problem.line, problem.column, f"{problem.message} {hint}")
