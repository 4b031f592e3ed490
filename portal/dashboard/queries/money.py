"""What waits for finance."""

from dataclasses import astuple, dataclass

from sqlalchemy.orm import Session

from portal.banking.queries.bank_files import count_at_bank
from portal.receipts.queries.finance import count_waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyNeeds:
    """How much of each kind: TEDs to check, payments without an invoice, boletos to send and unanswered."""

    teds: int
    parked: int
    boletos: int
    unanswered: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not any(astuple(self))


def money_needs(session: Session) -> MoneyNeeds:
    """Of all partners: only for roles that may see payments. Three statements."""
    waiting, at_bank = count_waiting(session), count_at_bank(session)
    return MoneyNeeds(
        teds=waiting.teds,
        parked=waiting.parked,
        boletos=at_bank.to_send,
        unanswered=at_bank.unanswered,
    )
