"""A long return: cut into parts, checked and applied one after the other, the whole told of on its page."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.app import MAX_REQUEST_BYTES
from portal.banking.models.bank_file import BankFile, BankFilePart
from portal.banking.models.boleto import Boleto
from portal.banking.operations.applying import apply_return
from portal.banking.queries.file_contents import whole_content
from portal.banking.rules import return_parts
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.bank_files import BankFileState, StillChecking
from portal.banking.rules.return_parts import outline_of, parts_of
from portal.banking.rules.return_reading import identify, occurrences
from portal.dunning.queries.preparing import unprocessed
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared import clock, queue
from portal.shared.auth import Role
from portal.shared.db import db
from tests.factories.bank_accounts import ACCOUNTS, EVERY_LAYOUT
from tests.factories.bank_files import bring, effects, go_on
from tests.factories.invoices import make_billed
from tests.factories.payments import A_DAY_LATER, ACCOUNT
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.people import ClientOf
from tests.support.remembered import remembered

RECEIVED, CREDITED = "O pagamento é recebido", "Já se sabia: nada muda"


def paying(number: int, **changes: Any) -> ReturnLine:
    values: dict[str, Any] = {
        "code": "06",
        "number": number,
        "on": date(2026, 6, 12),
        "due_on": date(2026, 6, 15),
        "title_cents": 199_90,
        "paid_cents": 199_90,
    }
    return ReturnLine(**(values | changes))


@pytest.fixture
def two_at_once() -> Iterator[None]:
    """A part has two titles; what a test begins with knows nothing of parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(return_parts, "AT_ONCE", 2)
        yield


@remembered
def billed(session: Session, count: int) -> list[int]:
    """The numbers of so many boletos."""
    for _each in range(count):
        make_billed(session)
    return list(session.scalars(select(Boleto.number).order_by(Boleto.number)))


class TestAFile:
    @pytest.mark.parametrize(("account", "size"), EVERY_LAYOUT, ids=lambda one: getattr(one, "bank", one))
    def test_is_cut_between_titles_and_reads_the_same(self, account: BoletoAccount, size: int) -> None:
        lines = [paying(number, pix="https://pix.example/1") for number in range(1, 8)]
        content = return_file(
            account, lines, made_at=datetime(2026, 6, 13, 12, tzinfo=UTC), number=1, size=size
        )
        stream = io.BytesIO(content)
        found = identify(stream, ACCOUNTS)
        parts = list(parts_of(stream, found.layout, at_once=3))
        assert b"".join(part.content for part in parts) == content
        read = [list(occurrences(io.BytesIO(part.content), found, first=part.first_line)) for part in parts]
        assert [len(each) for each in read] == [3, 3, 1]
        assert [one for each in read for one in each] == list(occurrences(stream, found))

    @pytest.mark.parametrize(
        ("numbers", "repeats"), [([1, 2, 3], False), ([1, 2, 1], True), ([], False)], ids=str
    )
    def test_says_whether_payments_are_alike(self, numbers: list[int], repeats: bool) -> None:
        lines = [paying(number) for number in numbers] + [paying(9, code="02", paid_cents=0)] * 2
        stream = io.BytesIO(return_file(ACCOUNT, lines, made_at=A_DAY_LATER, number=1))
        outline = outline_of(occurrences(stream, identify(stream, ACCOUNTS)))
        assert (outline.titles, outline.has_repeats) == (len(numbers) + 2, repeats)


