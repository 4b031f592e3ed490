"""Which contracts wait for a card: the room that knows stands downstream."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement
from sqlalchemy.orm import with_expression
from sqlalchemy.sql.base import ExecutableOption

from portal.contracts.models import Contract
from portal.shared.db import db
from portal.shared.questions import Question, ask


@dataclass(frozen=True, slots=True)
class LackOfCard(Question[ColumnElement[bool]]):
    """As SQL on `Contract`: whether its first payment waits for a card."""


def with_lack_of_card() -> ExecutableOption:
    """Read contracts together with whether they missing a card."""
    (missing,) = ask(db.session, LackOfCard())
    return _option(missing)


@cache  # writing the expression anew takes longer than reading a contract
def _option(missing: ColumnElement[bool]) -> ExecutableOption:
    return with_expression(Contract.lacks_card, missing)
