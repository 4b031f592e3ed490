"""The files that each bank gets, position by position as its manual counts them."""

import pytest
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.operations.remittances import make_remittance
from portal.banking.queries.account import as_boleto_account
from portal.banking.rules.accounts import BoletoAccount
from portal.invoices.models import Invoice
from portal.shared.auth import Role
from tests.factories.bank_accounts import BRADESCO, BRASIL, SANTANDER
from tests.factories.bank_files import records
from tests.factories.bank_rows import add_account
from tests.factories.following import what_follows
from tests.factories.invoices import make_billed
from tests.factories.payments import A_DAY_LATER, pay
from tests.factories.users import actor_of, make_user


def sent(session: Session, account: BoletoAccount) -> tuple[Invoice, list[str]]:
    """An invoice and the records of the remittance that asks for its boleto."""
    row = add_account(session, account)
    invoice = make_billed(session).invoice
    return invoice, records_of(session, make(session, as_boleto_account(row)))


def make(session: Session, account: BoletoAccount) -> BankFile:
    by = actor_of(make_user(session, role=Role.FINANCE))
    return make_remittance(session, account=account, actor=by, now=A_DAY_LATER)


def records_of(session: Session, file: BankFile) -> list[str]:
    found = records(session, file)
    assert found.pop() == ""
    return found


def at(record: str, first: int, last: int) -> str:
    return record[first - 1 : last]


class TestBradesco400:
    def test_asks_to_register(self, session: Session) -> None:
        invoice, records = sent(session, BRADESCO)
        assert [len(record) for record in records] == [400, 400, 400]
        header, title, trailer = records
        assert at(header, 1, 26).strip() == "01REMESSA01COBRANCA"
        assert (at(header, 27, 46), at(header, 77, 79)) == ("00000000000004567890", "237")
        assert (at(header, 95, 100), at(header, 109, 117)) == ("110626", "MX0000001")
        assert at(title, 21, 37) == "0" + "009" + "01234" + "0056789" + "1"
        # the check digit: 9 × 7 + 1 × 2 = 65, 10 left of 11, 11 - 10 = 1
        assert (at(title, 71, 81), at(title, 82, 82)) == ("00000000001", "1")
        assert (at(title, 109, 110), at(title, 121, 126)) == ("01", "150626")
        assert at(title, 127, 139) == "0000000019990"
        assert at(title, 219, 234) == "02" + invoice.payer_document
        assert at(title, 235, 274).strip() == "PADARIA PAO QUENTE LTDA"
        assert [at(record, 395, 400) for record in records] == ["000001", "000002", "000003"]
        assert at(trailer, 1, 1) == "9"

    @pytest.mark.deep
    def test_takes_back_what_was_paid_otherwise(self, session: Session) -> None:
        invoice, _records = sent(session, BRADESCO)
        pay(session, invoice_id=invoice.id)
        what_follows(session)
        assert at(records_of(session, make(session, BRADESCO))[1], 109, 110) == "02"


class TestBrasil240:
    def test_asks_to_register(self, session: Session) -> None:
        invoice, records = sent(session, BRASIL)
        assert {len(record) for record in records} == {240}
        assert [at(record, 8, 8) + at(record, 14, 14) for record in records[2:5]] == ["3P", "3Q", "3R"]
        header, title, payer = records[0], records[2], records[3]
        assert (at(header, 1, 8), at(header, 143, 143)) == ("00100000", "1")
        assert at(header, 33, 52) == "001234567" + "0014" + "17" + "019" + "  "
        assert (at(header, 144, 151), at(header, 158, 163)) == ("11062026", "000001")
        assert (at(title, 16, 17), at(title, 18, 22), at(title, 24, 35)) == ("01", "03456", "000000012345")
        assert (at(title, 38, 57), at(title, 58, 58)) == ("12345670000000001   ", "7")
        assert (at(title, 78, 85), at(title, 86, 100)) == ("15062026", "000000000019990")
        assert at(payer, 18, 33) == "2" + "0" + invoice.payer_document
        assert (at(records[-2], 18, 23), at(records[-1], 24, 29)) == ("000005", "000007")


class TestSantander240:
    def test_asks_to_register(self, session: Session) -> None:
        invoice, records = sent(session, SANTANDER)
        assert {len(record) for record in records} == {240}
        header, title, payer = records[0], records[2], records[3]
        assert (at(header, 1, 8), at(header, 33, 47)) == ("03300000", "227100012345678")
        assert (at(title, 16, 17), at(title, 18, 21)) == ("01", "2271")
        # 1 × 2 = 2, 11 - 2 = 9
        assert (at(title, 45, 57), at(title, 58, 58)) == ("0000000000019", "5")
        assert (at(title, 78, 85), at(title, 86, 100)) == ("15062026", "000000000019990")
        assert at(payer, 18, 33) == "2" + "0" + invoice.payer_document
        assert (at(records[-2], 18, 23), at(records[-1], 24, 29)) == ("000005", "000007")


@pytest.mark.deep
@pytest.mark.parametrize("account", [BRADESCO, BRASIL, SANTANDER])
def test_a_boleto_stands_in_one_remittance_only(session: Session, account: BoletoAccount) -> None:
    _invoice, records = sent(session, account)
    make_billed(session)
    assert len(records_of(session, make(session, account))) == len(records)
