"""A month's readjustment: who, by how much, from which invoice, and never twice."""

from datetime import date, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.payouts.models import RepasseAccrual
from portal.payouts.queries.books import find_broken_accruals
from portal.readjustments.models import Readjustment
from portal.readjustments.operations.holding import lift_hold, place_hold
from portal.readjustments.operations.importing import import_index
from portal.readjustments.operations.releasing import release_campaign
from portal.readjustments.rules.campaigns import NotYet, Outcome
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations.pricing import show_prices
from portal.subscriptions.queries.reading import get_subscription, list_charged_lines
from portal.tasks.models import Task
from tests.factories.changes import make_change
from tests.factories.contracts import make_contract
from tests.factories.following import what_follows
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house

# Signed on 10/06/2026; the readjusted invoice is that of 15/06/2027, by the index to 04/2027.
SIGNED = at_sao_paulo(date(2026, 6, 10), 12)
RELEASED = at_sao_paulo(date(2027, 5, 3), 12)
MONTH = date(2027, 6, 1)
FALLING = "-0.10"
# Eleven months of nothing and one of 20.92 % is refused as a month: twelve of 1.60 % are 20.98 %.
RISING = "1.60"


def know_index(session: Session, value: str) -> None:
    months = [(2026, month) for month in range(1, 13)] + [(2027, month) for month in range(1, 5)]
    lines = "".join(f"{year}-{month:02d},{value}\n" for year, month in months)
    content = f"month,variation_percent\n{lines}".encode()
    import_index(
        session, content=content, file_name="igpm.csv", confirm_revision=False, actor=None, now=RELEASED
    )


def running(session: Session, house: House, *, now: datetime = SIGNED) -> Contract:
    contract = make_contract(session, house, state=ContractState.ACTIVE, now=now)
    bill_until(session, contract, 12)
    return load_contract(session, contract.id)


def bill_until(session: Session, contract: Contract, last: int) -> None:
    """Payments 2 to `last`; payment 12 of a contract signed in June is due in May."""
    for number in range(2, last + 1):
        issue_installment(session, contract=load_contract(session, contract.id), number=number, now=RELEASED)


def bill_until_number(session: Session, contract: Contract, number: int) -> None:
    issue_installment(session, contract=load_contract(session, contract.id), number=number, now=RELEASED)


def invoice_of(session: Session, contract: Contract, number: int) -> Invoice:
    return session.scalars(
        select(Invoice).filter_by(contract_id=contract.id, installment_number=number)
    ).one()


def release(session: Session, house: House, month: date = MONTH) -> list[Readjustment]:
    campaign = release_campaign(session, month=month, actor=house.seller, now=RELEASED)
    what_follows(session)
    rows = select(Readjustment).where(Readjustment.campaign_id == campaign.id)
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def charged(session: Session, contract: Contract, number: int) -> list[int]:
    subscription = get_subscription(session, contract.id)
    due_on = subscription.place.period(number).due_on
    return [
        each.amount_cents for each in list_charged_lines(session, subscription, number=number, due_on=due_on)
    ]


class TestARelease:
    @pytest.mark.deep
    def test_raises_the_price_from_the_anniversarys_invoice_on(self, session: Session) -> None:
        house = make_house(session)
        contract = running(session, house)
        know_index(session, RISING)
        (row,) = release(session, house)
        # 1.016 ** 12 = 1.209829…: 20.98 %; 199.90 × 1.2098 = 241.83902 → 241.84.
        assert (row.outcome, row.due_on, row.number) == (Outcome.READJUSTED, date(2027, 6, 15), 13)
        assert (row.before_cents, row.after_cents) == (199_90, 241_84)
        assert sum(charged(session, contract, 12)) == 199_90
        assert sum(charged(session, contract, 13)) == 241_84
        # The cost stays 85.00 and the fee is 6.74 % of 241.84 = 16.30; the repasse was 101.43.
        assert (row.before_repasse_cents, row.after_repasse_cents) == (101_43, 140_54)

    @pytest.mark.deep
    def test_owes_the_partner_its_share_of_the_new_price(self, session: Session) -> None:
        house = make_house(session)
        contract = running(session, house)
        know_index(session, RISING)
        release(session, house)
        paid_on = at_sao_paulo(date(2027, 6, 15), 12)
        for number in (12, 13):
            if number == 13:
                bill_until_number(session, contract, 13)
            invoice = invoice_of(session, contract, number)
            pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=paid_on)
            what_follows(session)
        rows = select(RepasseAccrual).order_by(RepasseAccrual.id.desc()).limit(2)
        newest, before = session.scalars(rows)
        assert (before.paid_cents, before.cost_cents, before.repasse_cents) == (199_90, 85_00, 101_43)
        # 241.84 less 6.74 % (16.30) and the cost of 85.00
        assert (newest.paid_cents, newest.cost_cents, newest.central_fee_cents) == (241_84, 85_00, 16_30)
        assert newest.repasse_cents == 140_54
        assert find_broken_accruals(session) == []

    @pytest.mark.deep
    def test_shows_the_new_price_from_its_day_on(self, session: Session) -> None:
        house = make_house(session)
        contract = running(session, house)
        know_index(session, RISING)
        release(session, house)

        def shown(day: date) -> int:
            show_prices(session, today=day)
            row = select(Subscription.monthly_cents).where(Subscription.contract_id == contract.id)
            return session.scalars(row).one()

        assert shown(date(2027, 6, 14)) == 199_90
        assert shown(date(2027, 6, 15)) == 241_84

    @pytest.mark.deep
    def test_bills_the_anniversary_at_the_new_price(self, session: Session) -> None:
        house = make_house(session)
        contract = running(session, house)
        know_index(session, RISING)
        release(session, house)
        bill_until(session, contract, 13)
        invoice = select(Invoice.amount_cents).where(
            Invoice.contract_id == contract.id, Invoice.installment_number == 13
        )
        assert session.scalars(invoice).one() == 241_84

    @pytest.mark.deep
    def test_writes_one_letter_and_one_task_however_often(self, session: Session) -> None:
        house = make_house(session)
        running(session, house)
        know_index(session, RISING)
        release(session, house)
        release(session, house)
        letters = select(func.count()).where(MailMessage.kind == "readjustment")
        assert session.scalar(letters) == 1
        task = session.scalars(select(Task).where(Task.kind == "offer_renewal")).one()
        assert "passa de R$\xa0199,90 para R$\xa0241,84" in task.detail
        assert "Anual" in task.detail

    def test_waits_for_the_index(self, session: Session) -> None:
        house = make_house(session)
        with pytest.raises(NotYet, match=r"05/2026"):
            release(session, house)

    def test_is_for_a_month_to_come(self, session: Session) -> None:
        house = make_house(session)
        know_index(session, RISING)
        with pytest.raises(NotYet, match="dois meses"):
            release(session, house, date(2027, 4, 1))


