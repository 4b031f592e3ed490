"""Form fields that speak Brazilian: what was typed stays, what is wrong is said at the field."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from os import SEEK_END
from typing import Any, ClassVar, NamedTuple

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import DateField, Field, FileField, HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta
from wtforms.validators import Length, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.shared import brazil
from portal.shared.cleaning import address_sign, cleaned
from portal.shared.db import as_key
from portal.shared.mail_address import why_not_sendable
from portal.shared.refusals import Refusal


def one_line(text: str | None) -> str:
    """Typed text without line breaks, signs nobody sees and superfluous spaces; accents in one way (NFC)."""
    seen = text or ""
    if not seen.isprintable():
        seen = "".join(letter if letter.isprintable() else " " for letter in seen)
    return unicodedata.normalize("NFC", " ".join(seen.split()))


def line(label: str, longest: int, *validators: Callable[[Any, Any], None], help: str = "") -> StringField:  # noqa: A002
    """A field of one line."""
    too_long = Length(max=longest, message=f"Use até {longest} letras.")
    return StringField(label, description=help, filters=[one_line], validators=[*validators, too_long])


def some_lines(text: str | None) -> str:
    """Typed text with its line breaks and indents, else as `one_line`."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    seen = ("".join(c for c in line if c.isprintable() or c == "\t").rstrip() for line in lines)
    return unicodedata.normalize("NFC", "\n".join(seen).strip())


class Sendable:
    """A validator: an address that every mail server can write to. `message` is for what is none."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, _form: BaseForm, field: Field) -> None:
        if why := why_not_sendable(field.data or "", malformed=self.message):
            raise ValidationError(why)


class NoAddress:
    """A validator of names: without a web or mail address in them.

    Names stand in mails of ours and their subjects, to people who know the house: an address there would be
    an advertisement, or a trap, with our From.
    """

    def __call__(self, _form: BaseForm, field: Field) -> None:
        if sign := address_sign(field.data or ""):
            raise ValidationError(f"Um nome não leva endereço de site nem de e-mail. Escreva-o sem “{sign}”.")


LARGEST_FILE = 5 * 1024 * 1024  # bytes


class UploadField(FileField):
    """A file of at most 5 MB, or as said; one far larger the server does not read. A text is no file."""

    def __init__(self, *args: Any, largest: int = LARGEST_FILE, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.largest = largest

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = next((sent for sent in valuelist if isinstance(sent, FileStorage)), None)

    def pre_validate(self, _form: BaseForm) -> None:
        if not self.data:
            return
        size = self.data.seek(0, SEEK_END)
        self.data.seek(0)
        if size > self.largest:
            raise StopValidation(f"O arquivo tem mais de {self.largest // 2**20} MB. Envie um menor.")


class MoneyField(StringField):
    """Reais typed with comma or point; `.data` is integer centavos or None."""

    data: int | None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"inputmode": "decimal", "autocomplete": "off", "data-mask": "money"})
        super().__init__(*args, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return brazil.format_money_input(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = cleaned(str(valuelist[0])) if valuelist else ""
        if not text:
            self.data = None
            return
        try:
            self.data = brazil.parse_money(text)
        except ValueError:
            self.data = None
            raise ValueError("Escreva um valor em reais, por exemplo 1.234,56.") from None


class DayField(DateField):
    """A day as browsers send it, or as people write it: 15/07/2026."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = cleaned(str(valuelist[0])) if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = brazil.parse_day(text)
            except ValueError:
                raise ValueError("Escreva o dia como 15/07/2026.") from None


class KeyField(HiddenField):
    """An id or version that a page carries unseen; `.data` is None when it carries none.

    What no page of ours wrote is 0, which no row has: the use case then says that things changed meanwhile.
    """

    data: int | None  # type: ignore[assignment]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        self.data = as_key(text) if text else None


class Notation(NamedTuple):
    """How a value is kept (`clean` raises ValueError when it is wrong) and how it is shown."""

    clean: Callable[[str], str]
    show: Callable[[str], str]


