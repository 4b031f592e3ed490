"""The form of a customer: the company or person, address, signatory and contacts."""

from typing import Any, cast

from wtforms import Field, FieldList, Form, FormField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from portal.customers.rules import MAX_CONTACTS, STATES, ContactDetails, CustomerDetails, SignatoryDetails
from portal.shared.fields import (
    ChoiceField,
    DocumentField,
    KeyField,
    NoAddress,
    PersonDocumentField,
    PhoneField,
    PostalCodeField,
    Sendable,
    line,
    some_lines,
)
from portal.shared.mail_address import typed_address

EMAIL_MESSAGE = "Escreva um e-mail completo, por exemplo nome@empresa.com.br."
DOCUMENT_MESSAGE = "Escreva o CNPJ ou o CPF do cliente."
NAME_MESSAGE = "Escreva o nome ou a razão social."


def email_line(label: str = "E-mail") -> StringField:
    """An optional e-mail address."""
    return StringField(
        label,
        filters=[typed_address],
        validators=[Optional(), Sendable(EMAIL_MESSAGE), Length(max=254, message="Use até 254 letras.")],
    )


class StateField(ChoiceField):
    """A federative unit, or none."""

    message = "Escreva a UF com duas letras, por exemplo SC."

    def __init__(self, label: str, **kwargs: Any) -> None:
        options = [("", "–"), *((state, state) for state in STATES)]
        super().__init__(label, options=options, default="", filters=[_capitals], **kwargs)


def _capitals(text: str | None) -> str:
    return (text or "").strip().upper()


class PartForm(Form):
    """A part of the form that may be left empty as a whole."""

    needed: tuple[tuple[str, str], ...] = ()

    def is_empty(self) -> bool:
        return not any(str(field.data or "").strip() for field in self)

    def validate(self, extra_validators: Any = None) -> bool:
        """Nothing at all, or everything in `needed`."""
        if self.is_empty():
            return True
        valid = super().validate(extra_validators)
        for name, message in self.needed:
            field = self[name]
            if not field.data and not field.errors:
                field.errors = [message]
                valid = False
        return valid


class ContactForm(PartForm):
    """Somebody at the customer."""

    name = line("Nome", 120, NoAddress())
    position = line("Cargo", 80)
    email = email_line()
    phone = PhoneField("Telefone", validators=[Optional()])
    needed = (("name", "Escreva o nome do contato ou remova este contato."),)

    def to_details(self) -> ContactDetails:
        return ContactDetails(
            name=self.name.data or "",
            position=self.position.data or "",
            email=(self.email.data or "").lower(),
            phone=self.phone.data or "",
        )


class SignatoryForm(PartForm):
    """The person who signs."""

    name = line("Nome completo", 120, NoAddress())
    cpf = PersonDocumentField("CPF", validators=[Optional()])
    email = email_line()
    phone = PhoneField("Telefone", validators=[Optional()])
    needed = (
        ("name", "Escreva o nome completo do responsável."),
        ("cpf", "Escreva o CPF do responsável: só ele poderá assinar."),
        ("email", "Escreva o e-mail do responsável: é para ele que vai o contrato."),
    )

    def to_details(self) -> SignatoryDetails:
        return SignatoryDetails(
            name=self.name.data or "",
            cpf=self.cpf.data or "",
            email=(self.email.data or "").lower(),
            phone=self.phone.data or "",
        )


class CustomerForm(Form):
    """A customer as a person types it. `lock_version` is the version that was opened, to edit."""

    lock_version = KeyField()
    document = DocumentField("CNPJ ou CPF", validators=[DataRequired(DOCUMENT_MESSAGE)])
    name = line("Razão social ou nome", 120, DataRequired(NAME_MESSAGE), NoAddress())
    trade_name = line("Nome fantasia", 120, NoAddress())
    email = email_line()
    phone = PhoneField("Telefone", validators=[Optional()])
    postal_code = PostalCodeField("CEP", validators=[Optional()])
    street = line("Rua ou avenida", 120)
    street_number = line("Número", 20)
    complement = line("Complemento", 80)
    district = line("Bairro", 80)
    city = line("Cidade", 80)
    state = StateField("UF")
    notes = TextAreaField(
        "Observações", filters=[some_lines], validators=[Length(max=2_000, message="Use até 2.000 letras.")]
    )
    signatory = FormField(SignatoryForm, "Responsável")
    contacts = FieldList(FormField(ContactForm, "Contato"), "Contatos", max_entries=MAX_CONTACTS)

    def to_details(self) -> CustomerDetails:
        """What was typed, cleaned; only after `validate`."""
        signatory = self.signatory.form
        contacts = [entry.form for entry in self.contacts]
        plain = {
            name: field.data or ""
            for name, field in self._fields.items()
            if name not in {"lock_version", "partner_id", "signatory", "contacts"}
        }
        return CustomerDetails(
            **plain | {"email": plain["email"].lower()},
            contacts=tuple(contact.to_details() for contact in contacts if not contact.is_empty()),
            signatory=None if signatory.is_empty() else signatory.to_details(),
        )

    def change_contacts(self, *, add: bool, remove: int | None) -> None:
        """One contact more, or without one of them; what was typed in the others stays."""
        entries = self.contacts.entries
        if remove is not None and 0 <= remove < len(entries):
            del entries[remove]
        if add and len(entries) < MAX_CONTACTS:
            self.contacts.append_entry()
        for place, entry in enumerate(entries):
            _renumber(entry, f"contacts-{place}")


class PartnerCustomerForm(CustomerForm):
    """A customer that somebody of the vendor registers: for which partner?"""

    partner_id = ChoiceField("Parceiro", validators=[DataRequired("Escolha o parceiro.")])


def _renumber(entry: Field, prefix: str) -> None:
    """Give a contact its new place in the list, in the names and ids of its inputs."""
    entry.name = entry.id = prefix
    for field in cast("FormField[ContactForm]", entry).form:
        field.name = field.id = f"{prefix}-{field.short_name}"
