"""What people type about contracts."""

from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from portal.contracts.rules.late_words import MARKS
from portal.customers.rules import SignatoryDetails
from portal.shared.db import whole_number
from portal.shared.fields import (
    ChoiceField,
    Form,
    KeyField,
    NoAddress,
    PersonDocumentField,
    PhoneField,
    Sendable,
    one_line,
)
from portal.shared.mail_address import typed_address

NOTE_LENGTH = 2_000
CLAUSES_LENGTH = 60_000


def _too_long(longest: int) -> Length:
    return Length(max=longest, message=f"Use até {longest} letras.")


class CancelForm(Form):
    """Why a contract is given up."""

    reason = TextAreaField(
        "Motivo",
        description="Fica no histórico do cliente.",
        validators=[DataRequired("Diga por que este contrato não segue adiante."), _too_long(NOTE_LENGTH)],
    )


class SignatoryForm(Form):
    """The person who signs instead."""

    name = StringField(
        "Nome completo",
        filters=[one_line],
        validators=[DataRequired("Escreva o nome de quem vai assinar."), NoAddress(), _too_long(120)],
    )
    cpf = PersonDocumentField("CPF", validators=[DataRequired("Escreva o CPF de quem vai assinar.")])
    email = StringField(
        "E-mail",
        filters=[typed_address],
        validators=[
            DataRequired("Escreva o e-mail para onde vai o link."),
            Sendable("Escreva um e-mail completo, por exemplo nome@empresa.com.br."),
            _too_long(254),
        ],
    )
    phone = PhoneField("Telefone", validators=[Optional()])

    def to_details(self) -> SignatoryDetails:
        """The person, cleaned."""
        return SignatoryDetails(
            name=self.name.data or "",
            cpf=self.cpf.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
        )


class PartnerForm(Form):
    """The partner a customer passes to."""

    partner_id = ChoiceField("Novo parceiro", coerce=whole_number)


class TemplateForm(Form):
    """The next version of the contract's text."""

    based_on = KeyField()
    clauses = TextAreaField(
        "Cláusulas",
        description="Uma linha que começa com “# ” abre uma cláusula; uma que começa com “- ”, um item. "
        "Uma linha em branco separa parágrafos. A numeração é automática. No lugar de "
        f"{'; de '.join(f'{mark} entra {words}' for mark, words in MARKS.items())}.",
        validators=[DataRequired("Escreva o texto do contrato."), _too_long(CLAUSES_LENGTH)],
    )
    note = StringField(
        "O que mudou",
        filters=[one_line],
        description="Uma frase para o histórico.",
        validators=[DataRequired("Conte em uma frase o que mudou."), _too_long(200)],
    )
