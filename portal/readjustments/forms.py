"""What people send about readjustments."""

from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.readjustments.rules.campaigns import REASON_LENGTH
from portal.shared.fields import Form, UploadField, some_lines


class IndexForm(Form):
    """A file of the index."""

    file = UploadField(
        "Arquivo do IGP-M",
        description="CSV (month,variation_percent) ou o JSON da série 189 do Banco Central, até 100 KB.",
        validators=[DataRequired("Escolha o arquivo com os meses do IGP-M.")],
    )
    confirm_revision = BooleanField("É uma revisão oficial: troque o valor do mês guardado")


class HoldForm(Form):
    """Why a contract is not to be readjusted."""

    reason = TextAreaField(
        "Motivo",
        filters=[some_lines],
        validators=[
            InputRequired("Escreva por que este contrato não é reajustado."),
            Length(max=REASON_LENGTH, message=f"Escreva até {REASON_LENGTH} letras."),
        ],
    )
