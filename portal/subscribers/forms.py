"""What people of a customer send."""

from wtforms import EmailField, IntegerField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.shared.fields import Form, Sendable
from portal.shared.mail_address import typed_address

MAX_EMAIL_LENGTH = 254


class LinkForm(Form):
    """Where to send the link to sign in."""

    email = EmailField(
        "E-mail",
        filters=[typed_address],
        validators=[
            DataRequired("Escreva seu e-mail."),
            Sendable("Confira o e-mail: ele deve ser como nome@empresa.com.br."),
            Length(max=MAX_EMAIL_LENGTH, message="E-mail longo demais."),
        ],
        render_kw={"autocomplete": "email"},
    )


class CompanyForm(Form):
    """Which company to look at."""

    customer_id = IntegerField("Empresa", validators=[InputRequired("Escolha uma empresa.")])
