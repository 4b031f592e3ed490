"""What a browser would send for a form, read from the page that has it."""

from xml.etree.ElementTree import Element

from tests.support.html import read_page, tokens_of


def form_values(html: str) -> dict[str, str]:
    """The fields of the page's largest form as they stand, buttons and files left out."""
    tokens = tokens_of(html)
    forms = [_values(form) for form in read_page(html).iter("form")]
    assert forms, "the page has no form"
    return {name: tokens.get(value, value) for name, value in max(forms, key=len).items()}


def _values(form: Element) -> dict[str, str]:
    values = {}
    for field in form.iter():
        name = field.attrib.get("name")
        if name and (value := _value(field)) is not None:
            values[name] = value
    return values


def _value(field: Element) -> str | None:
    if field.tag == "textarea":
        return (field.text or "").removeprefix("\n")
    if field.tag == "select":
        options = list(field.iter("option"))
        chosen = next((each for each in options if "selected" in each.attrib), options[0])
        return chosen.attrib.get("value", chosen.text or "")
    if field.tag != "input" or field.attrib.get("type") in {"submit", "file", "button"}:
        return None
    if field.attrib.get("type") in {"checkbox", "radio"} and "checked" not in field.attrib:
        return None
    return field.attrib.get("value", "")
