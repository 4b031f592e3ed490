"""Forms with a reason or a price: submit, void, refuse, counter."""

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.quotes.rules.reasons import VOID_REASONS
from portal.shared.fields import Form, MoneyField, choices_of

NOTE_LENGTH = 2000
_LENGTH = Length(max=NOTE_LENGTH, message=f"Escreva no máximo {NOTE_LENGTH} letras.")


class SubmitForm(Form):
    """What the reseller argues for the price."""

    argument = TextAreaField(
        "Por que este preço?",
        description="Quem aprova lê isto junto com os números. Ajuda contar o que o cliente disse.",
        validators=[_LENGTH],
    )


class VoidForm(Form):
    """Why a quote is closed."""

    reason = RadioField(
        "Motivo", choices=choices_of(VOID_REASONS.items()), validators=[InputRequired("Escolha um motivo.")]
    )
    note = TextAreaField("Observação", validators=[_LENGTH])


class RejectForm(Form):
    """Why the account manager refuses."""

    reason = TextAreaField(
        "Motivo da recusa",
        description="O vendedor lê este texto. Diga o que faria você aprovar.",
        validators=[DataRequired("Diga por que você recusa."), _LENGTH],
    )


class CounterForm(Form):
    """The price the account manager would approve."""

    counter_cents = MoneyField(
        "Mensalidade que você aprova", validators=[InputRequired("Escreva o valor da contraproposta.")]
    )
    counter_setup_cents = MoneyField("Implantação que você aprova")
    reason = StringField("Recado para o vendedor", validators=[_LENGTH])
