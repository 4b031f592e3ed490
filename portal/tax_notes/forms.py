"""What finance types to end a nota fiscal."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from portal.shared.fields import ChoiceField, Form, MoneyField, some_lines
from portal.tax_notes.rules.states import CancelReason, ReplaceReason

SHORTEST, LONGEST = 15, 255
LONGEST_DESCRIPTION = 500


def _reason(missing: str) -> TextAreaField:
    return TextAreaField(
        "Explicação",
        filters=[some_lines],
        validators=[
            InputRequired(missing),
            Length(min=SHORTEST, message=f"Escreva ao menos {SHORTEST} letras: a repartição exige."),
            Length(max=LONGEST, message=f"Escreva até {LONGEST} letras."),
        ],
    )


class CancelForm(Form):
    """Why a note is canceled; the tax office keeps it."""

    code = ChoiceField("Motivo do cancelamento", options=CancelReason.choices(), validators=[InputRequired()])
    reason = _reason("Escreva por que a nota é cancelada.")


class ReplaceForm(Form):
    """Why a note is replaced, and what the new one says of the service where that is to change."""

    replace_code = ChoiceField(
        "Motivo da substituição", options=ReplaceReason.choices(), validators=[InputRequired()]
    )
    replace_reason = _reason("Escreva o que estava errado na nota.")
    discount = MoneyField(
        "Desconto",
        description="O que uma nota de crédito devolveu deste serviço. Sem desconto, 0,00.",
        validators=[InputRequired("Escreva o desconto, ou 0,00.")],
    )
    description = TextAreaField(
        "Descrição do serviço na nota nova",
        description="Sem ela, a da nota atual. Nome, documento e e-mail vêm do cadastro de agora.",
        filters=[some_lines],
        validators=[Length(max=LONGEST_DESCRIPTION, message=f"Escreva até {LONGEST_DESCRIPTION} letras.")],
    )
