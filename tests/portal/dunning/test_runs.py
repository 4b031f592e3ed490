"""A day's run: who is in it and who is left out, and what leaves when it is released."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.customers.models import Customer
from portal.dunning.models import DunningHold, DunningMessage, DunningRun
from portal.dunning.operations.holds import hold, lift
from portal.dunning.operations.runs import drop_run, prepare_run, release_run, send_chunk
from portal.dunning.queries.numbers import numbers_by_step
from portal.dunning.queries.reading import counts_of
from portal.dunning.rules.sending import DayMissing, HoldKind, LeftOut, NotToday, RunGone
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_delivery import send_mail
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import TryLater
from portal.tasks.models import Task
from tests.factories.dunning import CALL, REMINDER, policy_of
from tests.factories.overdue import active, invoices_of, night, nights, paid
from tests.factories.quotes import House, make_house
from tests.support.application import Transaction
from tests.support.people import ClientOf

FIFTH_OF_JULY = date(2026, 7, 5)
EARLY = Step(-3, Channel.EMAIL, Audience.EVERYBODY, 0, "Vence {vencimento}", "Lembrete de {fatura}.")


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def at(day: int, hour: int = 9, month: int = 7) -> datetime:
    return at_sao_paulo(date(2026, month, day), hour)


def run_on(session: Session, day: int) -> DunningRun:
    run = prepare_run(session, now=at(day))
    session.flush()
    return run


def sent_on(session: Session, day: int) -> list[tuple[int, str | None]]:
    """Prepare and release a day's run; the step's day and why it is left out, of each of its reminders."""
    run = run_on(session, day)
    release_run(session, run.id, actor=None, now=at(day))
    send_chunk(session, run.id, now=at(day))
    session.expire_all()
    return messages(session, run)


def messages(session: Session, run: DunningRun) -> list[tuple[int, str | None]]:
    found = session.scalars(select(DunningMessage).filter_by(run_id=run.id).order_by(DunningMessage.id))
    return [(each.days, each.left_out.value if each.left_out else None) for each in found]


def mails(session: Session) -> Iterator[MailMessage]:
    return iter(session.scalars(select(MailMessage).where(MailMessage.kind == "dunning_reminder")).all())


class TestALadder:
    """An invoice due on Wednesday 15/07, walked day by day."""

    @pytest.mark.deep
    def test_is_climbed_step_by_step(self, session: Session, house: House) -> None:
        policy_of(session, EARLY, REMINDER, CALL, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        days = [6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25]
        climbed = {day: sent for day in days if (sent := sent_on(session, day))}
        assert climbed == {13: [(-3, None)], 17: [(2, None)], 23: [(8, None)]}
        assert len(list(mails(session))) == 2
        (task,) = session.scalars(select(Task).where(Task.key.startswith("dunning:")))
        assert task.title.startswith("Ligar para")

    @pytest.mark.deep
    def test_is_made_up_once_after_days_without_service(self, session: Session, house: House) -> None:
        policy_of(session, EARLY, REMINDER, CALL, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        assert sent_on(session, 20) == [(2, None)]
        assert sent_on(session, 21) == []

    @pytest.mark.deep
    def test_sends_nothing_old_of_a_new_policy(self, session: Session, house: House) -> None:
        active(session, house)
        night(session, FIFTH_OF_JULY)
        policy_of(session, REMINDER, actor=house.admin)
        assert sent_on(session, 30) == []

    @pytest.mark.deep
    def test_ends_with_the_payment_and_goes_on_after_a_part(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, CALL, actor=house.admin)
        first, second = active(session, house), active(session, make_house(session))
        night(session, FIFTH_OF_JULY)
        sent_on(session, 17)
        paid(session, invoices_of(session, first)[0], at(18))
        assert sent_on(session, 23) == [(8, None)]
        assert [each.contract_id for each in session.scalars(select(DunningMessage).filter_by(days=8))] == [
            second.id
        ]

    @pytest.mark.deep
    def test_goes_on_where_it_was_when_the_policy_changes(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        assert sent_on(session, 17) == [(2, None)]
        policy_of(session, REMINDER, CALL, actor=house.admin)
        assert sent_on(session, 18) == []
        assert sent_on(session, 23) == [(8, None)]

    @pytest.mark.deep
    def test_a_due_date_on_a_weekend_counts_from_its_last_day(self, session: Session, house: House) -> None:
        """15/08/2026 is a Saturday: to be paid until Monday 17, so two days late on Wednesday 19."""
        policy_of(session, REMINDER, actor=house.admin)
        contract = active(session, house)
        night(session, FIFTH_OF_JULY)
        paid(session, invoices_of(session, contract)[0], at(10))
        nights(session, date(2026, 8, 5), date(2026, 8, 6))
        for day, expected in ((17, []), (18, []), (19, [(2, None)])):
            run = prepare_run(session, now=at(day, month=8))
            assert messages(session, run) == expected


class TestAMailThatIsLate:
    """Released at nine, the mail server away until the evening."""

    def test_waits_for_the_morning(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        sent_on(session, 17)
        (mail,) = mails(session)
        for hour in (20, 23):
            with pytest.raises(TryLater):
                send_mail.before(session, mail.id, now=at(17, hour))
        assert send_mail.before(session, mail.id, now=at(18, 8)) is not None

    @pytest.mark.deep
    def test_is_not_needed_once_it_is_paid(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        contract = active(session, house)
        night(session, FIFTH_OF_JULY)
        sent_on(session, 17)
        (mail,) = mails(session)
        paid(session, invoices_of(session, contract)[0], at(17, 19))
        assert send_mail.before(session, mail.id, now=at(17, 21)) is None
        assert mail.state is MailState.NOT_NEEDED


class TestLeftOut:
    @pytest.mark.deep
    def test_are_those_in_hold_or_with_a_promise_until_its_day(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        self.hold(session, house, HoldKind.PROMISE, date(2026, 7, 18))
        assert sent_on(session, 17) == [(2, "promised")]
        assert sent_on(session, 18) == [(2, "promised")]
        assert sent_on(session, 20) == [(2, None)]  # it was broken

    @pytest.mark.deep
    def test_may_be_held_for_one_invoice_alone(self, client_of: ClientOf, transaction: Transaction) -> None:
        with time_machine.travel(at(16)):
            with transaction() as session:
                house = make_house(session)
                policy_of(session, REMINDER, actor=house.admin)
                first, _second = active(session, house), active(session, house)
                night(session, FIFTH_OF_JULY)
                invoice_id, customer_id = invoices_of(session, first)[0].id, house.customer.id
                admin = house.admin.user_id
            client = client_of(admin)
            address = f"/clientes/{customer_id}/cobranca"
            assert "De qual fatura" in client.get(address).text
            form = {
                "kind": "hold",
                "invoice": str(invoice_id),
                "until_on": "2026-07-31",
                "reason": "Em análise",
            }
            assert client.submit(address, form).status_code == 303
            assert "da fatura 00000" in client.get(address).text
            assert client.submit(address, form | {"invoice": "999"}).status_code == 422
        with transaction() as session:
            assert sorted(reason or "" for _days, reason in sent_on(session, 17)) == ["", "held"]

    @pytest.mark.deep
    def test_are_lifted_by_hand(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        row = self.hold(session, house, HoldKind.HOLD, date(2026, 7, 31))
        assert sent_on(session, 17) == [(2, "held")]
        lift(session, row.id, customer=house.customer, actor=house.admin, now=at(17))
        assert sent_on(session, 18) == [(2, None)]

    @pytest.mark.deep
    def test_are_not_mailed_but_called_when_opted_out(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, CALL, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        self.hold(session, house, HoldKind.OPT_OUT, None)
        assert sent_on(session, 17) == [(2, "opted_out")]
        assert sent_on(session, 23) == [(8, None)]

    @pytest.mark.deep
    def test_get_one_message_a_day(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        active(session, house), active(session, house)
        night(session, FIFTH_OF_JULY)
        assert sorted(sent_on(session, 17), key=str) == [(2, "daily"), (2, None)]
        assert sent_on(session, 18) == [(2, None)]

    @pytest.mark.deep
    def test_get_three_a_week(self, session: Session, house: House) -> None:
        steps = [Step(day, Channel.EMAIL, Audience.EVERYBODY, 0, "x", "y") for day in (1, 2, 3, 5, 8)]
        policy_of(session, *steps, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        by_day = {day: sent_on(session, day) for day in (16, 17, 18, 20, 23)}
        assert by_day == {
            16: [(1, None)],
            17: [(2, None)],
            18: [(3, None)],
            20: [(5, "weekly")],
            23: [(8, None)],
        }

    @pytest.mark.deep
    def test_have_a_boleto_that_is_being_settled(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        contract = active(session, house)
        night(session, FIFTH_OF_JULY)
        (invoice,) = invoices_of(session, contract)
        issue_boleto(session, invoice_id=invoice.id, account=boleto_account(session), now=at(16))
        session.execute(
            text("UPDATE boletos SET state = 'paid_unsettled', paid_at = :at WHERE invoice_id = :id"),
            {"at": at(16), "id": invoice.id},
        )
        assert sent_on(session, 17) == [(2, "settling")]

    @pytest.mark.deep
    def test_have_no_address(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        session.execute(text("UPDATE customers SET email = ''"))
        session.execute(text("UPDATE signatories SET email = ''"))
        session.expire_all()
        assert sent_on(session, 17) == [(2, "no_address")]

    def hold(self, session: Session, house: House, kind: HoldKind, until_on: date | None) -> DunningHold:
        customer = session.get_one(Customer, house.customer.id)
        return hold(
            session,
            customer=customer,
            kind=kind,
            until_on=until_on,
            reason="Combinado por telefone",
            actor=house.admin,
            now=at(16),
        )

    def test_promise_for_a_day_to_come(self, session: Session, house: House) -> None:
        with pytest.raises(DayMissing):
            self.hold(session, house, HoldKind.PROMISE, date(2026, 7, 16))


class TestARun:
    @pytest.mark.deep
    def test_is_one_a_day_and_released_once(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        run = run_on(session, 17)
        assert run_on(session, 17).id == run.id
        release_run(session, run.id, actor=house.admin, now=at(17))
        with pytest.raises(RunGone):
            release_run(session, run.id, actor=house.admin, now=at(17))
        send_chunk(session, run.id, now=at(17))
        send_chunk(session, run.id, now=at(17))
        assert len(list(mails(session))) == 1

    def test_waits_for_policy_day_hour_and_the_days_money(self, session: Session, house: House) -> None:
        with pytest.raises(NotToday, match="crie a primeira"):
            run_on(session, 17)
        policy_of(session, REMINDER, actor=house.admin)
        with pytest.raises(NotToday, match="domingos"):
            run_on(session, 19)
        run = run_on(session, 17)
        with pytest.raises(NotToday, match="das 8h às 20h"):
            release_run(session, run.id, actor=house.admin, now=at(17, hour=21))
        with pytest.raises(NotToday, match="outro dia"):
            release_run(session, run.id, actor=house.admin, now=at(18))
        drop_run(session, run.id, actor=house.admin, now=at(18))
        with pytest.raises(RunGone):
            release_run(session, run.id, actor=house.admin, now=at(17))

    @pytest.mark.deep
    @pytest.mark.parametrize("is_dropped", [True, False])
    def test_that_nobody_released_reminded_nobody(
        self, session: Session, house: House, is_dropped: bool
    ) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        run = run_on(session, 17)
        assert messages(session, run) == [(2, None)]
        if is_dropped:
            drop_run(session, run.id, actor=house.admin, now=at(17))
        assert sent_on(session, 18) == [(2, None)]
        assert sent_on(session, 20) == []

    def test_is_counted_and_its_steps_bring_payments(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        contract = active(session, house)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        sent_on(session, 17)
        run = session.scalars(select(DunningRun)).one()
        counts = counts_of(session, run.id)
        assert (counts.by_channel, counts.left_out) == ({Channel.EMAIL: 1}, {LeftOut.DAILY: 1})
        assert counts.open_cents == 199_90
        paid(session, invoices_of(session, contract)[0], at(17) + timedelta(days=6))
        (numbers,) = numbers_by_step(session, since=date(2026, 7, 1))
        assert (numbers.days, numbers.sent, numbers.paid, numbers.paid_cents) == (2, 1, 1, 199_90)

    @pytest.mark.deep
    def test_is_kept_by_the_database(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        sent_on(session, 17)
        for statement in (
            "UPDATE dunning_messages SET open_cents = 1",
            "DELETE FROM dunning_messages",
            "UPDATE dunning_steps SET body = 'x'",
        ):
            with pytest.raises(IntegrityError, match="stays as it was"), session.begin_nested():
                session.execute(text(statement))
