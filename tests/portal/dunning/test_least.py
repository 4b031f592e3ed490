"""Nobody is reminded of less than the setting says, whatever a step of the policy says."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.dunning.models import DunningMessage
from portal.dunning.operations.calls import end_needless_calls
from portal.dunning.operations.runs import prepare_run, release_run, send_chunk
from portal.dunning.queries.previewing import find_examples
from portal.dunning.queries.trying import try_policy
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.invoices.models import Invoice
from portal.receipts.rules.receiving import Payer
from portal.settings.rules.names import Name
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_delivery import send_mail
from portal.shared.mail_rows import MailMessage, MailState
from portal.tasks.models import Task
from tests.factories.dunning import CALL, REMINDER, policy_of
from tests.factories.overdue import active, invoices_of, night
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.factories.settings import set_to

ALL_BUT = 199_90
FOR_TEN = Step(2, Channel.EMAIL, Audience.EVERYBODY, 10_00, "Fatura {fatura}", "Venceu em {vencimento}.")


def at(day: int, hour: int = 9) -> datetime:
    return at_sao_paulo(date(2026, 7, day), hour)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def owes(session: Session, house: House, cents: int, *, paid_on: int = 14) -> Invoice:
    """An invoice of R$ 199,90 due on 15/07, of which so much is left."""
    contract = active(session, house)
    night(session, date(2026, 7, 5))
    (invoice,) = invoices_of(session, contract)
    leave(session, invoice, cents, now=at(paid_on))
    return invoice


def leave(session: Session, invoice: Invoice, cents: int, *, now: datetime) -> None:
    payer = Payer(document=invoice.payer_document)
    pay(session, invoice_id=invoice.id, amount_cents=ALL_BUT - cents, payer=payer, now=now)
    session.flush()
    session.expire_all()
    assert invoice.open_cents == cents


def reminded(session: Session, day: int = 17) -> list[int]:
    run = prepare_run(session, now=at(day))
    rows = select(DunningMessage.open_cents).where(DunningMessage.run_id == run.id)
    return list(session.scalars(rows))


class TestAReminder:
    """Of steps that were saved with a least amount of 0."""

    @pytest.mark.deep
    @pytest.mark.parametrize(("cents", "found"), [(4_99, []), (5_00, [5_00])])
    def test_is_for_five_reais_or_more(
        self, session: Session, house: House, cents: int, found: list[int]
    ) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        owes(session, house, cents)
        assert reminded(session) == found
        assert (find_examples(session, [REMINDER], today=date(2026, 7, 17)) != [None]) == bool(found)
        assert bool(try_policy(session, [REMINDER], today=date(2026, 7, 20)).steps) == bool(found)

    @pytest.mark.deep
    @pytest.mark.parametrize(("cents", "found"), [(7_99, []), (8_00, [8_00])])
    def test_is_for_what_the_admin_chose(
        self, session: Session, house: House, cents: int, found: list[int]
    ) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        set_to(session, Name.LEAST_REMINDED_REAIS, 8)
        owes(session, house, cents)
        assert reminded(session) == found

    @pytest.mark.deep
    def test_may_ask_for_more(self, session: Session, house: House) -> None:
        policy_of(session, FOR_TEN, actor=house.admin)
        owes(session, house, 9_99)
        assert reminded(session) == []


class TestPaidMeanwhileButForLittle:
    def test_is_not_mailed(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        invoice = owes(session, house, 199_89)
        release(session)
        (mail,) = session.scalars(select(MailMessage).where(MailMessage.kind == "dunning_reminder"))
        pay(session, invoice_id=invoice.id, amount_cents=194_90, payer=Payer(document=invoice.payer_document))
        assert invoice.open_cents == 4_99
        assert send_mail.before(session, mail.id, now=at(17, 10)) is None
        assert mail.state is MailState.NOT_NEEDED

    @pytest.mark.deep
    def test_is_not_called(self, session: Session, house: House) -> None:
        policy_of(session, CALL, actor=house.admin)
        invoice = owes(session, house, 199_89)
        release(session, 23)
        assert end_needless_calls(session, now=at(23, 10)) == 0
        pay(session, invoice_id=invoice.id, amount_cents=194_90, payer=Payer(document=invoice.payer_document))
        assert end_needless_calls(session, now=at(23, 10)) == 1
        (task,) = session.scalars(select(Task).where(Task.key.startswith("dunning:")))
        assert task.result_note == "A fatura não está mais em aberto, ou resta muito pouco dela."


def release(session: Session, day: int = 17) -> None:
    run = prepare_run(session, now=at(day))
    release_run(session, run.id, actor=None, now=at(day))
    send_chunk(session, run.id, now=at(day))
