"""A return carried out in sets, by two shares and line by line leaves the same rows, column by column."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFileShare
from portal.banking.operations.applying import apply_return
from portal.banking.operations.settling import settle_boletos
from portal.banking.rules import return_parts
from portal.banking.rules.bank_files import APPLY_RETURN, CHECK_RETURN, BankFileState
from portal.overdue.models import OverdueChunk
from portal.overdue.operations.nights import do_chunk, plan_night
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.settings.rules.names import Name
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.queue import QueuedJob
from tests.factories.bank_files import bring, go_on
from tests.factories.following import what_follows
from tests.factories.payments import ACCOUNT
from tests.factories.returned import bill_by_boleto, boletos, subscribe
from tests.factories.settings import set_to
from tests.factories.subscriptions import copy_versions
from tests.factories.users import actor_of, make_user
from tests.support.remembered import remembered

DUE, LATE, CREDITED = date(2026, 7, 15), date(2026, 7, 25), date(2026, 7, 27)
NOW, THAT_MORNING = at_sao_paulo(LATE, 18), at_sao_paulo(CREDITED, 6)
PRICE = 199_90
CHARGES = 4_00 + 67  # 2 % of R$ 199,90, and 1 % a month of it for 10 days: R$ 3,998 and R$ 0,666…
KEY_OF = "(SELECT external_id FROM payments WHERE id = {column})"
# What each table holds, but for the ids that a sequence gives out.
TABLES: dict[str, dict[str, str | None]] = {
    "payments": {"id": None},
    "postings": {"id": None},
    "late_charges": {"id": None},
    "coverages": {"id": None},
    "repasse_accruals": {"id": None},
    "boleto_settlements": {"id": None},
    "mail_messages": {"id": None, "message_id": None},
    "queued_jobs": {"id": None},
    "parked_payments": {"id": None, "payment_id": KEY_OF},
    "customer_credits": {"id": None, "payment_id": KEY_OF},
    "invoices": {},
    "boletos": {},
    "subscriptions": {},
    "contracts": {},
}
COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:t AS regclass) AND attnum > 0"
    " AND NOT attisdropped"
)


def rows(session: Session) -> dict[str, list[Any]]:
    """Everything in the tables, told apart by what it says."""
    session.flush()
    found = {}
    for table, changed in TABLES.items():
        names = session.scalars(text(COLUMNS), {"t": table}).all()
        kept = [
            (changed[name] or "").format(column=f"{table}.{name}") if name in changed else f"{table}.{name}"
            for name in names
        ]
        columns = ", ".join(f"{column} AS c{place}" for place, column in enumerate(kept) if column)
        told = session.execute(text(f"SELECT row_to_json(r)::text FROM (SELECT {columns} FROM {table}) AS r"))  # noqa: S608
        found[table] = sorted(told.scalars())
    return found


def lines(session: Session) -> list[ReturnLine]:
    """Each boleto in the next way of many, over and over: the odd between the usual."""
    found = []
    for place, boleto in enumerate(boletos(session)):
        values: dict[str, Any] = {
            "code": "06",
            "number": boleto.number,
            "on": DUE,
            "due_on": boleto.due_on,
            "title_cents": PRICE,
            "paid_cents": PRICE,
            "fee_cents": 1_99,
        }
        changes: tuple[dict[str, Any], ...] = (
            {},
            {"on": LATE, "paid_cents": PRICE + CHARGES, "charges_cents": CHARGES},
            {"on": LATE, "paid_cents": PRICE},
            {"on": LATE, "paid_cents": PRICE + CHARGES - 3, "charges_cents": CHARGES - 3},
            {"on": LATE, "paid_cents": PRICE + 1_00, "charges_cents": 1_00},
            {"paid_cents": PRICE - 5, "fee_cents": 0},
            {"paid_cents": PRICE + 5},
            {"paid_cents": PRICE - 100_00},
            {"paid_cents": PRICE + 50_00},
            {"credited_on": CREDITED},
            {"on": LATE, "credited_on": CREDITED, "paid_cents": PRICE + CHARGES, "charges_cents": CHARGES},
            {"code": "09", "paid_cents": 0},
            {"code": "88", "paid_cents": 0},
            {"number": 9_000_000 + boleto.number},
            {"code": "02", "paid_cents": 0},
        )
        line = ReturnLine(**(values | changes[place % len(changes)]))
        found.append(line)
        if place % 20 == 0:
            found.append(line)  # paid twice
    return found


def carry_out(session: Session, *, in_sets: bool) -> dict[str, list[Any]]:
    content = return_file(ACCOUNT, lines(session), made_at=NOW, number=1)
    file = bring(session, content, now=NOW)
    apply_return(session, file=file, actor=None, now=NOW, in_sets=in_sets)
    return with_what_follows(session, in_sets=in_sets)


def carry_out_in_shares(session: Session) -> dict[str, list[Any]]:
    """As a long return goes: read by a person, then some lines at a time by two who take turns."""
    desk = actor_of(make_user(session, role=Role.FINANCE))
    content = return_file(ACCOUNT, lines(session), made_at=NOW, number=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(return_parts, "AT_ONCE", 4)
        file = bring(session, content, actor=desk, now=NOW)
        while file.state is BankFileState.CHECKING:
            go_on(session, file, now=NOW)
        apply_return(session, file=file, actor=desk, now=NOW)
        while file.state is BankFileState.APPLYING:
            go_on(session, file, now=NOW)
    assert session.scalars(select(BankFileShare.applied_parts)).all() == [9, 9]
    of_file = QueuedJob.kind.in_([CHECK_RETURN, APPLY_RETURN])
    session.execute(delete(QueuedJob).where(of_file))
    return with_what_follows(session, in_sets=True)


def with_what_follows(session: Session, *, in_sets: bool) -> dict[str, list[Any]]:
    what_follows(session)
    settle_boletos(session, today=CREDITED, now=THAT_MORNING, in_sets=in_sets)
    what_follows(session)
    return rows(session)


@remembered
def subscribed(session: Session, *, charges_first: int) -> None:
    set_to(session, Name.CHARGES_FIRST, charges_first)
    subscribe(session, count=32, resellers=4)
    copy_versions(session)


@pytest.fixture
def july(session: Session, request: pytest.FixtureRequest) -> Session:
    """Thirty-two invoices that are ten days late, their contracts told so, with registered boletos.

    `param`: whether their charges are paid first.
    """
    subscribed(session, charges_first=request.param)
    bill_by_boleto(session)
    plan_night(session, day=LATE, now=at_sao_paulo(LATE, 1))
    for chunk_id in session.scalars(select(OverdueChunk.id)).all():
        do_chunk(session, chunk_id, now=at_sao_paulo(LATE, 1))
    session.flush()
    return session


class TestAReturn:
    # One by one go a part, too much, and what came twice, two of each; five centavos too, beyond three. Where
    # charges come first, what pays the face alone, late, is a part, and so is the face and R$ 1,00.
    @pytest.mark.parametrize(
        ("july", "tolerance", "odd"),
        [
            (0, 3, 10),
            pytest.param(0, 10, 6, marks=pytest.mark.deep),
            pytest.param(1, 10, 10, marks=pytest.mark.deep),
        ],
        indirect=["july"],
    )
    def test_in_sets_and_in_shares_leaves_what_line_by_line_leaves(
        self, july: Session, tolerance: int, odd: int
    ) -> None:
        set_to(july, Name.TOLERANCE_CENTS, tolerance)
        with july.begin_nested() as one_by_one:
            expected = carry_out(july, in_sets=False)
            one_by_one.rollback()
        july.expire_all()
        with july.begin_nested() as in_shares:
            shared = carry_out_in_shares(july)
            in_shares.rollback()
        july.expire_all()
        found = carry_out(july, in_sets=True)
        for table in TABLES:
            assert found[table] == expected[table] == shared[table], table
        assert (
            len(found["payments"]) == 4 + 28
        )  # the first ones of those that were copied, and two paid twice
        assert len(found["late_charges"]) == 11
        log = select(func.count(LogEntry.id)).where(LogEntry.action == "payment_received")
        assert july.scalar(log.where(LogEntry.at == NOW)) == odd
