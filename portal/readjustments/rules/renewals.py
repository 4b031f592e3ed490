"""When the next term is offered, and what is said when it is too late. Pure."""

from datetime import date, timedelta

from portal.shared.brazil import format_date
from portal.shared.refusals import Conflict

OFFERED_BEFORE = timedelta(days=30)
"""Before the first payment of the term falls due; it may be accepted until that is billed."""


class OfferOver(Conflict):
    """The first payment of the term is billed, or the contract ends."""

    def __init__(self, due_on: date) -> None:
        super().__init__(
            f"Esta oferta terminou: a fatura de {format_date(due_on)} já foi emitida ou o contrato está "
            "encerrando. Ele segue como combinado."
        )
