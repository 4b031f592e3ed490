"""What people type about a referral."""

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from portal.shared.fields import Form, one_line


class CodeForm(Form):
    """By whose code a new customer came."""

    code = StringField(
        "Código de quem indicou",
        description="Sete letras e números, como K7QX2MB. Quem indica o encontra na Central do Assinante.",
        filters=[one_line],
        validators=[
            DataRequired("Escreva o código de quem indicou."),
            Length(max=20, message="Um código tem sete letras e números."),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
