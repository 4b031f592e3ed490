"""Which values of the settings may hold together. Pure."""

from portal.settings.rules import BY_NAME, CARD_RETRIES, GUARDS_MONEY
from portal.settings.rules.names import Definition, Name
from portal.shared.refusals import Conflict, Forbidden, Refusal


class OutOfBounds(Refusal):
    """The number lies outside of what the setting allows."""

    def __init__(self, definition: Definition) -> None:
        super().__init__(
            f"Escreva um número{'' if definition.decimals else ' inteiro'} de "
            f"{definition.written(definition.minimum)} a {definition.written(definition.maximum)}.",
            field=definition.name.value,
        )


class EscalationBeforeReminder(Refusal):
    """The substitute would hear of a request before the manager was reminded."""

    def __init__(self) -> None:
        super().__init__(
            "O aviso ao substituto precisa vir depois do lembrete ao gerente.",
            field=Name.APPROVAL_ESCALATION_BUSINESS_DAYS.value,
        )


class RetriesOutOfOrder(Refusal):
    """A card would be tried again on an earlier day than the time before."""

    def __init__(self) -> None:
        super().__init__(
            "Cada nova tentativa no cartão precisa vir depois da anterior.",
            field=Name.CARD_RETRY_3_DAYS.value,
        )


class ChangedMeanwhile(Conflict):
    """Somebody saved another number since this person opened the page."""

    def __init__(self, definition: Definition, *, who: str, at: str, value: int) -> None:
        super().__init__(
            f"{who} mudou para {definition.shown(value)} às {at}. "
            "Confira e salve de novo se ainda quiser mudar.",
            field=definition.name.value,
            value=value,
        )


class NothingPending(Conflict):
    """Somebody agreed or withdrew it first."""

    def __init__(self) -> None:
        super().__init__("Esta mudança já não espera confirmação. Recarregue a página.")


class AnotherAdminMustAgree(Forbidden):
    """Who asked for the change agrees to it."""

    def __init__(self) -> None:
        super().__init__("Você pediu esta mudança. Quem confirma é outro administrador.")


def needs_another(name: Name, *, before: int, after: int) -> bool:
    """Whether another admin must agree before a setting takes a value."""
    return name in GUARDS_MONEY and after > before


def check(values: dict[Name, int]) -> None:
    """Whether these values may hold together; `values` has every setting.

    Raises:
        OutOfBounds: one of them is too small or too large.
        EscalationBeforeReminder: the two terms of approval are in the wrong order.
        RetriesOutOfOrder: so are the days on which a card is tried again.
    """
    for name, value in values.items():
        definition = BY_NAME[name]
        if not definition.minimum <= value <= definition.maximum:
            raise OutOfBounds(definition)
    if values[Name.APPROVAL_ESCALATION_BUSINESS_DAYS] <= values[Name.APPROVAL_REMINDER_BUSINESS_DAYS]:
        raise EscalationBeforeReminder
    days = [values[name] for name in CARD_RETRIES]
    if days != sorted(set(days)):
        raise RetriesOutOfOrder
