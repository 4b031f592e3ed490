"""What the payouts room does after money came in, apart from its receipt, and when a month is closed."""

from portal.payouts.operations.accruing import accrue_paid_invoice
from portal.payouts.operations.closing import close_chunk
from portal.payouts.rules import ACCRUE_REPASSE, CLOSE_PAYOUTS
from portal.shared import queue

accrue_repasse = queue.local_job(
    ACCRUE_REPASSE, title="Apurar o repasse de uma fatura paga", work=accrue_paid_invoice
)
close_payouts = queue.local_job(CLOSE_PAYOUTS, title="Fechar o repasse de um mês", work=close_chunk)
