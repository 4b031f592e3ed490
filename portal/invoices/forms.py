"""What finance writes on a credit note, and when it gives months away."""

from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.invoices.rules.free_months import MOST_MONTHS
from portal.shared.db import as_key
from portal.shared.fields import Asked, ChoiceField, Form, MoneyField

LONGEST_REASON = 500


class FreeMonthsForm(Form):
    """How many months are given away, and why."""

    months = ChoiceField(
        "Quantos meses",
        options=[
            (str(many), "1 mês" if many == 1 else f"{many} meses") for many in range(1, MOST_MONTHS + 1)
        ],
        default="1",
        validators=[Asked()],
    )
    reason = TextAreaField(
        "Motivo",
        description="Fica registrado com o seu nome.",
        validators=[
            InputRequired("Escreva o motivo."),
            Length(max=LONGEST_REASON, message=f"Escreva até {LONGEST_REASON} letras."),
        ],
    )


class CreditNoteForm(Form):
    """How much is taken back, and why; `seen` is how much was already when the page was opened."""

    amount = MoneyField("Valor da nota", validators=[InputRequired("Escreva o valor da nota de crédito.")])
    reason = TextAreaField(
        "Motivo",
        description="Sai na nota de crédito, que o cliente também vê.",
        validators=[
            InputRequired("Escreva o motivo."),
            Length(max=LONGEST_REASON, message=f"Escreva até {LONGEST_REASON} letras."),
        ],
    )
    seen = HiddenField(default="0")

    @property
    def seen_cents(self) -> int:
        """Centavos; what is no number is none."""
        return as_key(self.seen.data or "")
