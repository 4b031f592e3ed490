"""What finance types about repasse: how it was paid, and what of it is taken back."""

from datetime import date

from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.payouts.rules import ReversalCause
from portal.shared.fields import ChoiceField, DayField, Form, MoneyField, one_line, some_lines

CAUSES = (ReversalCause.REFUND, ReversalCause.DISPUTE)


def _text(label: str, missing: str, longest: int) -> StringField:
    return StringField(
        label,
        filters=[one_line],
        validators=[
            InputRequired(missing),
            Length(max=longest, message=f"Escreva até {longest} letras."),
        ],
    )


class TransferForm(Form):
    """How a lot was paid to its partner."""

    paid_on = DayField("Dia do pagamento", validators=[InputRequired("Escolha o dia em que foi pago.")])
    bank = _text("Banco", "Escreva o banco do parceiro, por exemplo 341 Itaú.", 60)
    branch = _text("Agência", "Escreva a agência.", 20)
    account = _text("Conta", "Escreva a conta com o dígito.", 30)
    reference = _text("Identificação no banco", "Escreva o número que o banco deu a este pagamento.", 80)

    @property
    def day(self) -> date:
        """The day it was paid; only of a valid form."""
        if self.paid_on.data is None:
            raise ValueError("the form is not valid")
        return self.paid_on.data


class ReversalForm(Form):
    """How much of an invoice went back to its customer, and why."""

    amount = MoneyField(
        "Valor devolvido ao cliente",
        validators=[InputRequired("Escreva quanto voltou para o cliente.")],
    )
    cause = ChoiceField("Causa", options=[(cause.value, cause.label) for cause in CAUSES])
    reference = _text("Identificação", "Escreva o número da devolução ou da contestação.", 80)
    reason = TextAreaField(
        "Motivo",
        filters=[some_lines],
        validators=[InputRequired("Escreva o motivo."), Length(max=500, message="Escreva até 500 letras.")],
    )


class RestoreForm(Form):
    """Why a share is given again."""

    reason = TextAreaField(
        "Motivo",
        filters=[some_lines],
        validators=[InputRequired("Escreva o motivo."), Length(max=500, message="Escreva até 500 letras.")],
    )
