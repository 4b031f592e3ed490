"""The return files that the bank of the tests writes, in each bank's layouts. Pure.

They are the very bytes a bank would send. Positions are the manuals', counted from 1, and written down here
once more: a reader and a writer of one table would agree on its errors.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from portal.banking.rules.accounts import BANKS, BoletoAccount
from portal.banking.rules.boleto import codes_of
from portal.shared.brazil import folded
from portal.shared.clock import day_of

type Fields = Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """One title of a return to write. The customer pays `paid_cents`; the bank keeps its fee of that.

    `charges_cents` are the interest within what was paid. It is credited at once unless `credited_on` says
    another day. `pix`: the title has a record of its Pix beside it.
    """

    code: str
    number: int
    on: date
    due_on: date
    title_cents: int
    paid_cents: int = 0
    fee_cents: int = 0
    charges_cents: int = 0
    discount_cents: int = 0
    branch: str = "00570"
    reasons: str = ""
    pix: str = ""
    credited_on: date | None = None


def return_file(
    account: BoletoAccount,
    lines: Iterable[ReturnLine],
    *,
    made_at: datetime,
    number: int,
    size: int | None = None,
) -> bytes:
    """A return of this account, of 400 or 240 positions a line; without `size` as its bank's remittances.

    `number` tells files of one day apart.
    """
    write = _file_400 if (size or BANKS[account.bank].remittance_size) == 400 else _file_240
    records = write(account, tuple(lines), made_at, number)
    return "".join(f"{record}\r\n" for record in records).encode("ascii")


def _file_400(
    account: BoletoAccount, lines: tuple[ReturnLine, ...], made_at: datetime, number: int
) -> list[str]:
    records = [
        {
            1: "02RETORNO01COBRANCA",
            47: folded(account.company).upper()[:30],
            77: account.bank,
            80: folded(BANKS[account.bank].name).upper()[:15],
            95: f"{day_of(made_at):%d%m%y}",
            **_owner_400(account, number),
        }
    ]
    for line in lines:
        records.append(_title_400(account, line))
        if line.pix and account.bank != "001":
            records.append(_pix_400(account.bank, line.pix))
    records.append({1: f"9201{account.bank}", **_end_400(account, lines)})
    return [
        _record(record | {395: f"{position:06d}"}, 400) for position, record in enumerate(records, start=1)
    ]


def _end_400(account: BoletoAccount, lines: tuple[ReturnLine, ...]) -> dict[int, str]:
    if account.bank != "341":
        return {}
    return {213: f"{len(lines):08d}", 221: f"{sum(line.title_cents for line in lines):014d}"}


def _owner_400(account: BoletoAccount, number: int) -> dict[int, str]:
    digits = f"{account.account:0>8}"
    of_banks: Mapping[str, dict[int, str]] = {
        "341": {
            27: f"{account.branch}00{account.account}{account.account_digit}",
            109: f"{number % 100_000:05d}",
        },
        "237": {27: f"{account.agreement:0>20}", 109: f"{number % 100_000:05d}"},
        "001": {
            27: f"{account.branch}9{digits}{account.account_digit}000000",
            101: f"{number % 10_000_000:07d}",
            150: f"{account.agreement:0>7}",
        },
        "033": {
            27: f"{account.branch}{digits}{digits}",
            111: f"{account.agreement:0>7}",
            392: f"{number % 1_000:03d}",
        },
    }
    return of_banks[account.bank]


def _pix_400(bank: str, text: str) -> dict[int, str]:
    """The record of a title's Pix; Banco do Brasil has none."""
    where = "pix.exemplo.com.br/qr/v2/cobv/1"
    of_banks: Mapping[str, dict[int, str]] = {
        "341": {1: "3", 2: text[:390]},
        "237": {1: "4", 29: where, 106: text[:35]},
        "033": {1: "2", 3: where, 80: text[:35]},
    }
    return of_banks[bank]


def _title_400(account: BoletoAccount, line: ReturnLine) -> dict[int, str]:
    printed = codes_of(account, number=line.number, amount_cents=1, due_on=line.due_on).our_number
    digit = printed[-1]
    own: dict[int, str] = {
        "341": {
            1: f"102{account.company_document:>14}{account.branch}00{account.account}{account.account_digit}",
            63: f"{line.number:08d}{digit}",
            83: account.wallet,
            108: "I",
            378: line.reasons,
        },
        "237": {
            1: f"102{account.company_document:>14}",
            21: f"0{account.wallet:0>3}{account.branch:0>5}{account.account:0>7}{account.account_digit}",
            71: f"{line.number:011d}{digit}",
            108: account.wallet[-1],
            319: line.reasons,
        },
        "001": {
            1: "7",
            18: f"{account.branch}9{account.account:0>8}{account.account_digit}{account.agreement:0>7}",
            64: f"{account.agreement:0>7}{line.number:010d}",
            87: line.reasons[:2],
            107: account.wallet,
        },
        "033": {
            1: f"102{account.company_document:>14}{account.branch}{account.account:0>8}{account.account:0>8}",
            63: f"{line.number % 10_000_000:07d}{digit}",
            108: "5",
            137: line.reasons,
        },
    }[account.bank]
    return own | _amounts_400(account, line)


