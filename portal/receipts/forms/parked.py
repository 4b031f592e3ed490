"""What finance decides about a parked payment."""

from wtforms import StringField
from wtforms.validators import InputRequired, ValidationError

from portal.shared.cleaning import cleaned
from portal.shared.db import as_key
from portal.shared.reason_form import ReasonForm


class InvoiceNumberForm(ReasonForm):
    """An invoice, by the number on it, and a reason."""

    invoice = StringField(
        "Número da fatura",
        validators=[InputRequired("Escreva o número da fatura.")],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )

    def validate_invoice(self, field: StringField) -> None:
        """It is a number."""
        if not self.number:
            raise ValidationError("O número da fatura tem só algarismos, por exemplo 000012.")

    @property
    def number(self) -> int:
        """The number that was typed; 0 when it is none."""
        return as_key(cleaned(self.invoice.data or ""))
