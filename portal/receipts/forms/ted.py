"""What finance says about a TED."""

from datetime import date

from wtforms import BooleanField
from wtforms.validators import InputRequired

from portal.shared.fields import DayField, Form, MoneyField


class ConfirmTedForm(Form):
    """What finance read in the bank's statement."""

    amount = MoneyField(
        "Valor no extrato", validators=[InputRequired("Escreva o valor que está no extrato.")]
    )
    credited_on = DayField(
        "Dia do crédito",
        validators=[InputRequired("Escolha o dia em que o crédito aparece no extrato.")],
    )
    is_other_amount = BooleanField("O extrato mostra mesmo este valor")

    def validate_is_other_amount(self, field: BooleanField) -> None:
        """Ticked counts for the amount it stood beside; one typed anew is asked about anew."""
        field.data = field.raw_data == [str(self.amount.data)]

    @property
    def read(self) -> tuple[int, date]:
        """Amount in centavos and day; only of a valid form."""
        if self.amount.data is None or self.credited_on.data is None:
            raise ValueError("the form is not valid")
        return self.amount.data, self.credited_on.data