def _amounts_400(account: BoletoAccount, line: ReturnLine) -> dict[int, str]:
    """Itaú credits what is left of the payment and says so; the others say what was paid."""
    is_net, is_brasil = account.bank == "341", account.bank == "001"
    amount = max(line.paid_cents - line.fee_cents, 0) if is_net else line.paid_cents
    credited_on = f"{line.credited_on or line.on:%d%m%y}" if line.paid_cents else ""
    return {
        109: line.code,
        111: f"{line.on:%d%m%y}",
        147: f"{line.due_on:%d%m%y}",
        153: f"{line.title_cents:013d}",
        166: account.bank,
        169: line.branch,
        174: "01",
        176: f"{credited_on or '000000'}{line.fee_cents:07d}" if is_brasil else f"{line.fee_cents:013d}",
        228: f"{0:013d}{line.discount_cents:013d}{amount:013d}{line.charges_cents:013d}{0:013d}",
        296: "" if is_brasil else credited_on,
    }


def _file_240(
    account: BoletoAccount, lines: tuple[ReturnLine, ...], made_at: datetime, number: int
) -> list[str]:
    day = f"{day_of(made_at):%d%m%Y}"
    company = folded(account.company).upper()[:30]
    batch: list[dict[int, str]] = [
        {1: f"{account.bank}00011T01", 74: company, 184: f"{number % 10**8:08d}", 192: day}
    ]
    for line in lines:
        batch += [_first_half(account, line), _second_half(line)]
        if line.pix:
            batch.append({8: "3", 14: "Y", 16: line.code, 18: "03", 82: "pix.exemplo/1", 159: line.pix[:35]})
    for position, record in enumerate(batch[1:], start=1):
        record.update({1: f"{account.bank}0001", 9: f"{position % 100_000:05d}"})
    batch.append({1: f"{account.bank}00015", 18: f"{len(batch) + 1:06d}"})
    head = {1: f"{account.bank}00000", 103: folded(BANKS[account.bank].name).upper(), 143: "2"}
    head |= {144: day, 158: f"{number % 10**6:06d}"} | _owner_240(account, company)
    end = {1: f"{account.bank}99999", 18: f"000001{len(batch) + 2:06d}"}
    return [_record(record, 240) for record in (head, *batch, end)]


def _owner_240(account: BoletoAccount, company: str) -> dict[int, str]:
    if account.bank == "033":
        owner = {17: f"2{account.company_document:0>15}", 53: f"{account.agreement:0>9}"}
        owner[33] = f"{account.branch}0{account.account:0>9}{account.account_digit}"
    else:
        owner = {18: f"2{account.company_document:0>14}"}
        owner[53] = f"{account.branch:0>5} {account.account:0>12}{account.account_digit}"
    if account.bank == "001":
        owner[33] = f"{account.agreement:0>9}0014{account.wallet}{account.variation:0>3}"
    if account.bank == "237":
        owner[33] = f"{account.agreement:0>20}"
    return owner | {73: company}


def _first_half(account: BoletoAccount, line: ReturnLine) -> dict[int, str]:
    digit = codes_of(account, number=line.number, amount_cents=1, due_on=line.due_on).our_number[-1]
    head = {8: "3", 14: "T", 16: line.code, 18: f"{account.branch:0>5}"}
    if account.bank == "033":
        return head | {
            18: account.branch,
            23: f"{account.account:0>9}{account.account_digit}",
            41: f"{line.number:012d}{digit}",
            70: f"{line.due_on:%d%m%Y}{line.title_cents:015d}033{line.branch[:4]}",
            194: f"{line.fee_cents:015d}{line.reasons}",
        }
    number = {
        "341": {38: f"{account.wallet}{line.number:08d}{digit}"},
        "237": {38: f"{account.wallet:0>3}00000{line.number:011d}{digit}"},
        "001": {38: f"{account.agreement:0>7}{line.number:010d}"},
    }[account.bank]
    return (
        head
        | number
        | {
            24: f"{account.account:0>12}{account.account_digit}",
            74: f"{line.due_on:%d%m%Y}{line.title_cents:015d}{account.bank}{line.branch}",
            199: f"{line.fee_cents:015d}{line.reasons}",
        }
    )


def _second_half(line: ReturnLine) -> dict[int, str]:
    return {
        8: "3",
        14: "U",
        16: line.code,
        18: f"{line.charges_cents:015d}{line.discount_cents:015d}{0:015d}{0:015d}",
        78: f"{line.paid_cents:015d}{max(line.paid_cents - line.fee_cents, 0):015d}{0:015d}{0:015d}",
        138: f"{line.on:%d%m%Y}" + (f"{line.credited_on or line.on:%d%m%Y}" if line.paid_cents else "0" * 8),
    }


def _record(fields: Fields, size: int) -> str:
    record = " " * size
    for first, text in fields.items():
        record = record[: first - 1] + text + record[first - 1 + len(text) :]
    return record[:size]
