"""Every check of what must always be true finds the fault that is planted for it, and names its rows."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.payouts.queries.invariants import INVARIANTS, find_broken
from tests.factories.quotes import NOON
from tests.factories.spoiled_books import PLANTS, Books, make_books


@pytest.fixture
def books(session: Session) -> Books:
    """Books that are right."""
    return make_books(session)


def found(session: Session) -> dict[str, tuple[str, ...]]:
    """The rows of what is broken, by what it is called, as of two days later."""
    broken = find_broken(session, since=NOON - timedelta(days=1), now=NOON + timedelta(days=2))
    return {each.invariant.label: each.rows for each in broken}


class TestEveryCheck:
    def test_has_a_fault_planted_for_it(self) -> None:
        assert set(PLANTS) == {invariant.label for invariant in INVARIANTS}

    @pytest.mark.deep
    def test_is_content_before(self, books: Books) -> None:
        books.spoil("DELETE FROM mail_messages")  # nobody works the queue here
        assert found(books.session) == {}

    @pytest.mark.deep
    @pytest.mark.parametrize("label", PLANTS)
    def test_finds_its_fault_and_names_the_row(self, books: Books, label: str) -> None:
        rows = PLANTS[label](books)
        assert rows
        assert found(books.session)[label] == tuple(str(row) for row in rows)
