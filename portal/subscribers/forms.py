"""What people of a customer send."""

from wtforms import BooleanField, EmailField, HiddenField, IntegerField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from portal.agreements.rules.terms import Wanted
from portal.cancellations.rules.cases import WORDS_LENGTH, Offer, Reason
from portal.customers.rules import STATES
from portal.shared.fields import (
    ChecksField,
    ChoiceField,
    Form,
    KeyField,
    MoneyField,
    PhoneField,
    PostalCodeField,
    Sendable,
    line,
    some_lines,
)
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


class LeaveForm(Form):
    """Why a customer cancels, and what, where that is not all."""

    reason = ChoiceField(
        "Por que você quer cancelar?",
        options=[("", "Escolha o motivo"), *Reason.choices()],
        validators=[InputRequired("Escolha o motivo.")],
    )
    words = TextAreaField(
        "Quer contar mais?",
        filters=[some_lines],
        validators=[Length(max=WORDS_LENGTH, message=f"Escreva até {WORDS_LENGTH} letras.")],
    )
    services = ChecksField(
        "Cancelar só estes serviços", description="Sem nenhum marcado, o pedido é do contrato inteiro."
    )


class OfferForm(Form):
    """Which offer to talk about."""

    offer = ChoiceField("Oferta", options=Offer.choices())


class SeenForm(Form):
    """What was shown before it is confirmed."""

    seen = HiddenField()


class PreferencesForm(Form):
    """What to hear of."""

    reminders = BooleanField("Lembretes de vencimento e de atraso, por e-mail")
    whatsapp = BooleanField("Lembretes por WhatsApp, no celular do responsável ou da empresa")
    offers = BooleanField("Ofertas e novidades")


class EraseForm(Form):
    """What the customer is told of an erasure."""

    words = TextAreaField(
        "Resposta ao cliente",
        description="Vai no e-mail e fica no histórico.",
        filters=[some_lines],
        validators=[
            DataRequired("Escreva a resposta ao cliente."),
            Length(max=WORDS_LENGTH, message=f"Escreva até {WORDS_LENGTH} letras."),
        ],
    )


class AgreementForm(Form):
    """What a customer chooses of an agreement: the entry and in how many parts the rest is paid."""

    entry = MoneyField("Entrada", validators=[InputRequired("Escreva o valor da entrada.")])
    parts = IntegerField(
        "Parcelas depois da entrada",
        validators=[
            InputRequired("Escreva quantas parcelas."),
            NumberRange(1, 12, message="De 1 a 12 parcelas."),
        ],
    )

    @classmethod
    def showing(cls, wanted: Wanted) -> "AgreementForm":
        """The form with some terms in it."""
        data = {"entry": wanted.entry_cents, "parts": wanted.parts}
        return cls(formdata=None, meta={"csrf": False}, data=data)

    def to_wanted(self, usual: Wanted) -> Wanted:
        """The usual terms with what was typed."""
        return usual._replace(entry_cents=self.entry.data or 0, parts=self.parts.data or 0)
