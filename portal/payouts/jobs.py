"""What the payouts room does after money came in, apart from its receipt."""

from portal.payouts import operations
from portal.payouts.rules import ACCRUE_REPASSE
from portal.shared import queue

accrue_repasse = queue.local_job(
    ACCRUE_REPASSE, title="Apurar o repasse de uma fatura paga", work=operations.accrue_paid_invoice
)
