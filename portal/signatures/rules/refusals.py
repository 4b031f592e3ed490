"""Why a step of signing is refused, and what to do."""

from portal.shared.refusals import Conflict, Refusal, TooManyAttempts
from portal.signatures.rules.signing import times_left
from portal.signatures.rules.states import LinkStatus

CLOSED_WORDS = {
    LinkStatus.SEALING: "Este documento já foi assinado. Não é preciso fazer mais nada.",
    LinkStatus.SIGNED: "Este documento já foi assinado. Não é preciso fazer mais nada.",
    LinkStatus.DECLINED: "Esta assinatura já foi recusada. Se mudou de ideia, fale com quem enviou o link.",
    LinkStatus.EXPIRED: "O prazo para assinar terminou. Peça um novo link a quem enviou este.",
    LinkStatus.CANCELED: "Esta assinatura foi cancelada por quem a pediu. Não assine: não há nada a fazer.",
    LinkStatus.REPLACED: "Este link foi substituído. Use o do e-mail mais recente.",
}


class EnvelopeClosed(Conflict):
    """The file can no longer be signed, declined or put off; the link's status says why."""

    def __init__(self, status: LinkStatus) -> None:
        super().__init__(CLOSED_WORDS[status])
        self.link_status = status


class BeingSealed(Conflict):
    """It was signed a moment ago: what is signed can no longer be taken back."""

    def __init__(self) -> None:
        super().__init__(
            "O cliente acabou de assinar. O contrato assinado não pode mais ser cancelado nem reenviado."
        )


class CannotBeSentAgain(Conflict):
    """Nobody waits for this signature any more."""

    def __init__(self, label: str) -> None:
        super().__init__(f"Não há assinatura para pedir de novo: {label.lower()}.")


class NotAgreed(Refusal):
    """The terms were not accepted."""

    def __init__(self) -> None:
        super().__init__("Marque que leu e concorda com os termos para continuar.", field="agreed")


class NotTheSignatory(Refusal):
    """Name or CPF are not those of the registered signatory. Does not tell which, nor whose they are."""

    def __init__(self, left: int) -> None:
        super().__init__(
            "O nome e o CPF não são os da pessoa registrada para assinar. Escreva o nome completo como está "
            f"no documento. Se outra pessoa deve assinar, fale com quem enviou o link. {_tries(left)}",
            field="full_name",
        )


class WrongCode(Refusal):
    """Not the code that was mailed last."""

    def __init__(self, left: int) -> None:
        super().__init__(
            f"Este não é o código do e-mail mais recente. Confira os 6 números. {_tries(left)}", field="code"
        )


class CodeNoLongerWorks(Refusal):
    """Too old, tried too often, or never sent."""

    def __init__(self) -> None:
        super().__init__("Este código não vale mais. Peça um novo e use o que chegar.", field="code")


class CodeJustSent(TooManyAttempts):
    """A code left moments ago, or too many did."""

    def __init__(self, when: str, *, retry_after: int) -> None:
        super().__init__(
            f"Já enviamos um código. Confira também a caixa de spam. Você pode pedir outro às {when}.",
            retry_after=retry_after,
            field="code",
        )


class NoPostponementLeft(Refusal):
    """The signature was put off as often as it may be."""

    def __init__(self) -> None:
        super().__init__(
            "Você já deixou para depois todas as vezes que podia. Assine ou recuse até o prazo do link."
        )


class ReasonMissing(Refusal):
    """A refusal needs its reason."""

    def __init__(self) -> None:
        super().__init__("Conte em poucas palavras por que você não quer assinar.", field="reason")


def _tries(left: int) -> str:
    return f"Tentativas: {times_left(left)}." if left else "Peça um novo código para tentar outra vez."
