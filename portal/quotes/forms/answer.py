"""What a customer answers to a proposal."""

from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.quotes.rules.reasons import DECLINE_REASONS
from portal.shared.fields import Form, choices_of

NOTE_LENGTH = 1000


class DeclineForm(Form):
    """Why the customer does not accept."""

    reason = RadioField(
        "Por que você não quer seguir agora?",
        choices=choices_of(DECLINE_REASONS.items()),
        validators=[InputRequired("Escolha um motivo.")],
    )
    note = TextAreaField(
        "Quer contar mais?",
        validators=[Length(max=NOTE_LENGTH, message=f"Escreva até {NOTE_LENGTH} letras.")],
    )
