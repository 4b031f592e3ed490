"""What follows for boletos and charges from money, apart from its receipt."""

from portal.checkout.operations import stop_collecting
from portal.checkout.rules import STOP_COLLECTING
from portal.shared.errands import inside

stop_collecting_errand = inside(
    STOP_COLLECTING, title="Recolher boleto e cobrança de uma fatura paga", work=stop_collecting
)
