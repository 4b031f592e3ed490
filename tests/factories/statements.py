"""Statements in OFX, as banks export them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.factories.payments import ACCOUNT

ACCTID = f"{ACCOUNT.branch}{ACCOUNT.account}{ACCOUNT.account_digit}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a statement; `amount` as its bank writes it."""

    fitid: str
    on: date
    amount: str
    memo: str
    kind: str = "CREDIT"


def ofx(entries: Sequence[Entry], *, bank: str = "0341", account: str = ACCTID) -> bytes:
    """OFX 1.02 with open leaves and Windows line ends, as most banks write it."""
    lines = ["OFXHEADER:100", "DATA:OFXSGML", "VERSION:102", "SECURITY:NONE", "ENCODING:USASCII"]
    lines += ["CHARSET:1252", "COMPRESSION:NONE", "OLDFILEUID:NONE", "NEWFILEUID:NONE", "", "<OFX>"]
    lines += ["<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>", "<DTSERVER>20260611090000"]
    lines += ["<LANGUAGE>POR</SONRS></SIGNONMSGSRSV1>", "<BANKMSGSRSV1><STMTTRNRS><TRNUID>1"]
    lines += ["<STATUS><CODE>0<SEVERITY>INFO</STATUS>", "<STMTRS><CURDEF>BRL"]
    lines += [f"<BANKACCTFROM><BANKID>{bank}<ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM>"]
    lines += ["<BANKTRANLIST><DTSTART>20260601<DTEND>20260611"]
    for each in entries:
        lines += ["<STMTTRN>", f"<TRNTYPE>{each.kind}", f"<DTPOSTED>{each.on:%Y%m%d}100000[-03:EST]"]
        lines += [f"<TRNAMT>{each.amount}", f"<FITID>{each.fitid}", f"<MEMO>{each.memo}", "</STMTTRN>"]
    lines += ["</BANKTRANLIST>", "<LEDGERBAL><BALAMT>0.00<DTASOF>20260611</LEDGERBAL>"]
    lines += ["</STMTRS></STMTTRNRS></BANKMSGSRSV1>", "</OFX>", ""]
    return "\r\n".join(lines).encode("cp1252")
