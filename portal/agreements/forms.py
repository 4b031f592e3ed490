"""What finance types into the simulator of agreements, and why an agreement ends."""

from datetime import date

from wtforms import IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from portal.agreements.rules.terms import Wanted
from portal.shared.fields import DayField, Form, MoneyField

LONGEST_REASON = 500
WHOLE = "Escreva um número inteiro."


class AgreementForm(Form):
    """The terms; the discount is in percent of the charges."""

    entry = MoneyField("Entrada", description="Zero para nenhuma.")
    parts = IntegerField(
        "Parcelas", validators=[InputRequired(WHOLE), NumberRange(1, 12, message="De 1 a 12 parcelas.")]
    )
    discount = IntegerField(
        "Desconto dos encargos",
        validators=[InputRequired(WHOLE), NumberRange(0, 100, message="De 0 a 100 %.")],
        description="Em % da multa e dos juros. O valor das faturas nunca tem desconto.",
    )
    entry_due_on = DayField("Primeiro vencimento", validators=[InputRequired("Escreva o dia.")])
    reason = TextAreaField(
        "Motivo",
        description="Preciso quando o acordo vai além do que o cliente faz sozinho.",
        validators=[Length(max=LONGEST_REASON, message=f"Escreva até {LONGEST_REASON} letras.")],
    )

    @classmethod
    def showing(cls, wanted: Wanted) -> "AgreementForm":
        """The form with some terms in it."""
        return cls(
            formdata=None,
            meta={"csrf": False},
            data={
                "entry": wanted.entry_cents,
                "parts": wanted.parts,
                "discount": wanted.discount_percent,
                "entry_due_on": wanted.entry_due_on,
            },
        )

    def to_wanted(self, today: date) -> Wanted:
        """What was typed."""
        return Wanted(
            discount_percent=self.discount.data or 0,
            entry_cents=self.entry.data or 0,
            parts=self.parts.data or 0,
            entry_due_on=self.entry_due_on.data or today,
        )
