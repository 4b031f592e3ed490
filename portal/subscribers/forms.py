"""What people of a customer send."""

from wtforms import EmailField, IntegerField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.customers.rules import STATES
from portal.shared.fields import ChoiceField, Form, KeyField, PhoneField, PostalCodeField, Sendable, line
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


class RegistrationForm(Form):
    """What people of a customer may put right themselves. `lock_version` is the version that was opened."""

    lock_version = KeyField()
    phone = PhoneField("Telefone", validators=[Optional()])
    postal_code = PostalCodeField("CEP", validators=[Optional()])
    street = line("Rua ou avenida", 120)
    street_number = line("Número", 20)
    complement = line("Complemento", 80)
    district = line("Bairro", 80)
    city = line("Cidade", 80)
    state = ChoiceField("UF", options=[("", "–"), *((state, state) for state in STATES)], default="")

    def values(self) -> dict[str, str]:
        """What was typed, by field of the registration."""
        return {
            name: self[name].data or ""
            for name in (
                "phone", "postal_code", "street", "street_number", "complement", "district", "city", "state",
            )
        }  # fmt: skip
