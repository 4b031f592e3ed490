"""Many values as one parameter arrive as they were given."""

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from portal.shared.arrays import IDS, TEXTS

HOSTILE = ['say "no"', "back\\slash", "a,b", "{}", "NULL", "", " ", "'); DROP TABLE boletos; --", "ção\n\t€"]


@pytest.mark.parametrize("given", [[], HOSTILE])
def test_texts_arrive_letter_by_letter(session: Session, given: list[str]) -> None:
    assert session.scalars(select(func.unnest(literal(given, TEXTS)))).all() == given


@pytest.mark.parametrize("given", [[], [1], [0, -5, 2**63 - 1]])
def test_ids_arrive_in_their_order(session: Session, given: list[int]) -> None:
    assert session.scalars(select(func.unnest(literal(given, IDS)))).all() == given


def test_none_at_all_is_no_list(session: Session) -> None:
    assert session.scalar(select(literal(None, IDS))) is None
