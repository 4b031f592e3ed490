"""Forms of the settings room."""

import re

from wtforms import IntegerField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.settings.rules import DEFINITIONS
from portal.settings.rules.names import Definition, Name
from portal.shared.brazil import format_decimals
from portal.shared.cleaning import cleaned
from portal.shared.db import whole_number
from portal.shared.fields import Form


class WholeNumberField(IntegerField):
    """A whole number; what was typed stays when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cleaned(valuelist[0]) if valuelist else ""
        self.data = None
        if text and not (text.isascii() and text.isdigit() and len(text) <= 6):
            raise ValueError("Escreva um número inteiro, sem vírgula.")
        if text:
            self.data = int(text)


class DecimalsField(WholeNumberField):
    """A number with up to two decimals, as a whole number of hundredths."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_decimals(self.data, 2)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cleaned(valuelist[0]) if valuelist else ""
        self.data = None
        found = re.fullmatch(r"([0-9]{1,3})(?:,([0-9]{1,2}))?", text)
        if text and found is None:
            raise ValueError("Escreva um número com até duas casas, por exemplo 1,5.")
        if found:
            self.data = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def seen_field(name: Name) -> str:
    """The hidden field that says which value the person had before their eyes."""
    return f"seen_{name.value}"


class SettingsForm(Form):
    """Every setting with its number, and beside it the number the page showed."""

    def wanted(self) -> dict[Name, int]:
        """The numbers typed."""
        return {name: self[name.value].data for name in Name}

    def seen(self) -> dict[Name, int]:
        """The numbers the page showed."""
        return {name: self[seen_field(name)].data or 0 for name in Name}


def _switch(definition: Definition) -> SelectField:
    words = [SelectChoice(value=value, label=definition.shown(value)) for value in (0, 1)]
    return SelectField(definition.label, description=definition.help, choices=words, coerce=whole_number)


def _number(definition: Definition) -> WholeNumberField:
    lowest, highest = definition.written(definition.minimum), definition.written(definition.maximum)
    bounds = f"De {lowest} a {highest}; o padrão é {definition.shown(definition.default)}."
    kind = DecimalsField if definition.decimals else WholeNumberField
    return kind(
        definition.label,
        description=f"{definition.help} {bounds}",
        validators=[InputRequired("Escreva um número.")],
        render_kw={"inputmode": "decimal" if definition.decimals else "numeric", "autocomplete": "off"},
    )


for _definition in DEFINITIONS:
    _field = _switch(_definition) if _definition.is_switch else _number(_definition)
    setattr(SettingsForm, _definition.name.value, _field)
    setattr(SettingsForm, seen_field(_definition.name), WholeNumberField(widget=HiddenInput()))