@pytest.mark.usefixtures("two_at_once")
class TestALongReturn:
    def brought(self, session: Session, lines: list[ReturnLine], *, by_person: bool = True) -> BankFile:
        actor = actor_of(make_user(session, role=Role.FINANCE)) if by_person else None
        content = return_file(ACCOUNT, lines, made_at=A_DAY_LATER, number=1)
        return bring(session, content, actor=actor, now=A_DAY_LATER)

    def paid(self, session: Session) -> int:
        return session.scalar(select(func.count(Payment.id))) or 0

    def test_is_checked_then_applied_a_part_at_a_time(self, session: Session) -> None:
        file = self.brought(session, [paying(number) for number in billed(session, 5)])
        assert (file.state, file.part_count, file.line_count) == (BankFileState.CHECKING, 3, 5)
        assert effects(session, file) == [RECEIVED] * 2
        desk = actor_of(make_user(session, role=Role.FINANCE))
        with pytest.raises(StillChecking):
            apply_return(session, file=file, actor=desk, now=A_DAY_LATER)
        go_on(session, file, now=A_DAY_LATER)
        go_on(session, file, now=A_DAY_LATER)
        assert file.state is BankFileState.READ
        assert (effects(session, file), self.paid(session)) == ([RECEIVED] * 5, 0)
        apply_return(session, file=file, actor=desk, now=A_DAY_LATER)
        for done in (2, 4, 5, 5):
            assert self.paid(session) == done
            go_on(session, file, now=A_DAY_LATER)
        assert (file.state, file.applied_at, file.applied_by_id) == (
            BankFileState.APPLIED,
            A_DAY_LATER,
            desk.user_id,
        )

    def test_keeps_reminders_waiting_until_its_end(self, session: Session) -> None:
        file = self.brought(session, [paying(number) for number in billed(session, 3)], by_person=False)
        apply_return(session, file=file, actor=None, now=A_DAY_LATER)
        assert file.state is BankFileState.APPLYING
        assert unprocessed(session)
        go_on(session, file, now=A_DAY_LATER)
        assert (file.state.value, unprocessed(session)) == ("applied", "")

    @pytest.mark.deep
    def test_tells_like_payments_of_different_parts_apart(self, session: Session) -> None:
        (number, other) = billed(session, 2)
        lines = [paying(number), paying(other), paying(number), paying(number)]
        file = self.brought(session, lines[:3], by_person=False)
        for again in (False, True):  # the second file tells of the very same payments
            if again:
                file = self.brought(session, lines)
            go_on(session, file, now=A_DAY_LATER)
            apply_return(session, file=file, actor=None, now=A_DAY_LATER)
            go_on(session, file, now=A_DAY_LATER)
        assert effects(session, file) == [CREDITED, CREDITED, CREDITED, RECEIVED]
        assert self.paid(session) == 4
        assert session.scalars(select(CustomerCredit.amount_cents)).all() == [199_90, 199_90]

    def test_says_what_became_otherwise_since_it_was_checked(self, session: Session) -> None:
        lines = [paying(number) for number in billed(session, 2)]
        file = self.brought(session, lines)
        sooner = bring(
            session, return_file(ACCOUNT, lines[:1], made_at=A_DAY_LATER, number=2), now=A_DAY_LATER
        )
        apply_return(session, file=sooner, actor=None, now=A_DAY_LATER)
        assert effects(session, file) == [RECEIVED, RECEIVED]
        apply_return(session, file=file, actor=None, now=A_DAY_LATER)
        assert effects(session, file) == [CREDITED, RECEIVED]

    @pytest.mark.deep
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE bank_file_parts SET content = ''",
            "DELETE FROM bank_file_parts",
            "DELETE FROM bank_file_lines",
            "UPDATE bank_file_lines SET amount_cents = 1",
            "UPDATE bank_files SET applied_parts = 0",
            "UPDATE bank_files SET part_count = 9",
            "UPDATE bank_files SET state = 'applied', applied_at = now()",
            "UPDATE bank_files SET state = 'applied', applied_at = now(), applied_parts = part_count",
            "UPDATE bank_file_shares SET applied_parts = 0",
            "UPDATE bank_file_shares SET count = 2",
            "UPDATE bank_file_shares SET place = 0, file_id = file_id + 1",
            "DELETE FROM bank_file_shares",
        ],
    )
    def test_is_kept_as_it_came_and_only_goes_on(self, session: Session, change: str) -> None:
        file = self.brought(session, [paying(number) for number in billed(session, 3)], by_person=False)
        apply_return(session, file=file, actor=None, now=A_DAY_LATER)
        with pytest.raises(IntegrityError):
            session.connection().exec_driver_sql(change)


@pytest.fixture
def finance(transaction: Transaction, client_of: ClientOf) -> PortalClient:
    with transaction() as session:
        user_id = make_user(session, role=Role.FINANCE).id
    return client_of(user_id)


def upload(client: PortalClient, content: bytes) -> Any:
    client.get("/arquivos-do-banco")
    form = {"file": (io.BytesIO(content), "CN.RET")}
    return client.submit("/arquivos-do-banco/retorno", form, content_type="multipart/form-data")


