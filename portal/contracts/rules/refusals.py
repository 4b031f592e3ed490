"""Why a contract cannot be made, or not so, in words for the person who tried."""

from collections.abc import Sequence

from portal.shared.refusals import Conflict, Refusal


class IncompleteRegistration(Refusal):
    """The contract would missing a party's data; `field` leads to the customer's registration."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(
            f"O contrato não pode ser gerado. {' '.join(missing)} Complete o cadastro e gere de novo.",
            field="customer",
        )


class AlreadyPaid(Conflict):
    """A contract whose first payment is in is not simply canceled: the money has to go somewhere."""

    def __init__(self) -> None:
        super().__init__(
            "O primeiro pagamento deste contrato já entrou. Para desistir dele, fale com o financeiro."
        )


class ReasonMissing(Refusal):
    """A contract is not given up without saying why."""

    def __init__(self) -> None:
        super().__init__("Diga por que este contrato não segue adiante.", field="reason")


class SameText(Refusal):
    """A new version of the contract's text must say something new."""

    def __init__(self) -> None:
        super().__init__("Este texto é igual ao do modelo atual. Mude algo antes de salvar.", field="clauses")


class UnprintableText(Refusal):
    """The contract's own text holds signs that the papers' font lacks."""

    def __init__(self, signs: str) -> None:
        super().__init__(
            f"A letra dos contratos não tem “{signs}”, que sairia como □. Escreva de outro jeito.",
            field="clauses",
        )


class NothingToMove(Conflict):
    """Only what a reseller bills itself moves to the billing centre."""


class ChangedMeanwhile(Conflict):
    """Another change of the same contract took effect first."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"Outra mudança do contrato {label} já está valendo. Cancele este contrato e comece a mudança a "
            "partir do que vale hoje."
        )


class ChangeUnderWay(Conflict):
    """Something is being changed at this contract already."""
