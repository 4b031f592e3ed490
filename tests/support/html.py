"""Reading HTML, and what must hold for every answer of it: it parses, and obeys the content policy."""

import re
from collections import Counter
from functools import lru_cache
from itertools import count
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as MESSAGES

# A fragment is parsed as content of the element where the page has it: `<tr>` belongs in a `<tbody>`.
CONTAINERS = {"tr": "tbody", "td": "tr", "th": "tr", "option": "select", "tbody": "table", "thead": "table"}
FIRST_TAG = re.compile(r"\s*(?:<!--.*?-->\s*)*<([a-z0-9-]+)", re.DOTALL)

# A CSRF token: all else may be a page seen before.
OF_ONE_ANSWER = re.compile(r'(?<=value=")[\w.-]{40,}(?=")')
# What a page says differs from row to row and makes no difference to the parser, nor to what is checked here.
# Characters that may be a fault themselves are left alone.
SAID = re.compile(r"(?<=>)[\t\n !-%'-;=?-~\xa0-\ud7ff]+(?=<)")
WORDS = re.compile(r"\S.*\S|\S")
ADDRESS = re.compile(r'(?<= )(href|action|value|datetime|hx-\w+)="[ !#-%\'-;=?-~\xa0-\ud7ff]+"')
PART = re.compile(r'<template hx type="partial"[^>]*>(.*?)</template>', re.DOTALL)


def faults(html: str) -> list[str]:
    """Every fault as one line, "12: Unexpected end tag (div)"; empty when the HTML is good.

    An answer in parts is checked part by part: each goes to a place of its own, and the parser does not know
    `<template>`.
    """
    html = ADDRESS.sub(r'\1="x"', SAID.sub(lambda said: WORDS.sub("x", said[0]), html))
    parts = PART.findall(html)
    return [fault for text in (PART.sub("", html), *parts) for fault in _faults_of(text)]


def without_tokens(html: str) -> str:
    """The HTML with a name in place of each token, as `tokens_of` lists them."""
    numbers = count()
    return OF_ONE_ANSWER.sub(lambda _found: f"token {next(numbers)}", html)


def tokens_of(html: str) -> dict[str, str]:
    """The tokens by the names that stand for them."""
    return {f"token {number}": token for number, token in enumerate(OF_ONE_ANSWER.findall(html))}


def read_page(html: str) -> Element:
    """The root of a page, tokens replaced by names. It is kept for whoever asks again: change nothing."""
    return _read(without_tokens(html))[0]


@lru_cache(maxsize=2_000)
def _faults_of(html: str) -> list[str]:
    root, found = _read(html)
    return found + list(_policy_faults(root)) + list(_repeated_ids(root))


@lru_cache(maxsize=20)  # trees are large, and asked for at once
def _read(html: str) -> tuple[Element, list[str]]:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    if html.lstrip().lower().startswith("<!doctype"):
        root = parser.parse(html)
    else:
        first = FIRST_TAG.match(html)
        root = parser.parseFragment(html, container=CONTAINERS.get(first[1] if first else "", "div"))
    return root, [f"{line}: {MESSAGES[code] % details}" for (line, _), code, details in parser.errors]


def _policy_faults(root: Element) -> list[str]:
    found = []
    for element in root.iter():
        inline = [name for name in element.attrib if name == "style" or name.startswith("on")]
        if inline:
            found.append(f"inline {inline[0]} on <{element.tag}>, which the content policy ignores")
        runs = element.tag == "script" and element.attrib.get("type") != "application/json"
        if element.tag == "style" or (runs and "src" not in element.attrib):
            found.append(f"inline <{element.tag}>, which the content policy ignores")
    return found


def _repeated_ids(root: Element) -> list[str]:
    ids = Counter(element.attrib["id"] for element in root.iter() if "id" in element.attrib)
    return [f"id {value!r} stands {count} times" for value, count in ids.items() if count > 1]
