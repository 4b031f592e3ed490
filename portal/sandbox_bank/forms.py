"""What a tester has the bank do."""

from collections.abc import Iterable

from wtforms import IntegerField, RadioField, SelectField, ValidationError
from wtforms.validators import InputRequired, Optional

from portal.sandbox_bank.rules.acts import BankAct, Manner
from portal.sandbox_bank.rules.habits import PayingHabit
from portal.shared.db import whole_number
from portal.shared.fields import Form, MoneyField, choices_of


class BankActForm(Form):
    """An act of the bank, and how it is done."""

    act = RadioField(
        "O que o banco faz",
        choices=choices_of(BankAct.choices()),
        validators=[InputRequired("Escolha o que o banco faz.")],
    )
    manner = RadioField(
        "Como",
        choices=choices_of(Manner.choices()),
        default=Manner.USUAL.value,
        validators=[InputRequired("Escolha como.")],
    )
    amount = MoneyField("Valor")
    size = SelectField(
        "Arquivo de retorno",
        choices=choices_of([(0, "Como as remessas do banco"), (400, "CNAB 400"), (240, "CNAB 240")]),
        coerce=whole_number,
        default=0,
    )

    def offer(self, acts: Iterable[BankAct]) -> None:
        """Show these acts alone."""
        self.act.choices = choices_of((act.value, act.label) for act in acts)


class HabitForm(Form):
    """How a customer pays by itself."""

    habit = RadioField(
        "Como este cliente paga",
        choices=choices_of(PayingHabit.choices()),
        validators=[InputRequired("Escolha como o cliente paga.")],
    )
    days_late = IntegerField("Dias de atraso", validators=[Optional()])

    def validate_habit(self, field: RadioField) -> None:
        """Late is by some days."""
        if field.data == PayingHabit.LATE and not 1 <= (self.days_late.data or 0) <= 365:
            raise ValidationError("Escreva em dias de atraso um número de 1 a 365.")
