"""The bank of the tests: what it writes when a tester pays. Pure.

It makes the very bytes a bank would send (a CNAB 400 return, a signed notice); they then take the bank's
own way in.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from portal.banking.rules.boleto import BoletoAccount, BoletoState
from portal.banking.rules.cnab import HEADER, RECORD_LENGTH
from portal.shared.brazil import folded, is_company
from portal.shared.clock import day_of
from portal.shared.labels import LabeledEnum


class BankAct(LabeledEnum):
    """What the bank does."""

    REGISTER = "register", "Registra o boleto"
    REJECT = "reject", "Recusa o registro do boleto"
    BOLETO = "boleto", "Recebe o boleto"
    PIX = "pix", "Recebe um Pix"
    TED = "ted", "Recebe uma TED"

    @property
    def needs_boleto(self) -> bool:
        return self in (BankAct.REGISTER, BankAct.REJECT, BankAct.BOLETO)


def acts_on(boleto: BoletoState | None) -> tuple[BankAct, ...]:
    """What the bank can do to an open invoice with a boleto in this state, or without one."""
    asked_for = boleto is BoletoState.ISSUED
    return tuple(
        act
        for act in BankAct
        if not act.needs_boleto or asked_for or (act is BankAct.BOLETO and boleto is not None)
    )


class Manner(LabeledEnum):
    """How the bank does it."""

    USUAL = "usual", "Como deve ser"
    OTHER_AMOUNT = "other_amount", "Com o valor escrito abaixo"
    OTHER_PAYER = "other_payer", "Outra pessoa paga (Pix ou TED), o valor escrito abaixo ou o da fatura"
    TOLD_TWICE = "told_twice", "Avisa duas vezes do mesmo pagamento"
    PAID_TWICE = "paid_twice", "O cliente pagou duas vezes"
    LATE = "late", "Dez dias depois do vencimento"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """One line of a return to write. The customer pays `paid_cents`; the bank credits that less its fee."""

    code: str
    number: int
    on: date
    due_on: date
    title_cents: int
    paid_cents: int = 0
    fee_cents: int = 0
    charges_cents: int = 0
    branch: str = "00570"
    reasons: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A Pix or TED to tell of."""

    external_id: str
    reference: str
    amount_cents: int
    at: datetime
    payer_name: str
    payer_document: str


def return_file(
    account: BoletoAccount, lines: Iterable[ReturnLine], *, made_at: datetime, number: int
) -> bytes:
    """A CNAB 400 return of this account. `number` tells files of one day apart."""
    own_account = f"{account.branch}00{account.account}{account.account_digit}"
    records = [
        _record(
            {
                0: HEADER,
                26: own_account,
                46: folded(account.company).upper()[:30],
                76: account.bank,
                94: f"{day_of(made_at):%d%m%y}",
                108: f"{number % 100_000:05d}",
                394: "000001",
            }
        )
    ]
    records += [_detail(account, line, position) for position, line in enumerate(lines, start=2)]
    records.append(_record({0: f"9201{account.bank}", 394: f"{len(records) + 1:06d}"}))
    return "".join(f"{record}\r\n" for record in records).encode("ascii")


def notice(kind: BankAct, transfers: Iterable[Transfer]) -> bytes:
    """What the bank's call about Pix or TEDs says."""
    id_name, reference, payer = {
        BankAct.PIX: ("endToEndId", "txid", "pagador"),
        BankAct.TED: ("idTransacao", "identificador", "remetente"),
    }[kind]
    items = [
        {
            id_name: transfer.external_id,
            reference: transfer.reference,
            "valor": f"{transfer.amount_cents // 100}.{transfer.amount_cents % 100:02d}",
            "horario": transfer.at.isoformat(),
            payer: {
                "nome": transfer.payer_name,
                "cnpj" if is_company(transfer.payer_document) else "cpf": transfer.payer_document,
            },
        }
        for transfer in transfers
    ]
    return json.dumps({kind.value: items}, ensure_ascii=False).encode()


def _detail(account: BoletoAccount, line: ReturnLine, position: int) -> str:
    return _record(
        {
            0: f"102{account.company_document:>14}{account.branch}00{account.account}{account.account_digit}",
            62: f"{line.number:08d}",
            82: account.wallet,
            107: "I",
            108: line.code,
            110: f"{line.on:%d%m%y}",
            146: f"{line.due_on:%d%m%y}",
            152: f"{line.title_cents:013d}",
            165: account.bank,
            168: line.branch,
            173: "01",
            175: f"{line.fee_cents:013d}",
            227: "0" * 26,
            253: f"{max(line.paid_cents - line.fee_cents, 0):013d}",
            266: f"{line.charges_cents:013d}",
            279: "0" * 13,
            295: f"{line.on:%d%m%y}" if line.paid_cents else "",
            377: line.reasons,
            394: f"{position:06d}",
        }
    )


def _record(fields: Mapping[int, str]) -> str:
    record = " " * RECORD_LENGTH
    for start, text in fields.items():
        record = record[:start] + text + record[start + len(text) :]
    return record[:RECORD_LENGTH]
