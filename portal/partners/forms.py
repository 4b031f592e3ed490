"""Forms of the partners room."""

from collections.abc import Sequence
from typing import Any

from wtforms import EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.partners.rules import Arrangement, PartnerDetails, Tier
from portal.shared.auth import PARTNER_ROLES, Role
from portal.shared.db import whole_number
from portal.shared.fields import (
    ChoiceField,
    CompanyDocumentField,
    Form,
    KeyField,
    NoAddress,
    PhoneField,
    Sendable,
    choices_of,
    one_line,
    some_lines,
)
from portal.shared.mail_address import typed_address

LONGEST = 120
LONGEST_REASON = 500
NOT_AN_EMAIL = "Confira o e-mail: ele deve ser como nome@empresa.com.br."


def at_most(count: int) -> Length:
    """No longer than this."""
    return Length(max=count, message=f"Use no máximo {count} caracteres.")


def id_or_none(text: Any) -> int | None:
    """A chosen id; nothing chosen is None."""
    return whole_number(text) if text not in (None, "", "None") else None


class PartnerForm(Form):
    """A reseller's registration. Give it the account managers to choose from."""

    lock_version = KeyField()
    document = CompanyDocumentField(
        "CNPJ",
        validators=[DataRequired("Escreva o CNPJ.")],
        render_kw={"data-mask": "cnpj", "autocomplete": "off"},
    )
    name = StringField(
        "Razão social",
        filters=[one_line],
        validators=[DataRequired("Escreva a razão social."), NoAddress(), at_most(LONGEST)],
    )
    trade_name = StringField(
        "Nome fantasia",
        filters=[one_line],
        description="É assim que o parceiro aparece nas telas e nas propostas.",
        validators=[DataRequired("Escreva o nome fantasia."), NoAddress(), at_most(LONGEST)],
    )
    email = EmailField(
        "E-mail", filters=[typed_address], validators=[Optional(), Sendable(NOT_AN_EMAIL), at_most(254)]
    )
    phone = PhoneField(
        "Telefone", validators=[Optional()], render_kw={"data-mask": "phone", "inputmode": "tel"}
    )
    tier = ChoiceField(
        "Nível",
        options=Tier.choices(),
        description="Dá ao parceiro a alçada da tabela de preços: o desconto que ele concede sem pedir.",
        validators=[InputRequired("Escolha o nível.")],
    )
    tier_reason = TextAreaField(
        "Motivo da mudança de nível",
        filters=[some_lines],
        description="Só quando o nível muda. Fica no histórico.",
        validators=[Optional(), at_most(LONGEST_REASON)],
    )
    arrangement = ChoiceField(
        "Modalidade",
        options=Arrangement.choices(),
        validators=[InputRequired("Escolha a modalidade.")],
    )
    account_manager_id = SelectField(
        "Gerente de contas", coerce=id_or_none, validators=[InputRequired("Escolha o gerente de contas.")]
    )
    substitute_id = SelectField(
        "Substituto",
        coerce=id_or_none,
        description="Recebe os pedidos de aprovação que o gerente não respondeu a tempo.",
        validators=[Optional()],
    )

    def __init__(self, *args: Any, managers: Sequence[tuple[int, str]], **values: Any) -> None:
        super().__init__(*args, **values)
        self.account_manager_id.choices = choices_of([("", "Escolha"), *managers])
        self.substitute_id.choices = choices_of([("", "Nenhum"), *managers])

    def to_details(self) -> PartnerDetails:
        """What was typed, once it is valid."""
        return PartnerDetails(
            document=self.document.data or "",
            name=self.name.data or "",
            trade_name=self.trade_name.data or "",
            tier=Tier(self.tier.data),
            arrangement=Arrangement(self.arrangement.data),
            email=self.email.data or "",
            phone=self.phone.data or "",
            account_manager_id=self.account_manager_id.data,
            substitute_id=self.substitute_id.data,
        )


class ReasonForm(Form):
    """Why something is done."""

    reason = TextAreaField(
        "Motivo",
        filters=[some_lines],
        validators=[DataRequired("Escreva o motivo. Ele fica no histórico."), at_most(LONGEST_REASON)],
    )


class PersonForm(Form):
    """A person's name and role."""

    lock_version = KeyField()
    name = StringField(
        "Nome",
        filters=[one_line],
        validators=[DataRequired("Escreva o nome."), NoAddress(), at_most(LONGEST)],
    )
    role = RadioField("Perfil", validators=[InputRequired("Escolha o perfil.")])

    def __init__(self, *args: Any, roles: Sequence[Role], **values: Any) -> None:
        super().__init__(*args, **values)
        self.role.choices = choices_of((role.value, role.label) for role in roles)


class InvitedPersonForm(PersonForm):
    """The same with the address, of somebody who has not accepted the invitation yet."""

    email = EmailField(
        "E-mail",
        filters=[typed_address],
        description="A pessoa recebe um link para escolher a senha e entra com este e-mail.",
        validators=[DataRequired("Escreva o e-mail."), Sendable(NOT_AN_EMAIL), at_most(254)],
    )


class InvitationForm(InvitedPersonForm):
    """Whom to invite. Without `partners` the team is the own one."""

    partner_id = SelectField(
        "Parceiro",
        coerce=id_or_none,
        description="Só para vendedor e gestor da revenda.",
        validators=[Optional()],
    )

    def __init__(self, *args: Any, partners: Sequence[tuple[int, str]] = (), **values: Any) -> None:
        super().__init__(*args, **values)
        self.partner_id.choices = choices_of([("", "Nenhum: é da empresa"), *partners])


TEAM_ROLES = tuple(role for role in Role if role in PARTNER_ROLES)
VENDOR_ROLES = tuple(role for role in Role if role not in PARTNER_ROLES)