def work(app: Flask) -> None:
    with app.app_context():
        queue.run_all(db.engine, clock=clock.now)


class TestItsPage:
    @pytest.mark.usefixtures("two_at_once")
    def test_shows_how_far_it_is_and_what_it_does(
        self, app: Flask, transaction: Transaction, finance: PortalClient
    ) -> None:
        with transaction() as session:
            numbers = billed(session, 5)
        lines = [paying(number) for number in numbers] + [paying(777)]
        shown = location(upload(finance, return_file(ACCOUNT, lines, made_at=clock.now(), number=1)))
        page = finance.get(shown).text
        assert "Partes conferidas" in page
        assert f'hx-get="{shown}"' in page
        assert "Aplicar retorno" not in page
        finance.submit(f"{shown}/aplicar")
        assert "ainda está em conferência" in finance.get(shown).text
        work(app)
        page = finance.get(shown).text
        assert "Aplicar retorno" in page
        assert "hx-trigger" not in page
        (unknown,) = [line for line in page.splitlines() if "?efeito=pay_unknown" in line]
        assert "199,90" in unknown
        finance.submit(f"{shown}/aplicar")
        page = finance.get(shown).text
        assert "está sendo aplicado" in page
        assert "Partes aplicadas" in page
        work(app)
        assert "Aplicado em" in finance.get(shown).text
        only = finance.get(f"{shown}?efeito=pay_unknown").text
        assert only.count('data-label="Ocorrência"') == 1
        by_number = finance.get(f"{shown}?busca={numbers[1]:08d}").text
        assert by_number.count('data-label="Ocorrência"') == 1
        exported = finance.get(f"{shown}/linhas.csv?efeito=pay_unknown").get_data(as_text=True)
        (row,) = exported.splitlines()[1:]
        said = "7;00000777;06 · Liquidação normal;;199,90;0,00;199,90;Boleto desconhecido:"
        assert row == f"{said} o pagamento vai para A conferir"

    @pytest.mark.deep
    def test_gives_the_very_bytes_that_came(self, transaction: Transaction, finance: PortalClient) -> None:
        content = return_file(ACCOUNT, [paying(n) for n in range(1, 4_101)], made_at=clock.now(), number=1)
        shown = location(upload(finance, content))
        with transaction() as session:
            assert session.scalar(select(func.count()).select_from(BankFilePart)) == 3
            assert whole_content(session, session.scalars(select(BankFile)).one()) == content
        assert finance.get(f"{shown}/baixar").data == content


class TestALargeUpload:
    @pytest.mark.parametrize(
        ("titles", "parts", "limit"),
        [(3_000, 2, 2**20), pytest.param(45_000, 23, MAX_REQUEST_BYTES, marks=pytest.mark.deep)],
    )
    def test_is_for_finance_alone(
        self,
        app: Flask,
        transaction: Transaction,
        finance: PortalClient,
        client_of: ClientOf,
        monkeypatch: pytest.MonkeyPatch,
        titles: int,
        parts: int,
        limit: int,
    ) -> None:
        """Forty-five thousand titles: eighteen megabytes, more than anybody else may send."""
        monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", limit)
        lines = [paying(number) for number in range(1, titles + 1)]
        content = return_file(ACCOUNT, lines, made_at=clock.now(), number=1)
        assert len(content) > limit
        assert upload(finance, content).status_code == 303
        with transaction() as session:
            file = session.scalars(select(BankFile)).one()
            assert (file.line_count, file.part_count, file.size) == (titles, parts, len(content))
            seller = make_user(session, role=Role.SUPPORT).id
        other = client_of(seller)
        other.get("/clientes")
        form = {"file": (io.BytesIO(content), "CN.RET")}
        answer = other.submit("/arquivos-do-banco/retorno", form, content_type="multipart/form-data")
        assert answer.status_code == 403
        answer = other.submit("/sair", {"x": (io.BytesIO(content), "x")}, content_type="multipart/form-data")
        assert answer.status_code == 413

    def test_beyond_the_limit_is_refused_at_its_field(
        self, finance: PortalClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from portal.banking.forms import LARGEST_RETURN

        answer = upload(finance, b"x" * (LARGEST_RETURN + 1))
        assert answer.status_code == 422
        assert "O arquivo tem mais de 60 MB." in answer.text
