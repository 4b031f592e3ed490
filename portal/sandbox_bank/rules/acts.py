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
    TOLD_TWICE = "told_twice", "Avisa duas vezes do mesmo pagamento"
    PAID_TWICE = "paid_twice", "O cliente pagou duas vezes"
    LATE = "late", "Dez dias depois do vencimento"


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
