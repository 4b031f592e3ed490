"""From day 25 on, one note a service of what was paid, numbered without gaps, adding up to the month."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.invoices.operations.crediting import issue_credit_note
from portal.settings.models import Setting
from portal.shared.clock import at_sao_paulo
from portal.tax_notes.operations.preparing import prepare_month
from portal.tax_notes.queries.books import find_missing_numbers, find_unlike_notes
from portal.tax_notes.rules.preparing import months_to_prepare
from portal.tax_notes.rules.states import NoteState, TooEarly
from tests.factories.invoices import make_billed
from tests.factories.payments import pay
from tests.factories.payouts import make_finance
from tests.factories.quotes import NOON
from tests.factories.tax_notes import BEFORE, JUNE, THE_25TH, night, notes, paid_month
from tests.support.tax_office import Office

SAME = (
    "month, discount_cents, is_test, invoice_id, invoice_line_id, contract_id, partner_id, customer_id,"
    " billed_to, taker_name, taker_document, description, is_setup, amount_cents, due_on, created_at, state,"
    " trouble_code, trouble, attempts, replace_code, replace_reason"
)
SECOND_NOTE = (
    f"INSERT INTO tax_notes (series, number, dps_id, {SAME})"  # noqa: S608 - columns of ours
    f" SELECT series, 3, left(dps_id, 44) || '9', {SAME} FROM tax_notes WHERE id = :id"
)

pytestmark = pytest.mark.usefixtures("tax_office")


class TestAPaidMonth:
    @pytest.mark.deep
    def test_has_a_note_of_each_service_from_day_25_on(self, session: Session) -> None:
        paid_month(
            session,
            quantities={"user": 4, "register": 2},
            apps={"precos": 1},
            setup=True,
            negotiated_setup=None,
        )
        night(session, BEFORE)
        assert notes(session) == []
        night(session, THE_25TH)
        # By hand: 199,90 + 2 users of 19,90 + 1 register of 49,90; setup 490,00 + 99,00 for the register.
        # The app is free: no note of nothing.
        found = [(note.number, note.amount_cents, note.is_setup) for note in notes(session)]
        assert sorted(found) == [(1, 199_90, False), (2, 39_80, False), (3, 49_90, False), (4, 589_00, True)]
        assert sum(note.amount_cents for note in notes(session)) == 878_60

    @pytest.mark.deep
    def test_says_what_it_is_of(self, session: Session) -> None:
        invoice = paid_month(session, quantities={"user": 4})
        night(session, THE_25TH)
        assert [note.description for note in notes(session)] == [
            f"Hiper Gestão, fatura {invoice.label}, competência 06/2026",
            f"Usuário adicional (2 unidades), fatura {invoice.label}, competência 06/2026",
        ]

    @pytest.mark.deep
    def test_is_named_by_the_layout(self, session: Session) -> None:
        paid_month(session)
        night(session, THE_25TH)
        (note,) = notes(session)
        # DPS, Florianópolis, 2 for a CNPJ, the CNPJ, series 1, number 1: 45 characters
        assert note.dps_id == "DPS" + "4205407" + "2" + "11222333000181" + "00001" + "000000000000001"
        assert len(note.dps_id) == 45

    @pytest.mark.deep
    def test_is_prepared_once_however_many_nights_come(self, session: Session) -> None:
        paid_month(session)
        for _night in range(3):
            night(session, THE_25TH)
        assert [note.number for note in notes(session)] == [1]

    @pytest.mark.deep
    def test_paid_after_day_25_has_its_note_the_night_after(self, session: Session) -> None:
        invoice = make_billed(session, now=NOON).invoice
        night(session, THE_25TH)
        assert notes(session) == []
        pay(
            session,
            invoice_id=invoice.id,
            amount_cents=invoice.amount_cents,
            now=at_sao_paulo(date(2026, 9, 3), 9),
        )
        night(session, at_sao_paulo(date(2026, 9, 4), 2))
        assert [(note.month, note.amount_cents) for note in notes(session)] == [(JUNE, 199_90)]

    @pytest.mark.deep
    def test_of_which_credit_notes_take_back_a_part_has_notes_of_the_rest(self, session: Session) -> None:
        invoice = paid_month(session, quantities={"user": 3})
        credit(session, invoice.id, 50_00)
        night(session, THE_25TH)
        # By hand: 50,00 × 199,90 ÷ 219,80 = 45,473…, so 45,47 and what is left of 50,00: 4,53.
        assert [(note.amount_cents, note.discount_cents) for note in notes(session)] == [
            (199_90, 45_47),
            (19_90, 4_53),
        ]
        assert sum(note.net_cents for note in notes(session)) == 169_80

    @pytest.mark.deep
    def test_that_credit_notes_take_back_whole_has_none(self, session: Session) -> None:
        invoice = paid_month(session)
        credit(session, invoice.id, 199_90)
        night(session, THE_25TH)
        assert notes(session) == []


def credit(session: Session, invoice_id: int, cents: int) -> None:
    issue_credit_note(
        session,
        invoice_id=invoice_id,
        amount_cents=cents,
        reason="Cobrado a mais",
        seen_cents=0,
        actor=make_finance(session),
        now=NOON,
    )


class TestAMonthThatIsDue:
    def test_has_notes_unpaid_only_where_the_policy_says_so(self, session: Session) -> None:
        make_billed(session, now=NOON)
        night(session, THE_25TH)
        assert notes(session) == []
        session.add(Setting(name="tax_notes_when_due", value=1, changed_at=NOON, changed_by_name="Davi Reis"))
        night(session, THE_25TH)
        assert [note.amount_cents for note in notes(session)] == [199_90]

    @pytest.mark.deep
    def test_has_none_before_its_due_date(self, session: Session) -> None:
        session.add(Setting(name="tax_notes_when_due", value=1, changed_at=NOON, changed_by_name="Davi Reis"))
        make_billed(session, now=at_sao_paulo(date(2026, 6, 23), 12))  # due on 28/06
        night(session, THE_25TH)
        assert notes(session) == []
        night(session, at_sao_paulo(date(2026, 6, 28), 2))
        assert [note.due_on for note in notes(session)] == [date(2026, 6, 28)]


class TestTheDay:
    @pytest.mark.parametrize(
        ("month", "last"), [(date(2027, 2, 1), 28), (date(2028, 2, 1), 29), (date(2026, 6, 1), 30)]
    )
    def test_walks_over_month_ends(self, month: date, last: int) -> None:
        for day in range(1, last + 1):
            planned = months_to_prepare([month], today=month.replace(day=day), day=25)
            assert (month in planned) == (day >= 25), day

    def test_missed_by_an_outage_is_caught_up(self) -> None:
        planned = months_to_prepare([date(2026, 6, 1)], today=date(2026, 9, 3), day=25)
        assert planned == [date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)]

    def test_begins_with_the_present_month(self) -> None:
        assert months_to_prepare([], today=date(2026, 6, 24), day=25) == []
        assert months_to_prepare([], today=date(2026, 6, 25), day=25) == [JUNE]

    @pytest.mark.deep
    def test_may_be_another_one(self, session: Session) -> None:
        session.add(Setting(name="tax_note_day", value=28, changed_at=NOON, changed_by_name="Davi Reis"))
        paid_month(session)
        night(session, THE_25TH)
        assert notes(session) == []
        night(session, at_sao_paulo(date(2026, 6, 28), 2))
        assert len(notes(session)) == 1

    def test_is_waited_for_by_whoever_prepares_by_hand(self, session: Session) -> None:
        with pytest.raises(TooEarly, match="25/06/2026"):
            prepare_month(session, JUNE, now=BEFORE)


class TestNumbers:
    def test_follow_one_another_over_chunks_and_months(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("portal.tax_notes.operations.preparing.AT_ONCE", 2)
        for _customer in range(5):
            paid_month(session, quantities={"user": 3})
        night(session, THE_25TH)
        assert [note.number for note in notes(session)] == list(range(1, 11))
        assert find_missing_numbers(session) == []
        assert find_unlike_notes(session) == []

    @pytest.mark.deep
    def test_are_not_given_again_by_a_chunk_that_was_undone(self, session: Session) -> None:
        paid_month(session)
        undone = session.begin_nested()
        night(session, THE_25TH)
        assert len(notes(session)) == 1
        undone.rollback()
        session.expire_all()
        night(session, THE_25TH)
        assert [note.number for note in notes(session)] == [1]


class TestTheDatabase:
    """The last guard: what the portal never does, it does not let happen."""

    @pytest.fixture
    def note_id(self, session: Session, tax_office: Office) -> int:
        paid_month(session, quantities={"user": 3})
        night(session, THE_25TH)
        return notes(session)[0].id

    @pytest.mark.parametrize(
        ("statement", "words"),
        [
            ("UPDATE tax_notes SET amount_cents = 1 WHERE id = :id", "stays as it was"),
            ("UPDATE tax_notes SET number = 99 WHERE id = :id", "stays as it was"),
            ("DELETE FROM tax_notes WHERE id = :id", "stays as it was"),
            ("UPDATE tax_notes SET state = 'canceled', ended_at = now() WHERE id = :id", "does not go from"),
            ("UPDATE tax_notes SET state = 'authorized' WHERE id = :id", "does not go from"),
            ("UPDATE tax_note_series SET last_number = 0", "given once"),
            (
                SECOND_NOTE,
                "uq_tax_notes_invoice_line_id",
            ),
        ],
    )
    def test_refuses(self, session: Session, note_id: int, statement: str, words: str) -> None:
        with pytest.raises(IntegrityError, match=words), session.begin_nested():
            session.execute(text(statement), {"id": note_id})

    @pytest.mark.deep
    def test_refuses_numbers_with_a_gap(self, session: Session, note_id: int) -> None:
        session.execute(text("UPDATE tax_note_series SET last_number = last_number + 5"))
        paid_month(session)
        with pytest.raises(IntegrityError, match="without gaps"), session.begin_nested():
            night(session, THE_25TH)
        assert {note.state for note in notes(session)} == {NoteState.QUEUED}
        assert note_id
