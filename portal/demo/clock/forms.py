"""What somebody says of where the clock is to go."""

from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from portal.demo.clock.rules import Jump
from portal.shared.fields import DayField, Form, choices_of


class MoveForm(Form):
    """How far, and whether finance's work is done meanwhile."""

    jump = RadioField(
        "Até quando", choices=choices_of(Jump.choices()), validators=[InputRequired("Escolha até quando.")]
    )
    until = DayField("Dia")
    keeps_desk = BooleanField("Fazer a rotina do financeiro nesses dias")
