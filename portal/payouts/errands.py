"""What the payouts room does after money came in, apart from its receipt."""

from portal.payouts import operations
from portal.payouts.rules import ACCRUE_REPASSE
from portal.shared import errands

accrue_repasse = errands.inside(
    ACCRUE_REPASSE, title="Apurar o repasse de uma fatura paga", work=operations.accrue_paid_invoice
)
