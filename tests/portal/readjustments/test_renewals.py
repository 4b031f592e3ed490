"""The next term is offered thirty days before, once; who accepts is not readjusted for its year."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.ending import end_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.operations.issuing import issue_installment
from portal.readjustments.models import RenewalOffer
from portal.readjustments.operations.renewing import accept_renewal, offer_renewals
from portal.readjustments.rules.campaigns import Outcome
from portal.readjustments.rules.renewals import OfferOver
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from tests.factories.contracts import make_contract
from tests.factories.quotes import House, make_house
from tests.portal.readjustments.test_campaign import RISING, SIGNED, know_index, release
from tests.support.letters import written

SIXTEENTH_OF_MAY = at_sao_paulo(date(2027, 5, 16), 9)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def annual(session: Session, house: House) -> Contract:
    """A year from 10/06/2026 on for 159,90 a month, paid at once until 30/06/2027."""
    return make_contract(
        session,
        house,
        state=ContractState.ACTIVE,
        now=SIGNED,
        term="annual",
    )


def offers(session: Session) -> list[RenewalOffer]:
    return list(session.scalars(select(RenewalOffer).order_by(RenewalOffer.id)))


def offered(session: Session, house: House) -> RenewalOffer:
    annual(session, house)
    offer_renewals(session, now=SIXTEENTH_OF_MAY)
    (offer,) = offers(session)
    return offer


class TestAnOffer:
    def test_is_made_thirty_days_before_the_first_payment_of_the_term_once(
        self, session: Session, house: House
    ) -> None:
        annual(session, house)  # the next is due on 15/06/2027
        made = [offer_renewals(session, now=SIXTEENTH_OF_MAY + timedelta(days=day)) for day in (-1, 0, 1)]
        assert made == [0, 1, 0]
        (offer,) = offers(session)
        assert (offer.due_on, offer.starts_on, offer.ends_on, offer.monthly_cents) == (
            date(2027, 6, 15),
            date(2027, 7, 1),
            date(2028, 6, 30),
            159_90,
        )
        mail = session.scalars(select(MailMessage).filter_by(kind="renewal_offer")).one()
        letter = written(session, mail, now=SIXTEENTH_OF_MAY)
        assert "fica a mesma até 30/06/2028" in letter.text_body
        assert "/assinante/entrar" in letter.text_body

    def test_is_none_of_a_monthly_contract(self, session: Session, house: House) -> None:
        make_contract(session, house, state=ContractState.ACTIVE, now=SIGNED)
        assert offer_renewals(session, now=SIXTEENTH_OF_MAY) == 0

    @pytest.mark.deep
    def test_is_none_where_the_contract_ends(self, session: Session, house: House) -> None:
        contract = load_contract(session, annual(session, house).id)
        end_contract(
            session,
            contract=contract,
            last_day=date(2027, 6, 30),
            at_once=False,
            reason="Cancelado",
            actor=house.seller,
            now=SIXTEENTH_OF_MAY,
        )
        assert offer_renewals(session, now=SIXTEENTH_OF_MAY) == 0

    @pytest.mark.deep
    def test_stays_as_it_was_made(self, session: Session, house: House) -> None:
        offered(session, house)
        with pytest.raises(IntegrityError):
            session.execute(text("UPDATE renewal_offers SET monthly_cents = 1"))


class TestAccepting:
    @pytest.mark.deep
    def test_keeps_the_price_where_the_year_would_raise_it(self, session: Session, house: House) -> None:
        offer = offered(session, house)
        accept_renewal(session, offer=offer, actor=None, address="maria@x.com", now=SIXTEENTH_OF_MAY)
        know_index(session, RISING)
        (row,) = release(session, house)
        assert row.outcome is Outcome.TOO_EARLY
        entry = session.scalars(select(LogEntry).filter_by(action="renewal_accepted")).one()
        assert (entry.actor_label, "R$ 159,90" in entry.summary.replace("\xa0", " ")) == ("maria@x.com", True)

    def test_withdraws_a_rise_that_is_not_billed(self, session: Session, house: House) -> None:
        contract = annual(session, house)
        know_index(session, RISING)
        (row,) = release(session, house)
        assert row.outcome is Outcome.READJUSTED
        offer_renewals(session, now=SIXTEENTH_OF_MAY)
        (offer,) = offers(session)
        accept_renewal(session, offer=offer, actor=None, address="maria@x.com", now=SIXTEENTH_OF_MAY)
        assert row.withdrawn_reason == "O cliente renovou e manteve o preço."
        invoice = issue_installment(
            session,
            contract=load_contract(session, contract.id),
            number=2,
            now=at_sao_paulo(date(2027, 6, 5), 6),
        )
        assert invoice.amount_cents == 12 * 159_90

    def test_is_too_late_once_the_payment_is_billed(self, session: Session, house: House) -> None:
        offer = offered(session, house)
        contract = load_contract(session, offer.contract_id)
        issue_installment(session, contract=contract, number=2, now=at_sao_paulo(date(2027, 6, 5), 6))
        with pytest.raises(OfferOver):
            accept_renewal(session, offer=offer, actor=house.seller, now=at_sao_paulo(date(2027, 6, 6), 9))

    def test_twice_is_once(self, session: Session, house: House) -> None:
        offer = offered(session, house)
        for address in ("maria@x.com", "joao@x.com"):
            accept_renewal(session, offer=offer, actor=None, address=address, now=SIXTEENTH_OF_MAY)
        assert offer.accepted_by == "maria@x.com"
