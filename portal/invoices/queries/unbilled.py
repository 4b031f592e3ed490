"""What decides whether the next months of a contract may go without an invoice."""

from sqlalchemy.orm import Session

from portal.contracts.queries.reading import list_followers_waiting
from portal.invoices.rules.unbilled import UnbilledFacts
from portal.subscriptions.models import Subscription


def unbilled_facts(session: Session, subscription: Subscription) -> UnbilledFacts:
    """Of the contract of a subscription."""
    return UnbilledFacts(
        billed_to=subscription.billed_to,
        state=subscription.service_state,
        pays_by_the_month=subscription.payments_in_term == subscription.months,
        goes_on=subscription.bills_until is None and subscription.ended_at is None,
        is_parked=subscription.parked_reason is not None,
        is_changing=bool(list_followers_waiting(session, subscription.contract_id)),
    )
