"""What people type about repasse: how it was paid, what is taken back, a partner's own list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from portal.payouts.rules import DivergenceDecision, ReversalCause
from portal.shared import csv_text
from portal.shared.brazil import folded, parse_money
from portal.shared.cleaning import cleaned
from portal.shared.db import as_key
from portal.shared.fields import (
    ChoiceField,
    DayField,
    Form,
    MoneyField,
    UploadField,
    one_line,
    some_lines,
)

COLUMNS = frozenset({"fatura", "repasse"})
LONGEST_LIST, LONGEST_FILE_NAME = 50_001, 120
CAUSES = (ReversalCause.REFUND, ReversalCause.DISPUTE)


def _text(label: str, missing: str, longest: int) -> StringField:
    return StringField(
        label,
        filters=[one_line],
        validators=[
            InputRequired(missing),
            Length(max=longest, message=f"Escreva até {longest} letras."),
        ],
    )


class TransferForm(Form):
    """How a lot was paid to its partner."""

    paid_on = DayField("Dia do pagamento", validators=[InputRequired("Escolha o dia em que foi pago.")])
    bank = _text("Banco", "Escreva o banco do parceiro, por exemplo 341 Itaú.", 60)
    branch = _text("Agência", "Escreva a agência.", 20)
    account = _text("Conta", "Escreva a conta com o dígito.", 30)
    reference = _text("Identificação no banco", "Escreva o número que o banco deu a este pagamento.", 80)

    @property
    def day(self) -> date:
        """The day it was paid; only of a valid form."""
        if self.paid_on.data is None:
            raise ValueError("the form is not valid")
        return self.paid_on.data


class ReversalForm(Form):
    """How much of an invoice went back to its customer, and why."""

    amount = MoneyField(
        "Valor devolvido ao cliente",
        validators=[InputRequired("Escreva quanto voltou para o cliente.")],
    )
    cause = ChoiceField("Causa", options=[(cause.value, cause.label) for cause in CAUSES])
    reference = _text("Identificação", "Escreva o número da devolução ou da contestação.", 80)
    reason = TextAreaField(
        "Motivo",
        filters=[some_lines],
        validators=[InputRequired("Escreva o motivo."), Length(max=500, message="Escreva até 500 letras.")],
    )


class OwnListForm(Form):
    """A partner's own list; `.cents_by_invoice` once valid, the rows of an invoice added up."""

    file = UploadField(
        "Sua lista em CSV",
        description="Com as colunas Fatura e Repasse. Outras colunas podem ficar.",
        validators=[DataRequired("Escolha o arquivo CSV.")],
    )
    cents_by_invoice: Mapping[int, int] = MappingProxyType({})

    def validate_file(self, field: UploadField) -> None:
        """It is a CSV whose rows name an invoice and an amount."""
        try:
            read = csv_text.decoded(field.data.read(), is_right=lambda text: "fatura" in folded(text[:4_000]))
            self.cents_by_invoice = _read_list(read)
        except csv_text.UnreadableCsv as unreadable:
            raise ValidationError(str(unreadable)) from None

    @property
    def file_name(self) -> str:
        """What the partner calls the file."""
        return (self.file.data.filename or "lista.csv")[-LONGEST_FILE_NAME:].replace("\0", "")


def _read_list(content: str) -> dict[int, int]:
    records = list(csv_text.records(content, fits=lambda cells: len(COLUMNS & {folded(c) for c in cells})))
    if not records or isinstance(records[0], csv_text.OpenQuote):
        raise csv_text.UnreadableCsv("O arquivo está vazio. Escreva uma fatura por linha.")
    header = [folded(cell) for cell in records[0][1]]
    if missing := COLUMNS - set(header):
        names = " e ".join(sorted(name.capitalize() for name in missing))
        raise csv_text.UnreadableCsv(f"Não encontramos a coluna {names}. Baixe o modelo e use os nomes dele.")
    if not 1 < len(records) <= LONGEST_LIST:
        raise csv_text.UnreadableCsv(f"Envie de 1 a {LONGEST_LIST - 1} linhas, uma fatura em cada.")
    number_at, amount_at = header.index("fatura"), header.index("repasse")
    sums: Counter[int] = Counter()
    for record in records[1:]:
        if isinstance(record, csv_text.OpenQuote):
            raise csv_text.UnreadableCsv(f"Linha {record.line}: as aspas não fecham.")
        line, cells = record
        number, cents = _row(line, [*cells, "", ""], number_at, amount_at)
        sums[number] += cents
    return dict(sums)


def _row(line: int, cells: Sequence[str], number_at: int, amount_at: int) -> tuple[int, int]:
    number = as_key(cleaned(cells[number_at]).lstrip("#"))
    if not number:
        raise csv_text.UnreadableCsv(f"Linha {line}: escreva o número da fatura, por exemplo 000012.")
    try:
        return number, parse_money(cells[amount_at])
    except ValueError:
        raise csv_text.UnreadableCsv(
            f"Linha {line}: escreva o repasse em reais, por exemplo 101,43."
        ) from None


class DecisionForm(Form):
    """What the partner says of a divergence."""

    decision = ChoiceField("Decisão", options=DivergenceDecision.choices())
    note = TextAreaField(
        "Motivo",
        filters=[some_lines],
        validators=[InputRequired("Escreva o motivo."), Length(max=500, message="Escreva até 500 letras.")],
    )


class UndoForm(Form):
    """Why a payment that was written down is undone."""

    reason = TextAreaField(
        "Motivo",
        filters=[some_lines],
        validators=[InputRequired("Escreva o motivo."), Length(max=500, message="Escreva até 500 letras.")],
    )


class RestoreForm(Form):
    """Why a share is given again."""

    reason = TextAreaField(
        "Motivo",
        filters=[some_lines],
        validators=[InputRequired("Escreva o motivo."), Length(max=500, message="Escreva até 500 letras.")],
    )
