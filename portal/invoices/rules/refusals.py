"""Why an invoice cannot be settled, voided or sent. Pure."""

from portal.shared.refusals import Conflict, Refusal


class NotOpen(Conflict):
    """The invoice is not open: paid, void, or not issued yet."""

    def __init__(self, label: str, state: str) -> None:
        super().__init__(f"A fatura {label} não está em aberto: {state.lower()}.")


class MoreThanOpen(Refusal):
    """A payment larger than what is still open; the money is for finance to place."""

    def __init__(self, *, open_cents: int, amount_cents: int) -> None:
        super().__init__(
            "O pagamento é maior do que o valor em aberto da fatura.",
            open_cents=open_cents,
            amount_cents=amount_cents,
        )


class NobodyToSendTo(Refusal):
    """There is no address to send the invoice to."""

    def __init__(self, who: str) -> None:
        super().__init__(f"Não há e-mail cadastrado para enviar a fatura a {who}.", field="email")


class NotBilledYet(Conflict):
    """A contract's later payments are billed once its first one has released the service."""

    def __init__(self, label: str) -> None:
        super().__init__(f"O contrato {label} ainda não tem um período pago: a primeira fatura vem antes.")


class NotBilledWhileSuspended(Conflict):
    """The service is suspended, and its months are not charged meanwhile."""

    def __init__(self, label: str) -> None:
        super().__init__(f"O contrato {label} está suspenso: nenhuma mensalidade é cobrada até a liberação.")


class NothingToWaive(Conflict):
    """All late charges of the invoice are paid or waived."""

    def __init__(self, label: str) -> None:
        super().__init__(f"A fatura {label} não tem encargos em aberto.")
