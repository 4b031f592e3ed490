"""Giving money of a payment back, by the way it came: how far it is, and what is refused. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from portal.receipts.rules.receiving import PaymentSource
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Forbidden, Refusal

REFUND_CARD, RETURN_PIX, CHECK_REFUNDS = "refund_card", "return_pix", "check_refunds"
PAY_WITHIN = timedelta(days=2)
LONGEST_UNKNOWN = timedelta(hours=24)
CONTESTED = "Quem pagou contestou o pagamento: nada é devolvido enquanto isso."
NOT_MADE = "Não houve resposta a tempo, e a devolução não foi encontrada. Peça de novo."


class RefundState(LabeledEnum):
    """Where giving money back stands. `sent`: asked of the processor or the bank, not certain yet."""

    ASKED = "asked", "Devolução pedida"
    SENT = "sent", "Devolução em andamento"
    DONE = "done", "Devolução feita"
    REFUSED = "refused", "Devolução não feita"


LIVE_REFUND = frozenset({RefundState.ASKED, RefundState.SENT})


class RefundOrigin(LabeledEnum):
    """Who began it: finance here, or somebody at the processor or the bank itself."""

    FINANCE = "finance", "Pedida pelo financeiro"
    SOURCE = "source", "Feita na operadora ou no banco"


class RefundFilter(LabeledEnum):
    """Which refunds a list shows."""

    LIVE = "em_andamento", "Em andamento"
    TO_PAY = "a_pagar", "A pagar por transferência"
    DONE = "feitas", "Feitas"
    REFUSED = "nao_feitas", "Não feitas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The account a person transfers to: of who paid."""

    holder_name: str
    holder_document: str
    bank: str
    branch: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What finance asks for. `key` is the form's own: sent twice, it is one refund."""

    key: str
    amount_cents: int
    reason: str
    destination: Destination | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtSource:
    """A refund as the processor or the bank has it, not asked by us. `refusal` only of one that failed."""

    reference: str
    amount_cents: int
    state: RefundState
    reason: str
    refusal: str = ""

    def key(self, way: PaymentSource) -> str:
        """Names it among all refunds."""
        return f"{way.value}:{self.reference}"


def is_by_hand(way: PaymentSource, *, has_pix: bool) -> bool:
    """Whether a person must transfer it: nobody takes an order to give back a boleto or a TED."""
    return way not in (PaymentSource.CARD, PaymentSource.PIX) or (way is PaymentSource.PIX and not has_pix)


def task_key(refund_id: int) -> str:
    """Names the task to pay a refund by hand."""
    return f"refund:{refund_id}"


def cause_key(key: str) -> str:
    """Names a refund in what went back of its payment."""
    return f"refund:{key}"


def arrives(way: PaymentSource, *, by_hand: bool) -> str:
    """When who paid sees the money, in words."""
    if by_hand:
        return "A transferência aparece na conta em até um dia útil."
    if way is PaymentSource.CARD:
        return "O estorno aparece na fatura do cartão em uma ou duas faturas, conforme o banco."
    return "O Pix aparece na conta de onde saiu o pagamento em alguns minutos."


class RefundOver(Conflict):
    """Somebody ended it first."""

    def __init__(self) -> None:
        super().__init__("Esta devolução já foi encerrada. Recarregue a página.")


class NotByHand(Conflict):
    """The processor or the bank gives this one back."""

    def __init__(self) -> None:
        super().__init__("A operadora ou o banco faz esta devolução. Espere a resposta.")


class AccountOfAnother(Refusal):
    """Money goes back to who paid, never to somebody else (M17)."""

    def __init__(self) -> None:
        super().__init__(
            "A conta precisa ser de quem pagou. Confira o CNPJ ou CPF do titular.", field="holder_document"
        )


class AskerMayNotPay(Forbidden):
    """A large amount to an account that one person typed needs another person."""

    def __init__(self) -> None:
        super().__init__("Quem pediu uma devolução deste valor não a encerra. Peça a outra pessoa.")