class CleanedField(StringField):
    """Text that is kept without its punctuation and shown with it."""

    message: ClassVar[str]
    notation: ClassVar[Notation]

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.notation.show(self.data) if self.data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = cleaned(str(valuelist[0])) if valuelist else ""
        self.data = text
        if text:
            try:
                self.data = self.notation.clean(text)
            except ValueError as error:
                raise ValueError(self.message_of(error)) from None

    def message_of(self, _error: ValueError) -> str:
        """What to say of what could not be cleaned."""
        return self.message


class DocumentField(CleanedField):
    """CNPJ (alphanumeric too) or CPF; `.data` without punctuation."""

    message = "Este CNPJ ou CPF não confere. Confira os números e as letras."
    notation = Notation(brazil.clean_document, brazil.format_document)


class CompanyDocumentField(DocumentField):
    """CNPJ only."""

    message = "Este CNPJ não confere. Confira os números e as letras."

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data and not self.errors and not brazil.is_company(self.data):
            raise ValidationError(self.message)


class PersonDocumentField(DocumentField):
    """CPF only."""

    message = "Este CPF não confere. Confira os números."

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data and not self.errors and brazil.is_company(self.data):
            raise ValidationError(self.message)


class PostalCodeField(CleanedField):
    """CEP; `.data` is its eight digits."""

    message = "O CEP tem 8 números, por exemplo 89201-123."
    notation = Notation(brazil.clean_postal_code, brazil.format_postal_code)


class PhoneField(CleanedField):
    """Phone with area code, or 0800; `.data` is 10 or 11 digits."""

    message = "Escreva o telefone com DDD, por exemplo (47) 99999-1234."
    notation = Notation(brazil.clean_phone, brazil.format_phone)

    def message_of(self, error: ValueError) -> str:
        """An extension is right, but has no place here."""
        if isinstance(error, brazil.HasExtension):
            return "Escreva o telefone sem o ramal e anote o ramal nas observações."
        return self.message


class Form(FlaskForm):
    """A form with its CSRF token, filled from the request if it was sent (`formdata=None` keeps it empty)."""

    class Meta(FlaskForm.Meta):
        """What the library itself says, such as of a choice that is none, it says in Portuguese."""

        locales = ("pt",)

        def get_translations(self, form: BaseForm) -> Any:
            return DefaultMeta.get_translations(self, form)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)  # type: ignore[no-untyped-call]


def show_refusal(form: BaseForm, refusal: Refusal) -> None:
    """Say at the form, beside the field it belongs to, why a use case refused it."""
    if refusal.field and refusal.field in form:
        field = form[refusal.field]
        field.errors = [*field.errors, refusal.message]
    else:
        form.form_errors.append(refusal.message)


class ChoiceField(SelectField):
    """One of some (value, word) pairs; `offer` gives them when they are known only at run time."""

    message = "Escolha uma das opções da lista."

    def __init__(self, label: str, *, options: Iterable[tuple[object, str]] = (), **kwargs: Any) -> None:
        super().__init__(label, choices=choices_of(options), **kwargs)

    def offer(self, options: Iterable[tuple[object, str]]) -> None:
        """Offer these options and no others."""
        self.choices = choices_of(options)

    def pre_validate(self, form: Any) -> None:
        """Refuse, in Portuguese, what is not offered."""
        if self.data not in {value for value, *_ in self.iter_choices()}:
            raise ValidationError(self.message)


class Asked:
    """Of a field that its form asks for although nothing requires it: no "(opcional)" beside its label."""

    field_flags: ClassVar[dict[str, bool]] = {"is_asked": True}

    def __call__(self, _form: Any, _field: Any) -> None:
        """It refuses nothing: the form does."""


def choices_of(options: Iterable[tuple[object, str]]) -> list[Any]:
    """(value, word) pairs as the choices of a select or radio field."""
    return [SelectChoice(value=value, label=word) for value, word in options]


class ChecksField(SelectMultipleField):
    """Any of some (value, word) pairs, as checkboxes; `offer` gives them."""

    option_widget = CheckboxInput()
    widget = ListWidget(prefix_label=False)

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, choices=[], **kwargs)

    def offer(self, options: Iterable[tuple[object, str]]) -> None:
        """Offer these options and no others."""
        self.choices = choices_of(options)

    def pre_validate(self, form: Any) -> None:
        """Refuse, in Portuguese, what is not offered."""
        if not set(self.data or ()) <= {value for value, *_ in self.iter_choices()}:
            raise ValidationError(ChoiceField.message)