class TestWhatIsLeftOut:
    def outcome(self, session: Session, house: House) -> list[tuple[Outcome, int]]:
        return [(row.outcome, row.after_cents) for row in release(session, house)]

    @pytest.mark.deep
    def test_is_all_when_the_index_fell(self, session: Session) -> None:
        house = make_house(session)
        contract = running(session, house)
        know_index(session, FALLING)
        assert self.outcome(session, house) == [(Outcome.NEGATIVE, 199_90)]
        assert sum(charged(session, contract, 13)) == 199_90
        assert session.scalar(select(func.count()).where(MailMessage.kind == "readjustment")) == 0

    @pytest.mark.deep
    def test_is_a_contract_that_is_held(self, session: Session) -> None:
        house = make_house(session)
        contract = running(session, house)
        know_index(session, RISING)
        place_hold(session, contract=contract, reason="Preço combinado", actor=house.seller, now=RELEASED)
        assert self.outcome(session, house) == [(Outcome.HELD, 199_90)]

    @pytest.mark.deep
    def test_is_a_contract_whose_invoice_is_out(self, session: Session) -> None:
        house = make_house(session)
        contract = running(session, house)
        bill_until(session, contract, 13)
        know_index(session, RISING)
        assert self.outcome(session, house) == [(Outcome.BILLED, 199_90)]

    def test_is_a_contract_that_was_upgraded_in_month_7(self, session: Session) -> None:
        house = make_house(session)
        base = make_contract(session, house, state=ContractState.ACTIVE, now=SIGNED)
        december = at_sao_paulo(date(2026, 12, 10), 12)
        bill_until(session, base, 7)
        upgraded = make_change(
            session, house, load_contract(session, base.id), ContractKind.AMENDMENT,
            now=december, negotiated_total=229_90,
        )  # fmt: skip
        know_index(session, RISING)
        rows = release(session, house)
        assert [(row.contract_id, row.outcome) for row in rows] == [(upgraded.id, Outcome.TOO_EARLY)]


class TestAHold:
    def test_takes_back_what_is_not_billed(self, session: Session) -> None:
        house = make_house(session)
        contract = running(session, house)
        know_index(session, RISING)
        release(session, house)
        assert place_hold(session, contract=contract, reason="Renova", actor=house.seller, now=RELEASED)
        assert sum(charged(session, contract, 13)) == 199_90
        bill_until(session, contract, 13)
        lift_hold(session, contract=contract, actor=house.seller, now=RELEASED)
        assert sum(charged(session, contract, 14)) == 199_90

    @pytest.mark.deep
    def test_comes_too_late_for_an_invoice_that_is_out(self, session: Session) -> None:
        house = make_house(session)
        contract = running(session, house)
        know_index(session, RISING)
        release(session, house)
        bill_until(session, contract, 13)
        assert not place_hold(session, contract=contract, reason="Tarde", actor=house.seller, now=RELEASED)
        assert sum(charged(session, contract, 14)) == 241_84


class TestTheDatabase:
    def test_refuses_a_readjustment_within_a_year(self, session: Session) -> None:
        house = make_house(session)
        running(session, house)
        know_index(session, FALLING)
        release(session, house)
        early = text(
            "INSERT INTO readjustments (campaign_id, contract_id, partner_id, customer_id, counted_from,"
            " number, due_on, outcome, before_cents, after_cents, before_repasse_cents, withdrawn_reason)"
            " SELECT campaign_id, contract_id, partner_id, customer_id, due_on - 364, number, due_on,"
            " 'readjusted', before_cents, after_cents, before_repasse_cents, '' FROM readjustments"
        )
        with pytest.raises(IntegrityError, match="a_year_later"):
            session.execute(early)
