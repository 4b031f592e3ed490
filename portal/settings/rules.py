"""Which numbers of the business an admin may change, and within which bounds. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from portal.shared.refusals import Conflict, Refusal


class Name(StrEnum):
    """The settings, by the name under which the database keeps them."""

    QUOTE_VALID_DAYS = "quote_valid_days"
    APPROVAL_REMINDER_BUSINESS_DAYS = "approval_reminder_business_days"
    APPROVAL_ESCALATION_BUSINESS_DAYS = "approval_escalation_business_days"
    SESSION_DAYS = "session_days"
    INVITATION_VALID_DAYS = "invitation_valid_days"
    PASSWORD_RESET_VALID_MINUTES = "password_reset_valid_minutes"  # noqa: S105 - a setting's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A setting as the admin reads it: what it decides, in which unit, and how far it may go."""

    name: Name
    group: str
    label: str
    help: str
    unit: str
    unit_of_one: str
    default: int
    minimum: int
    maximum: int

    def shown(self, value: int) -> str:
        """A value with its unit: "15 dias", "1 dia"."""
        return f"{value} {self.unit_of_one if value == 1 else self.unit}"


QUOTES, APPROVALS, ACCESS = "Orçamentos", "Aprovação", "Acesso"

DEFINITIONS = (
    Definition(
        name=Name.QUOTE_VALID_DAYS,
        group=QUOTES,
        label="Validade do orçamento",
        help="Por quanto tempo o cliente pode aceitar um orçamento. Vale para os próximos; os que já existem "
        "mantêm a data que têm.",
        unit="dias",
        unit_of_one="dia",
        default=15,
        minimum=1,
        maximum=90,
    ),
    Definition(
        name=Name.APPROVAL_REMINDER_BUSINESS_DAYS,
        group=APPROVALS,
        label="Lembrete ao gerente de contas",
        help="Depois de quanto tempo sem resposta o gerente recebe um lembrete do pedido de aprovação.",
        unit="dias úteis",
        unit_of_one="dia útil",
        default=1,
        minimum=1,
        maximum=10,
    ),
    Definition(
        name=Name.APPROVAL_ESCALATION_BUSINESS_DAYS,
        group=APPROVALS,
        label="Aviso ao substituto",
        help="Depois de quanto tempo sem resposta o pedido vai também ao substituto do gerente ou, sem "
        "substituto, a um administrador.",
        unit="dias úteis",
        unit_of_one="dia útil",
        default=2,
        minimum=1,
        maximum=20,
    ),
    Definition(
        name=Name.SESSION_DAYS,
        group=ACCESS,
        label="Duração do acesso",
        help="Depois de quanto tempo uma pessoa precisa entrar de novo no mesmo dispositivo.",
        unit="dias",
        unit_of_one="dia",
        default=14,
        minimum=1,
        maximum=30,
    ),
    Definition(
        name=Name.INVITATION_VALID_DAYS,
        group=ACCESS,
        label="Validade do convite",
        help="Por quanto tempo funciona o link de convite enviado por e-mail.",
        unit="dias",
        unit_of_one="dia",
        default=7,
        minimum=1,
        maximum=30,
    ),
    Definition(
        name=Name.PASSWORD_RESET_VALID_MINUTES,
        group=ACCESS,
        label="Validade do link de nova senha",
        help="Por quanto tempo funciona o link de quem esqueceu a senha.",
        unit="minutos",
        unit_of_one="minuto",
        default=60,
        minimum=10,
        maximum=1440,
    ),
)
BY_NAME = {definition.name: definition for definition in DEFINITIONS}


class OutOfBounds(Refusal):
    """The number lies outside of what the setting allows."""

    def __init__(self, definition: Definition) -> None:
        super().__init__(
            f"Escreva um número inteiro de {definition.minimum} a {definition.maximum}.",
            field=definition.name.value,
        )


class EscalationBeforeReminder(Refusal):
    """The substitute would hear of a request before the manager was reminded."""

    def __init__(self) -> None:
        super().__init__(
            "O aviso ao substituto precisa vir depois do lembrete ao gerente.",
            field=Name.APPROVAL_ESCALATION_BUSINESS_DAYS.value,
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


def check(values: dict[Name, int]) -> None:
    """Whether these values may hold together; `values` has every setting.

    Raises:
        OutOfBounds: one of them is too small or too large.
        EscalationBeforeReminder: the two terms of approval are in the wrong order.
    """
    for name, value in values.items():
        definition = BY_NAME[name]
        if not definition.minimum <= value <= definition.maximum:
            raise OutOfBounds(definition)
    if values[Name.APPROVAL_ESCALATION_BUSINESS_DAYS] <= values[Name.APPROVAL_REMINDER_BUSINESS_DAYS]:
        raise EscalationBeforeReminder
