"""A payer is told 30 and 7 days before the card ends, once each, unless there is another card by then."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from portal.cards.models.cards import Card, CardRequest
from portal.cards.operations.expiring import tell_of_expiring_cards
from portal.cards.rules.cards import CardRequestState, expiry_told, last_day_of_card
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from tests.factories.cards import CardCase
from tests.portal.cards.test_card_charging import mails as letters
from tests.portal.cards.test_due_charges import active
from tests.support.clients import PortalClient

LAST_DAY = date(2026, 9, 30)


def told(case: CardCase, *, days_before: int) -> int:
    """The job of a morning; what it queued leaves."""
    now = at_sao_paulo(LAST_DAY - timedelta(days=days_before), 9)
    with case.transaction() as session:
        return tell_of_expiring_cards(session, now=now)


def mails(case: CardCase) -> list[MailMessage]:
    with case.transaction() as session:
        rows = session.scalars(
            select(MailMessage).filter_by(kind="card_expiring").order_by(MailMessage.id)
        ).all()
        session.expunge_all()
        return list(rows)


@pytest.fixture
def expiring(visitor: PortalClient, card_case: CardCase) -> CardCase:
    """An active contract whose card ends in September 2026."""
    active(visitor, card_case)
    with card_case.transaction() as session:
        session.execute(update(Card).values(exp_month=9, exp_year=2026))
    return card_case


class TestACardThatEnds:
    @pytest.mark.deep
    def test_is_announced_30_and_7_days_before_once_each(self, expiring: CardCase) -> None:
        days = (31, 30, 30, 29, 8, 7, 6, 0)
        assert [told(expiring, days_before=each) for each in days] == [0, 1, 0, 0, 0, 1, 0, 0]

    @pytest.mark.deep
    def test_is_announced_late_after_a_missed_day_and_not_when_it_is_over(self, expiring: CardCase) -> None:
        assert [told(expiring, days_before=each) for each in (20, 3, -1)] == [1, 1, 0]

    def test_is_named_with_its_last_day(self, expiring: CardCase) -> None:
        told(expiring, days_before=30)
        (mail,) = letters(expiring, "card_expiring")
        assert mail.subject == "Seu cartão vale até 30/09/2026"
        assert "O cartão Visa final 4242" in mail.text_body

    @pytest.mark.deep
    def test_leads_to_where_another_is_registered(self, expiring: CardCase) -> None:
        told(expiring, days_before=30)
        (mail,) = letters(expiring, "card_expiring")
        assert "Trocar o cartão:" in mail.text_body
        assert re.search(r"https?://[^/]+/cartao/[^\s]+", mail.text_body)
        assert "responda a este e-mail" not in mail.text_body
        with expiring.transaction() as session:
            waiting = select(CardRequest.state).order_by(CardRequest.id.desc()).limit(1)
            assert session.scalars(waiting).one() is CardRequestState.SENT

    def test_is_not_announced_when_another_was_registered_before_the_mail_leaves(
        self, expiring: CardCase
    ) -> None:
        told(expiring, days_before=30)
        with expiring.transaction() as session:
            session.execute(update(Card).values(replaced_at=at_sao_paulo(LAST_DAY - timedelta(days=30), 9)))
        expiring.work_off(at_sao_paulo(LAST_DAY - timedelta(days=30), 10))
        assert [mail.state for mail in mails(expiring)] == ["not_needed"]


@pytest.mark.parametrize(
    ("month", "year", "last"),
    [(2, 2028, date(2028, 2, 29)), (12, 2026, date(2026, 12, 31)), (11, 2026, date(2026, 11, 30))],
)
def test_a_card_is_taken_to_the_end_of_its_month(month: int, year: int, last: date) -> None:
    assert last_day_of_card(month=month, year=year) == last


@pytest.mark.parametrize(("left", "days"), [(31, None), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)])
def test_the_day_to_tell_of_is_the_nearest(left: int, days: int | None) -> None:
    assert expiry_told(LAST_DAY, today=LAST_DAY - timedelta(days=left)) == days
