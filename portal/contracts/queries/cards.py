"""Which contracts wait for a card; the room that knows stands downstream and is wired by the app."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import with_expression
from sqlalchemy.sql.base import ExecutableOption

from portal.contracts.models import Contract

# Made once, when wired: writing the expression anew takes longer than reading a contract.
_options: list[ExecutableOption] = [with_expression(Contract.lacks_card, false())]


def wire_cards(source: Callable[[], ColumnElement[bool]]) -> None:
    """Replace whoever says, as SQL on `Contract`, that its first payment waits for a card."""
    _options[:] = [with_expression(Contract.lacks_card, source())]


def with_lack_of_card() -> ExecutableOption:
    """Read contracts together with whether they lack a card."""
    return _options[0]
