"""When money that only a person attests needs a second person. Pure.

A TED read in a statement, parked money given a place, a return file brought by hand: nobody but that person
says so. What counts is the larger of the invoice's amount and all that was attested for it, so that several
small steps are no way round.
"""

from portal.shared.brazil import format_money
from portal.shared.refusals import Conflict, Forbidden


def needs_two(*amounts_cents: int, from_reais: int) -> bool:
    """Whether two people must agree; `amounts_cents` are the invoice's, the payment's, and all attested."""
    return max(amounts_cents) >= from_reais * 100


class SecondMustBeAnother(Forbidden):
    """The second agreement by the person of the first."""

    def __init__(self, what: str = "Você já confirmou") -> None:
        super().__init__(f"{what}. A segunda confirmação é de outra pessoa do financeiro.")


class MayNotConfirm(Forbidden):
    """Somebody who sent the proof, or refused the money before, has an interest of their own."""

    def __init__(self) -> None:
        super().__init__(
            "Quem enviou o comprovante ou já recusou esta TED não a confirma. "
            "Peça a outra pessoa do financeiro."
        )


class WaitsForSecond(Conflict):
    """Somebody decided already, and a second person has not agreed yet."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} já decidiu e espera a confirmação de outra pessoa. Confirme ou desfaça.")


class UploaderMayNotApply(Forbidden):
    """The person who brought a return file with large payments applies it."""

    def __init__(self, from_reais: int) -> None:
        super().__init__(
            f"Este arquivo traz pagamentos a partir de {format_money(from_reais * 100)}: "
            "quem o enviou não o aplica. Peça a outra pessoa do financeiro."
        )
