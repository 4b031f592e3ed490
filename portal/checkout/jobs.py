"""What follows for boletos and charges from money, apart from its receipt."""

from portal.checkout import operations
from portal.checkout.rules import STOP_COLLECTING
from portal.shared.queue import local_job

stop_collecting = local_job(
    STOP_COLLECTING, title="Recolher boleto e cobrança de uma fatura paga", work=operations.stop_collecting
)
