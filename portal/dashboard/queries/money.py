"""What waits for finance."""

from dataclasses import astuple, dataclass

from sqlalchemy.orm import Session

from portal.banking.queries.bank_files import count_for_next_remittance, count_without_answer
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
    """Of all partners: only for roles that may see payments. Four statements."""
    waiting = count_waiting(session)
    return MoneyNeeds(
        teds=waiting.teds,
        parked=waiting.parked,
        boletos=count_for_next_remittance(session),
        unanswered=count_without_answer(session),
    )
