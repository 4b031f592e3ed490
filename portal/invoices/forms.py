"""What finance writes on a credit note."""

from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.shared.db import as_key
from portal.shared.fields import Form, MoneyField

LONGEST_REASON = 500


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
