"""The accounts of the ledger and what is booked when. Pure.

A posting names two accounts and one amount in one row, so it adds up to zero by its shape (invariant M3).
Amounts are centavos, always positive; what goes the other way changes sides.

| what happened                                  | debit            | credit           |
|------------------------------------------------|------------------|------------------|
| invoice issued                                 | receivable       | deferred_revenue |
| invoice voided (what was still open)           | deferred_revenue | receivable       |
| credit note for a paid invoice                 | deferred_revenue | <payer>_credit   |
| payment settles an invoice                     | cash_<source>    | receivable       |
| payment nobody owed                            | cash_<source>    | <payer>_credit   |
| payment that does not fit, kept for finance    | cash_<source>    | unidentified     |
| finance finds what such a payment was for      | unidentified     | receivable       |
| … or that it was nobody's debt                 | unidentified     | <payer>_credit   |
| … or sends it back, or the payer's bank does   | unidentified     | cash_<source>    |
| what the bank kept of a payment                | bank_fees        | cash_<source>    |
| late fee and interest that came with a payment | cash_<source>    | late_charges     |
| … that go on the next invoice as a line of it   | receivable       | late_charges     |
| … and with that invoice voided                 | late_charges     | receivable       |
| a few centavos missing, let go                 | differences      | receivable       |
| … or too many, kept                            | cash_<source>    | differences      |
| a payer's credit used for an invoice           | <payer>_credit   | receivable       |
| a discount for a referral, as credit           | referrals        | customer_credit  |
| a discount for staying, as credit              | retention        | customer_credit  |
| money goes back: each of the above, turned     | receivable, …    | cash_<source>    |
| invoice of a debt agreement issued (its face)  | receivable       | agreements       |
| its money fills an invoice in the agreement    | agreements       | receivable       |
| … and with it going back                       | receivable       | agreements       |
| it is voided, the agreement broken             | agreements       | receivable       |
| repasse of a paid line                         | repasse_expense  | repasse_payable  |
| … of a line whose price does not bear its cost | repasse_payable  | repasse_expense  |
| repasse taken back, as the money went back     | repasse_payable  | repasse_expense  |
| … and given again                              | repasse_expense  | repasse_payable  |
| a month's repasse paid to the partner          | repasse_payable  | repasse_paid     |
| … written down wrongly, and undone             | repasse_paid     | repasse_payable  |

Revenue is deferred because service is paid ahead; recognizing it month by month is accounting's.
"""

from portal.invoices.rules.states import InvoiceKind
from portal.shared.labels import LabeledEnum
from portal.shared.payment_methods import Way


class Account(LabeledEnum):
    """Where money is, whose it is, or what it is owed for."""

    RECEIVABLE = "receivable", "A receber"
    DEFERRED_REVENUE = "deferred_revenue", "Receita a apropriar"
    CASH_CARD = "cash_card", "Caixa, cartão"
    CASH_BOLETO = "cash_boleto", "Caixa, boleto"
    CASH_PIX = "cash_pix", "Caixa, Pix"
    CASH_TED = "cash_ted", "Caixa, TED"
    CUSTOMER_CREDIT = "customer_credit", "Crédito do cliente"
    PARTNER_CREDIT = "partner_credit", "Crédito do parceiro"
    UNIDENTIFIED = "unidentified", "Recebido a identificar"
    BANK_FEES = "bank_fees", "Tarifas bancárias"
    REPASSE_EXPENSE = "repasse_expense", "Despesa de repasse"
    REPASSE_PAYABLE = "repasse_payable", "Repasse a pagar"
    LATE_CHARGES = "late_charges", "Encargos por atraso"
    DIFFERENCES = "differences", "Diferenças de centavos"
    REPASSE_PAID = "repasse_paid", "Repasse pago"
    AGREEMENTS = "agreements", "Acordos a cumprir"
    REFERRALS = "referrals", "Descontos por indicação"
    RETENTION = "retention", "Descontos para ficar"

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


def earned_account(kind: InvoiceKind) -> Account:
    """What the price of an issued invoice is owed against: service to come, or a debt in an agreement."""
    return Account.AGREEMENTS if kind is InvoiceKind.AGREEMENT else Account.DEFERRED_REVENUE


CASH = frozenset(Account.cash_of(way) for way in Way)


class PostingKind(LabeledEnum):
    """Why something was booked."""

    ISSUED = "issued", "Fatura emitida"
    VOIDED = "voided", "Fatura anulada"
    PAID = "paid", "Pagamento recebido"
    CREDITED = "credited", "Pagamento virou crédito"
    CREDIT_NOTE = "credit_note", "Nota de crédito"
    PARKED = "parked", "Pagamento recebido, a identificar"
    RESOLVED = "resolved", "Pagamento identificado"
    FEE = "fee", "Tarifa do banco"
    REPASSE = "repasse", "Repasse ao parceiro"
    LATE_CHARGES = "late_charges", "Encargos recebidos"
    ADJUSTED = "adjusted", "Diferença de centavos"
    CREDIT_USED = "credit_used", "Crédito usado"
    REPASSE_REVERSED = "repasse_reversed", "Estorno de repasse"
    PAYOUT = "payout", "Pagamento de repasse"
    PAYOUT_UNDONE = "payout_undone", "Pagamento de repasse desfeito"
    CARRIED = "carried", "Encargos levados à fatura"
    RETURNED = "returned", "Dinheiro devolvido"
    AGREED = "agreed", "Pago pelo acordo"
    REFERRAL = "referral", "Desconto por indicação"
    RETENTION = "retention", "Desconto para ficar"


SETTLING = (PostingKind.PAID, PostingKind.RESOLVED, PostingKind.CREDIT_USED, PostingKind.AGREED)
"""What makes less of an invoice's face value open, but for small differences."""
