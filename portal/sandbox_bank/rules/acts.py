"""The bank of the tests: what it can do, and what its notices of Pix and TED say. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.banking.rules.boleto import BoletoState
from portal.shared.brazil import is_company
from portal.shared.labels import LabeledEnum


class BankAct(LabeledEnum):
    """What the bank does."""

    REGISTER = "register", "Registra o boleto"
    REJECT = "reject", "Recusa o registro do boleto"
    BOLETO = "boleto", "Recebe o boleto"
    WRITE_OFF = "write_off", "Baixa o boleto"
    AFTER_WRITE_OFF = "after_write_off", "Recebe o boleto depois de baixado"
    UNDO = "undo", "Desfaz o pagamento do boleto"
    UNKNOWN_CODE = "unknown_code", "Escreve um código que não conhecemos"
    PIX = "pix", "Recebe um Pix"
    TED = "ted", "Recebe uma TED"
    CONTEST = "contest", "Avisa que o Pix foi contestado (MED)"
    KEEP = "keep", "Nega a contestação do Pix"
    TAKE_BACK = "take_back", "Devolve o Pix contestado"

    @property
    def needs_boleto(self) -> bool:
        """Whether it is told in a return file."""
        return self not in (BankAct.PIX, BankAct.TED) and not self.is_contest

    @property
    def is_contest(self) -> bool:
        """Whether it is about a Pix that was paid and is contested."""
        return self in (BankAct.CONTEST, BankAct.KEEP, BankAct.TAKE_BACK)

    @property
    def brings_money(self) -> bool:
        """Whether somebody pays."""
        return self in (BankAct.BOLETO, BankAct.AFTER_WRITE_OFF, BankAct.PIX, BankAct.TED)


_ALWAYS = (BankAct.BOLETO, BankAct.UNKNOWN_CODE)
_ON_STATE = {
    BoletoState.ISSUED: (BankAct.REGISTER, BankAct.REJECT, BankAct.WRITE_OFF),
    BoletoState.REGISTERED: (BankAct.WRITE_OFF,),
    BoletoState.WRITE_OFF_ASKED: (BankAct.WRITE_OFF,),
    BoletoState.WRITTEN_OFF: (BankAct.AFTER_WRITE_OFF,),
    BoletoState.PAID_UNSETTLED: (BankAct.UNDO,),
    BoletoState.PAID: (BankAct.UNDO,),
}


def acts_on(
    boleto: BoletoState | None, *, is_open: bool = True, has_pix: bool = False
) -> tuple[BankAct, ...]:
    """What the bank can do to an invoice, open or not, with a boleto in this state or without one.

    `has_pix`: a Pix was paid for it.
    """
    can: set[BankAct] = {BankAct.PIX, BankAct.TED} if is_open else set()
    if has_pix:
        can |= {BankAct.CONTEST, BankAct.KEEP, BankAct.TAKE_BACK}
    if boleto is not None:
        can |= {*_ALWAYS, *_ON_STATE.get(boleto, ())}
    return tuple(act for act in BankAct if act in can)


def code_of(act: BankAct, bank: str, size: int) -> str:
    """The occurrence by which a bank's layout tells of an act; of what it has no code for, 99."""
    return _CODES.get((act, bank, size)) or _CODES_EVERYWHERE.get(act, UNKNOWN)


UNKNOWN = "99"
_CODES_EVERYWHERE = {
    BankAct.REGISTER: "02",
    BankAct.REJECT: "03",
    BankAct.BOLETO: "06",
    BankAct.WRITE_OFF: "09",
    BankAct.AFTER_WRITE_OFF: "17",
    BankAct.UNDO: "44",
}
_CODES = {
    (BankAct.AFTER_WRITE_OFF, "341", 400): "59",
    (BankAct.AFTER_WRITE_OFF, "001", 400): "05",
    (BankAct.AFTER_WRITE_OFF, "033", 400): "06",
    (BankAct.UNDO, "341", 400): "69",
    (BankAct.UNDO, "237", 400): "22",
}


class Manner(LabeledEnum):
    """How the bank does it."""

    USUAL = "usual", "Como deve ser"
    OTHER_AMOUNT = "other_amount", "Com o valor escrito abaixo"
    OTHER_PAYER = "other_payer", "Outra pessoa paga (Pix ou TED), o valor escrito abaixo ou o da fatura"
    TOLD_TWICE = "told_twice", "Avisa duas vezes do mesmo pagamento"
    PAID_TWICE = "paid_twice", "O cliente pagou duas vezes"
    LATE = "late", "Dez dias depois do vencimento"
    WITH_PIX = "with_pix", "Com o registro do Pix ao lado"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A Pix or TED to tell of."""

    external_id: str
    reference: str
    amount_cents: int
    at: datetime
    payer_name: str
    payer_document: str


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
