"""Accounts of several banks: added, changed, and each with what it receives."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.models.account import BankAccount
from portal.banking.models.boleto import Boleto
from portal.banking.operations.accounts import change_account
from portal.banking.operations.boleto import issue_boleto
from portal.banking.operations.remittances import make_remittance, mark_sent
from portal.banking.queries.account import as_boleto_account, boleto_account, pix_account, ted_account
from portal.banking.queries.bank_files import count_to_send
from portal.banking.rules.account_changes import (
    AccountChangedMeanwhile,
    AccountTaken,
    ChangedAccount,
    DefaultStays,
    PixNeedsKey,
)
from portal.banking.rules.accounts import BoletoAccount, UnusableAccount
from portal.banking.rules.bank_files import AlreadySent, BankFileState
from portal.banking.rules.boleto import SeriesExhausted
from portal.checkout.pages.slip import slip_of
from portal.invoices.queries.reading import load_invoice
from portal.shared.auth import Actor, Role
from portal.shared.environment import environment
from tests.factories.bank_accounts import BRADESCO, BRASIL, SANTANDER
from tests.factories.bank_rows import add_account
from tests.factories.invoices import make_billed, make_invoice
from tests.factories.payments import A_DAY_LATER, ACCOUNT
from tests.factories.users import actor_of, make_user


def admin(session: Session) -> Actor:
    return actor_of(make_user(session, role=Role.ADMIN))


def changed(row: BankAccount, **changes: Any) -> ChangedAccount:
    values: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("name", "variation", "transmission", "pix_key", "last_number", "lock_version")
    }
    flags = {"is_boleto_default": False, "is_pix_default": False, "is_ted_default": False}
    return ChangedAccount(**(values | flags | changes))


class TestTheFirstAccount:
    def test_is_the_one_of_the_settings_and_receives_everything(self, session: Session) -> None:
        row = session.scalars(select(BankAccount)).one()
        assert (row.series, row.bank, row.account_digit) == ("341/0057/12345/109", "341", "7")
        assert boleto_account(session).series == ACCOUNT.series
        assert pix_account(session).key == "11222333000181"
        assert ted_account(session).account == "12345-7"


class TestAnAccountOfAnotherBank:
    @pytest.mark.deep
    def test_takes_new_boletos_over_and_leaves_the_old_ones(self, session: Session) -> None:
        old = make_invoice(session)
        add_account(session, BRADESCO, last_number=99_999_999_999)
        new = make_billed(session).invoice
        series = {boleto.invoice_id: boleto.series for boleto in session.scalars(select(Boleto))}
        assert series == {old.id: "341/0057/12345/109", new.id: "237/1234/0056789/09/4567890"}
        assert pix_account(session).key == "11222333000181"

    def test_numbers_boletos_within_its_range(self, session: Session) -> None:
        row = add_account(session, BRASIL, first_number=500, last_number=501)
        numbers: list[str] = []
        for _each in range(2):
            invoice = make_billed(session).invoice
            numbers += session.scalars(select(Boleto.our_number).where(Boleto.invoice_id == invoice.id))
        assert numbers == ["12345670000000500", "12345670000000501"]
        billed = make_billed(session, payment_method="ted")
        with pytest.raises(SeriesExhausted):
            issue_boleto(
                session, invoice_id=billed.invoice.id, account=as_boleto_account(row), now=A_DAY_LATER
            )

    @pytest.mark.parametrize(
        ("account", "bank", "wallet", "where"),
        [
            (BRADESCO, "237-2", "09", "1234/0056789-1"),
            (BRASIL, "001-9", "17", "3456/00012345-6"),
            (SANTANDER, "033-7", "101", "2271/1234567"),
        ],
    )
    def test_stands_on_the_slip_of_its_boletos(
        self, session: Session, account: BoletoAccount, bank: str, wallet: str, where: str
    ) -> None:
        add_account(session, account)
        invoice = load_invoice(session, make_invoice(session).id)
        boleto = session.scalars(select(Boleto).where(Boleto.invoice_id == invoice.id)).one()
        slip = slip_of(session, boleto, invoice, environment())
        assert (slip.bank_code, slip.wallet, slip.branch_account) == (bank, wallet, where)

    def test_has_remittances_of_its_own_numbered_from_one(self, session: Session) -> None:
        make_invoice(session)
        row = add_account(session, BRADESCO)
        make_billed(session)
        assert [(one.name, one.count) for one in count_to_send(session)] == [
            ("Itaú 0057/12345-7", 1),
            ("Conta 237", 1),
        ]
        by = admin(session)
        files = [
            make_remittance(session, account=account, actor=by, now=A_DAY_LATER)
            for account in (ACCOUNT, as_boleto_account(row))
        ]
        assert [(file.number, file.name) for file in files] == [(1, "CB110601.REM"), (1, "CB110601237.REM")]
        assert count_to_send(session) == []

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"branch": "12"}, "branch"),
            ({"account": "123"}, "account"),
            ({"account_digit": ""}, "account_digit"),
            ({"wallet": "109"}, "wallet"),
            ({"agreement": ""}, "agreement"),
            ({"agreement": "123456"}, "agreement"),
            ({"variation": ""}, "variation"),
            ({"transmission": "1"}, "transmission"),
            ({"last_number": 0}, "last_number"),
            ({"first_number": 9, "last_number": 8}, "last_number"),
            ({"last_number": 10_000_000_000}, "last_number"),
            ({"bank": "104"}, "bank"),
        ],
    )
    def test_is_one_its_bank_would_know(self, session: Session, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(UnusableAccount) as refused:
            add_account(session, BRASIL, **changes)
        assert refused.value.field == field

    def test_is_there_once(self, session: Session) -> None:
        add_account(session, BRASIL)
        with pytest.raises(AccountTaken):
            add_account(session, BRASIL, name="Outra vez")

    def test_without_a_key_receives_no_pix(self, session: Session) -> None:
        with pytest.raises(PixNeedsKey):
            add_account(session, BRASIL, is_pix_default=True)
        receives = {"is_pix_default": True, "is_ted_default": True, "pix_key": "pix@portal.example"}
        add_account(session, SANTANDER, **receives)
        assert pix_account(session).key == "pix@portal.example"
        assert ted_account(session).bank_name == "Santander"


class TestChangingAnAccount:
    def test_closes_it_once_others_receive(self, session: Session) -> None:
        first = session.scalars(select(BankAccount)).one()
        by = admin(session)
        with pytest.raises(DefaultStays):
            change_account(
                session,
                account_id=first.id,
                values=changed(first, is_closed=True),
                actor=by,
                now=A_DAY_LATER,
            )
        flags = {"is_pix_default": True, "is_ted_default": True, "pix_key": "pix@portal.example"}
        add_account(session, SANTANDER, **flags)
        session.refresh(first)
        change_account(
            session, account_id=first.id, values=changed(first, is_closed=True), actor=by, now=A_DAY_LATER
        )
        assert first.closed_at == A_DAY_LATER

    def test_from_an_old_page_is_refused(self, session: Session) -> None:
        first = session.scalars(select(BankAccount)).one()
        old = changed(first, name="Antigo")
        by = admin(session)
        change_account(
            session, account_id=first.id, values=changed(first, name="Novo"), actor=by, now=A_DAY_LATER
        )
        with pytest.raises(AccountChangedMeanwhile):
            change_account(session, account_id=first.id, values=old, actor=by, now=A_DAY_LATER)

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE bank_accounts SET account = '99999'",
            "UPDATE bank_accounts SET closed_at = now()",
            "UPDATE bank_accounts SET pix_key = ''",
            "DELETE FROM bank_accounts",
        ],
    )
    def test_beyond_what_may_change_is_refused_by_the_database(self, session: Session, change: str) -> None:
        with pytest.raises(IntegrityError):
            session.connection().exec_driver_sql(change)


class TestARemittance:
    def test_is_marked_as_sent_once(self, session: Session) -> None:
        make_invoice(session)
        by = admin(session)
        file = make_remittance(session, account=ACCOUNT, actor=by, now=A_DAY_LATER)
        mark_sent(session, file_id=file.id, actor=by, now=A_DAY_LATER)
        assert (file.state, file.sent_at, file.sent_by_id) == (
            BankFileState.SENT,
            A_DAY_LATER,
            by.user_id,
        )
        with pytest.raises(AlreadySent):
            mark_sent(session, file_id=file.id, actor=by, now=A_DAY_LATER)
