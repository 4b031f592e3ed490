"""Choosing whom a WhatsApp message is for, and opening it. No script is needed for either."""

from collections.abc import Callable, Sequence
from typing import Self

from flask import Response, request
from wtforms import RadioField, StringField
from wtforms.validators import Length, ValidationError

from portal.shared import htmx
from portal.shared.auth import actor
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.fields import Form, NoAddress, PhoneField, choices_of, one_line
from portal.shared.refusals import Forbidden, Missing, Refusal
from portal.shared.whatsapp import Person, Sender, chat_address, number_of

OTHER = "other"
OTHER_LABEL = "Outro número"


class WhatsAppForm(Form):
    """One of the people offered, or a name and a number. Its fields bear the prefix of what is passed on."""

    people: dict[str, Person]
    to = RadioField("Para quem")
    name = StringField("Nome de quem recebe", filters=[one_line], validators=[NoAddress(), Length(max=80)])
    phone = PhoneField("WhatsApp com DDD")

    @classmethod
    def offering(cls, people: Sequence[Person], *, prefix: str, empty: bool = False) -> Self:
        """The form for these people, of whom those are offered whose phone can have WhatsApp.

        The first with a mobile is chosen at first, a landline only by somebody. `empty`: as it stands in a
        page, whatever was sent to it.
        """
        form = cls(prefix=prefix, **({"formdata": None} if empty else {}))
        form.people = {person.key: person for person in people if person.number}
        options = [(key, person.words) for key, person in form.people.items()]
        form.to.choices = choices_of([*options, (OTHER, OTHER_LABEL)])
        form.name.flags.required = form.phone.flags.required = True  # they are asked for where they are shown
        if form.to.data is None:
            mobile = [key for key, person in form.people.items() if not person.has_landline]
            form.to.data = mobile[0] if mobile else OTHER
        return form

    def validate_name(self, field: StringField) -> None:
        """A name to greet by, where none is known."""
        if self.to.data == OTHER and not field.data:
            raise ValidationError("Escreva o nome: a mensagem começa com ele.")

    def validate_phone(self, field: PhoneField) -> None:
        """A number that can have WhatsApp, where none was chosen."""
        if self.to.data == OTHER and not number_of(field.data or ""):
            raise ValidationError("Escreva um celular com DDD, por exemplo (47) 99999-1234.")

    @property
    def person(self) -> Person:
        """Who was chosen, of a valid form."""
        if known := self.people.get(self.to.data):
            return known
        name = self.name.data or ""
        return Person(key=OTHER, name=name, call=name, phone=self.phone.data or "")


def sender() -> Sender:
    """The person signed in, for the reseller or for the vendor."""
    person = actor()
    return Sender(name=person.name, company=person.partner_name or environment().company.name)


def pass_on(
    form: WhatsAppForm, *, what: str, back: str, prepare: Callable[[Person, Sender], str]
) -> Response:
    """Open the message that `prepare` writes and notes in the timeline, or show what is wrong.

    The answer is a page that goes on to WhatsApp by itself: a redirect would have to be allowed as the target
    of every form, and the link, which is a secret, stands in no address of ours.
    """
    if not form.validate():
        return _ask_again(form, what, back, status=422)
    try:
        text = prepare(form.person, sender())
    except (Missing, Forbidden):
        raise
    except Refusal as refusal:
        db.session.rollback()
        form.form_errors.append(refusal.message)
        return _ask_again(form, what, back, status=refusal.status)
    address = chat_address(form.person.number, text)
    return htmx.render(
        "layouts/whatsapp_open.html", what=what, back=back, address=address, text=text, person=form.person
    )


def _ask_again(form: WhatsAppForm, what: str, back: str, *, status: int) -> Response:
    return htmx.render(
        "layouts/whatsapp_choose.html", status=status, form=form, what=what, back=back, action=request.path
    )
