"""The form of a decision that needs nothing but its reason."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from portal.shared.fields import Form

REASON_LENGTH = 500


class ReasonForm(Form):
    """Why something is refused or decided."""

    reason = TextAreaField(
        "Motivo",
        validators=[
            InputRequired("Escreva o motivo."),
            Length(max=REASON_LENGTH, message=f"Escreva até {REASON_LENGTH} letras."),
        ],
    )
