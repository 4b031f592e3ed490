"""The accounts of the ledger and what is booked when. Pure.

A posting names two accounts and one amount in one row, so it adds up to zero by its shape (invariant M3).
Amounts are centavos, always positive; what goes the other way changes sides.

| what happened                                  | debit            | credit           |
|------------------------------------------------|------------------|------------------|
| invoice issued                                 | receivable       | deferred_revenue |
| invoice voided (what was still open)           | deferred_revenue | receivable       |
| payment settles an invoice                     | cash_<source>    | receivable       |
| payment nobody owed                            | cash_<source>    | <payer>_credit   |
| payment that does not fit, kept for finance    | cash_<source>    | unidentified     |
| finance finds what such a payment was for      | unidentified     | receivable       |
| … or that it was nobody's debt                 | unidentified     | <payer>_credit   |
| … or sends it back                             | unidentified     | cash_<source>    |
| what the bank kept of a payment                | bank_fees        | cash_<source>    |
| repasse of a paid line                         | repasse_expense  | repasse_payable  |
| … of a line whose price does not bear its cost | repasse_payable  | repasse_expense  |

Revenue is deferred because service is paid ahead; recognizing it month by month is accounting's.
"""

from enum import StrEnum


class Account(StrEnum):
    """Where money is, whose it is, or what it is owed for."""

    RECEIVABLE = "receivable"
    DEFERRED_REVENUE = "deferred_revenue"
    CASH_CARD = "cash_card"
    CASH_BOLETO = "cash_boleto"
    CASH_PIX = "cash_pix"
    CASH_TED = "cash_ted"
    CUSTOMER_CREDIT = "customer_credit"
    PARTNER_CREDIT = "partner_credit"
    UNIDENTIFIED = "unidentified"
    BANK_FEES = "bank_fees"
    REPASSE_EXPENSE = "repasse_expense"
    REPASSE_PAYABLE = "repasse_payable"

    @property
    def label(self) -> str:
        return _ACCOUNT_LABELS[self]

    @classmethod
    def cash_of(cls, payment_key: str) -> "Account":
        """Where the money of a payment came in, from its key "<source>:<external id>".

        Raises:
            ValueError: no cash account is called like the source.
        """
        return cls(f"cash_{payment_key.partition(':')[0]}")

    @classmethod
    def credit_of(cls, customer_id: int | None) -> "Account":
        """Where the credit of a payer stands: the customer's or, without one, the partner's."""
        return cls.PARTNER_CREDIT if customer_id is None else cls.CUSTOMER_CREDIT


CASH = frozenset({Account.CASH_CARD, Account.CASH_BOLETO, Account.CASH_PIX, Account.CASH_TED})

_ACCOUNT_LABELS = {
    Account.RECEIVABLE: "A receber",
    Account.DEFERRED_REVENUE: "Receita a apropriar",
    Account.CASH_CARD: "Caixa, cartão",
    Account.CASH_BOLETO: "Caixa, boleto",
    Account.CASH_PIX: "Caixa, Pix",
    Account.CASH_TED: "Caixa, TED",
    Account.CUSTOMER_CREDIT: "Crédito do cliente",
    Account.PARTNER_CREDIT: "Crédito do parceiro",
    Account.UNIDENTIFIED: "Recebido a identificar",
    Account.BANK_FEES: "Tarifas bancárias",
    Account.REPASSE_EXPENSE: "Despesa de repasse",
    Account.REPASSE_PAYABLE: "Repasse a pagar",
}


class PostingKind(StrEnum):
    """Why something was booked."""

    ISSUED = "issued"
    VOIDED = "voided"
    PAID = "paid"
    CREDITED = "credited"
    PARKED = "parked"
    RESOLVED = "resolved"
    FEE = "fee"
    REPASSE = "repasse"

    @property
    def label(self) -> str:
        return {
            "issued": "Fatura emitida",
            "voided": "Fatura anulada",
            "paid": "Pagamento recebido",
            "credited": "Pagamento virou crédito",
            "parked": "Pagamento recebido, a identificar",
            "resolved": "Pagamento identificado",
            "fee": "Tarifa do banco",
            "repasse": "Repasse ao parceiro",
        }[self.value]
