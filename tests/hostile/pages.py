"""Reading pages as a browser does: their forms, and whether a text became more than text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from tests.support.html import read_page, tokens_of

ALIVE = ("<x-hostile", "<script>", " onclick")
INERT = {"submit", "button", "reset", "file", "image"}


@dataclass(frozen=True, slots=True)
class PageForm:
    """A form as it stands: `fields` are (name, kind, value), in order."""

    action: str
    method: str
    fields: tuple[tuple[str, str, str], ...]

    def filled(self, texts: Mapping[str, str], *, only_typed: bool) -> dict[str, str]:
        """Every field a person types in (else every field at all) holds its text."""
        return {
            name: texts[name] if name != "csrf_token" and (kind == "typed" or not only_typed) else value
            for name, kind, value in self.fields
        }


def forms_of(html: str, address: str) -> Iterator[PageForm]:
    """The forms of a page that was found at an address."""
    root, tokens = read_page(html), tokens_of(html)
    by_id: dict[str, list[Element]] = {}
    for element in root.iter():
        if "form" in element.attrib and element.tag in {"input", "select", "textarea", "button"}:
            by_id.setdefault(element.attrib["form"], []).append(element)
    for form in root.iter("form"):
        inside = [*form.iter(), *by_id.get(form.attrib.get("id", "?"), [])]
        action = urlsplit(form.attrib.get("action") or address)
        yield PageForm(
            action.path + (f"?{action.query}" if action.query else ""),
            form.attrib.get("method", "get").upper(),
            tuple(
                (name, kind, tokens.get(value, value))
                for name, kind, value in filter(None, map(_field, inside))
            ),
        )


def _field(element: Element) -> tuple[str, str, str] | None:
    name = element.attrib.get("name", "")
    if element.tag == "textarea":
        return name, "typed", element.text or ""
    if element.tag == "select":
        options = list(element.iter("option"))
        return name, "chosen", options[0].attrib.get("value", "") if options else ""
    kind = element.attrib.get("type", "text")
    if element.tag != "input" or not name or kind in INERT:
        return None
    if kind in {"hidden", "radio", "checkbox"}:
        return name, "chosen", element.attrib.get("value", "on")
    return name, "typed", element.attrib.get("value", "")


def came_alive(html: str) -> list[str]:
    """What of the hostile texts is markup, or was computed, in a page."""
    if not any(sign in html for sign in ALIVE):
        return []  # the usual case, told without reading the page
    root = read_page(html)
    tags = [element.tag for element in root.iter() if element.tag == "x-hostile"]
    handlers = [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    scripts = ["script" for element in root.iter("script") if "alert" in (element.text or "")]
    return tags + handlers + scripts
