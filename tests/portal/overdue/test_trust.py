"""Liberação em confiança: who has it, for how long, and what becomes of it."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.overdue.models import TrustRelease
from portal.overdue.operations.trust import release_in_trust
from portal.overdue.queries.access import services_of
from portal.overdue.queries.books import find_broken_suspensions
from portal.overdue.queries.trust import TRUST_LIST, count_by_outcome, list_releases
from portal.overdue.rules.access import access_to
from portal.overdue.rules.trust import (
    NothingSuspended,
    TrustOffer,
    TrustOutcome,
    TrustRefused,
    TrustTerms,
    trust_offer,
)
from portal.settings.models import Setting
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from tests.factories.overdue import (
    MENTORING,
    active,
    contract_state,
    invoices_of,
    night,
    nights,
    paid,
    state_of,
    suspensions_of,
)
from tests.factories.quotes import House, make_house

FIFTH_OF_JULY, FIRST_OF_AUGUST = date(2026, 7, 5), date(2026, 8, 1)
SECOND = at_sao_paulo(date(2026, 8, 2), 10)
AFTERNOON_OF_FOURTH = at_sao_paulo(date(2026, 8, 4), 15)
ONCE, EACH_QUARTER = TrustTerms(days=3, again_after=0), TrustTerms(days=3, again_after=90)
USED = "A liberação em confiança já foi usada em"


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def give(session: Session, house: House, now: datetime = SECOND) -> list[TrustRelease]:
    releases = release_in_trust(session, house.customer, actor=None, given_to="ana@x.example", now=now)
    session.flush()
    session.expire_all()
    return list(releases)


def mails(session: Session, kind: str) -> int:
    return len(session.scalars(select(MailMessage).where(MailMessage.kind == kind)).all())


@pytest.mark.parametrize(
    ("last", "terms", "offer"),
    [
        (None, ONCE, TrustOffer(date(2026, 8, 5))),
        (date(2025, 3, 4), ONCE, TrustOffer(None, f"{USED} 04/03/2025 e só pode ser usada uma vez.")),
        (
            date(2026, 7, 1),
            EACH_QUARTER,
            TrustOffer(
                None, f"{USED} 01/07/2026. A próxima é possível a partir de 29/09/2026.", date(2026, 9, 29)
            ),
        ),
        (
            date(2026, 5, 5),
            EACH_QUARTER,
            TrustOffer(
                None, f"{USED} 05/05/2026. A próxima é possível a partir de 03/08/2026.", date(2026, 8, 3)
            ),
        ),
        (date(2026, 5, 4), EACH_QUARTER, TrustOffer(date(2026, 8, 5))),
        (None, TrustTerms(0, 0), TrustOffer(None, "A liberação em confiança não está disponível.")),
    ],
)
def test_the_settings_say_who_may_have_it(last: date | None, terms: TrustTerms, offer: TrustOffer) -> None:
    assert trust_offer(last, terms=terms, today=date(2026, 8, 2)) == offer


class TestALife:
    @pytest.mark.deep
    def test_returns_for_three_days_and_ends_by_itself(self, session: Session, house: House) -> None:
        contract = active(session, house)
        nights(session, FIFTH_OF_JULY, FIRST_OF_AUGUST)
        assert state_of(session, contract) == "Suspenso"
        give(session, house)
        nights(session, date(2026, 8, 3), date(2026, 8, 5))
        assert state_of(session, contract) == "Em confiança"
        assert contract_state(session, contract) is ContractState.ACTIVE
        assert find_broken_suspensions(session) == []
        nights(session, date(2026, 8, 6), date(2026, 8, 8))
        assert state_of(session, contract) == "Suspenso"
        assert contract_state(session, contract) is ContractState.SUSPENDED
        assert (mails(session, "trust_released"), mails(session, "trust_ended")) == (1, 1)
        assert mails(session, "service_suspended") == 1
        assert len(suspensions_of(session, contract)) == 1

    @pytest.mark.deep
    def test_is_paid_meanwhile_for_good(self, session: Session, house: House) -> None:
        """What is paid covers the rest of August. September is next: the days of trust are not invoiced."""
        contract = active(session, house)
        nights(session, FIFTH_OF_JULY, FIRST_OF_AUGUST)
        give(session, house)
        nights(session, date(2026, 8, 3), date(2026, 8, 4))
        (owed,) = invoices_of(session, contract)
        paid(session, owed, AFTERNOON_OF_FOURTH)
        assert state_of(session, contract) == "Em dia"
        (suspension,) = suspensions_of(session, contract)
        assert suspension.released_at == AFTERNOON_OF_FOURTH
        nights(session, date(2026, 8, 5), date(2026, 8, 31))
        assert [each.due_on for each in invoices_of(session, contract)] == [
            date(2026, 7, 15),
            date(2026, 8, 15),
        ]

    def test_is_had_once(self, session: Session, house: House) -> None:
        contract = active(session, house)
        nights(session, FIFTH_OF_JULY, FIRST_OF_AUGUST)
        give(session, house)
        with pytest.raises(NothingSuspended):
            give(session, house, SECOND + timedelta(hours=1))
        nights(session, date(2026, 8, 3), date(2026, 8, 6))
        with pytest.raises(TrustRefused, match=f"{USED} 02/08/2026 e só pode ser usada uma vez"):
            give(session, house, at_sao_paulo(date(2026, 8, 6), 10))
        assert state_of(session, contract) == "Suspenso"

    @pytest.mark.deep
    def test_is_had_again_after_the_days_of_the_setting(self, session: Session, house: House) -> None:
        contract = active(session, house)
        session.add(
            Setting(name="trust_release_again_days", value=30, changed_at=SECOND, changed_by_name="Davi Reis")
        )
        nights(session, FIFTH_OF_JULY, FIRST_OF_AUGUST)
        give(session, house)
        paid(session, invoices_of(session, contract)[0], AFTERNOON_OF_FOURTH)
        nights(session, date(2026, 8, 5), date(2026, 10, 1))
        assert state_of(session, contract) == "Suspenso"
        give(session, house, at_sao_paulo(date(2026, 10, 1), 10))
        assert state_of(session, contract) == "Em confiança"

    @pytest.mark.deep
    def test_is_for_every_suspended_service_and_no_other(self, session: Session, house: House) -> None:
        software, other = active(session, house), active(session, house)
        mentoring = active(session, house, **MENTORING)
        nights(session, FIFTH_OF_JULY, date(2026, 7, 19))
        paid(session, invoices_of(session, mentoring)[0], at_sao_paulo(date(2026, 7, 19), 9))
        nights(session, date(2026, 7, 20), FIRST_OF_AUGUST)
        assert len(give(session, house)) == 2
        states = [state_of(session, each) for each in (software, other, mentoring)]
        assert states == ["Em confiança", "Em confiança", "Em dia"]

    def test_is_nothing_to_who_is_not_suspended(self, session: Session, house: House) -> None:
        active(session, house)
        night(session, FIFTH_OF_JULY)
        with pytest.raises(NothingSuspended, match="não há o que liberar"):
            give(session, house)


def test_the_sold_software_is_told_until_when(session: Session, house: House) -> None:
    active(session, house)
    nights(session, FIFTH_OF_JULY, FIRST_OF_AUGUST)
    give(session, house)
    today = date(2026, 8, 3)
    found = services_of(session, document=house.customer.document, plan="gestao", today=today)
    answer = access_to(found, today)
    assert (answer.is_released, answer.until, answer.state.value) == (True, date(2026, 8, 5), "em_confianca")


class TestTheDatabase:
    INSERT = (
        "INSERT INTO trust_releases (contract_id, partner_id, customer_id, suspension_id, given_at, until_on,"
        " given_to) SELECT contract_id, partner_id, customer_id, id, now(), now()::date + 3, 'x'"
        " FROM suspensions"
    )

    @pytest.mark.deep
    def test_keeps_a_release_as_it_was_and_gives_one_a_suspension(
        self, session: Session, house: House
    ) -> None:
        active(session, house)
        nights(session, FIFTH_OF_JULY, FIRST_OF_AUGUST)
        give(session, house)
        with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
            session.execute(text("UPDATE trust_releases SET until_on = until_on + 30"))
        with pytest.raises(IntegrityError, match="uq_trust_releases_suspension_id"), session.begin_nested():
            session.execute(text(self.INSERT))

    def test_refuses_trust_without_a_running_suspension(self, session: Session, house: House) -> None:
        contract = active(session, house)
        nights(session, FIFTH_OF_JULY, FIRST_OF_AUGUST)
        paid(session, invoices_of(session, contract)[0], AFTERNOON_OF_FOURTH)
        with pytest.raises(IntegrityError, match="only a running suspension"), session.begin_nested():
            session.execute(text(self.INSERT))
        with pytest.raises(IntegrityError, match="without a release"), session.begin_nested():
            session.execute(text("UPDATE subscriptions SET service_state = 'trusted'"))


def test_the_list_says_what_became_of_each(session: Session, house: House) -> None:
    """One paid meanwhile, one paid after its end, one not; before its end it runs."""
    during, later, never = (
        active(session, each) for each in (house, make_house(session), make_house(session))
    )
    nights(session, FIFTH_OF_JULY, FIRST_OF_AUGUST)
    for contract in (during, later, never):
        customer = session.get_one(Customer, contract.customer_id)
        release_in_trust(session, customer, actor=None, given_to="ana@x.example", now=SECOND)
    assert outcomes(session, house, date(2026, 8, 2)) == dict.fromkeys(
        (during.id, later.id, never.id), "running"
    )
    session.expire_all()
    paid(session, invoices_of(session, during)[0], AFTERNOON_OF_FOURTH)
    nights(session, date(2026, 8, 3), date(2026, 8, 6))
    paid(session, invoices_of(session, later)[0], at_sao_paulo(date(2026, 8, 6), 15))
    found = outcomes(session, house, date(2026, 8, 6))
    assert found == {during.id: "paid", later.id: "paid_later", never.id: "not_paid"}
    assert outcomes(session, house, date(2026, 8, 6), desfecho="paid_later") == {later.id: "paid_later"}
    counted = count_by_outcome(session, actor=house.admin, today=date(2026, 8, 6))
    assert [counted[each] for each in TrustOutcome] == [0, 1, 1, 1]


def outcomes(session: Session, house: House, today: date, **asked: str) -> dict[int, str]:
    page = list_releases(session, TRUST_LIST.read(MultiDict(asked)), actor=house.admin, today=today)
    return {release.contract_id: outcome for release, outcome in page.items}
