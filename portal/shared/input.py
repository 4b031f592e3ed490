"""What arrives in a form or an address, without what nobody can type.

Control characters and code points that are none stand in no key of a keyboard, may not stand in HTML, and
PostgreSQL takes no NUL. They come by pasting from odd places or from programs, and are dropped at the edge,
so that no field has to think of them.
"""

import re

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

UNTYPABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(1, 17))
    + "]"
)


class TypedRequest(Request):
    """Flask's request, its form and query without untypable characters. Files stay as they are."""

    @cached_property
    def args(self) -> "MultiDict[str, str]":
        return _typed(super().args)

    def _load_form_data(self) -> None:
        super()._load_form_data()
        self.__dict__["form"] = _typed(self.__dict__["form"])


def _typed[V: "MultiDict[str, str]"](values: V) -> "V | ImmutableMultiDict[str, str]":
    pairs = list(values.items(multi=True))
    if not UNTYPABLE.search("".join(text for pair in pairs for text in pair)):
        return values
    return ImmutableMultiDict([(_clean(name), _clean(value)) for name, value in pairs])


def _clean(text: str) -> str:
    return UNTYPABLE.sub("", text)
