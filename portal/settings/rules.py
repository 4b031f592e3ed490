"""Which numbers of the business an admin may change, and within which bounds. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from portal.shared.refusals import Conflict, Refusal


class Name(StrEnum):
    """The settings, by the name under which the database keeps them."""

    QUOTE_VALID_DAYS = "quote_valid_days"
    APPROVAL_REMINDER_BUSINESS_DAYS = "approval_reminder_business_days"
    APPROVAL_ESCALATION_BUSINESS_DAYS = "approval_escalation_business_days"
    SIGNATURE_VALID_DAYS = "signature_valid_days"
    SIGNATURE_POSTPONEMENTS = "signature_postponements"
    SIGNATURE_REMINDER_DAYS = "signature_reminder_days"
    SIGNING_CODE_MINUTES = "signing_code_minutes"
    CARD_LINK_VALID_DAYS = "card_link_valid_days"
    CARD_RETRY_1_DAYS = "card_retry_1_days"
    CARD_RETRY_2_DAYS = "card_retry_2_days"
    CARD_RETRY_3_DAYS = "card_retry_3_days"
    FIRST_PAYMENT_DAYS = "first_payment_days"
    TED_FOUR_EYES_REAIS = "ted_four_eyes_reais"
    SESSION_DAYS = "session_days"
    SESSION_IDLE_HOURS = "session_idle_hours"
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


QUOTES, APPROVALS, CONTRACTS, PAYMENTS, ACCESS = (
    "Orçamentos",
    "Aprovação",
    "Contratos",
    "Pagamentos",
    "Acesso",
)

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
        name=Name.SIGNATURE_VALID_DAYS,
        group=CONTRACTS,
        label="Validade do link de assinatura",
        help="Por quanto tempo funciona o link com que o responsável assina o contrato.",
        unit="dias",
        unit_of_one="dia",
        default=7,
        minimum=1,
        maximum=60,
    ),
    Definition(
        name=Name.SIGNATURE_POSTPONEMENTS,
        group=CONTRACTS,
        label="Assinar depois",
        help="Quantas vezes o responsável pode deixar a assinatura para depois.",
        unit="vezes",
        unit_of_one="vez",
        default=5,
        minimum=0,
        maximum=20,
    ),
    Definition(
        name=Name.SIGNATURE_REMINDER_DAYS,
        group=CONTRACTS,
        label="Lembrete de assinatura",
        help="De quanto em quanto tempo lembramos o responsável que o contrato espera a assinatura.",
        unit="dias",
        unit_of_one="dia",
        default=2,
        minimum=1,
        maximum=30,
    ),
    Definition(
        name=Name.SIGNING_CODE_MINUTES,
        group=CONTRACTS,
        label="Validade do código de assinatura",
        help="Por quanto tempo vale o código enviado por e-mail a quem vai assinar.",
        unit="minutos",
        unit_of_one="minuto",
        default=15,
        minimum=5,
        maximum=60,
    ),
    Definition(
        name=Name.CARD_LINK_VALID_DAYS,
        group=PAYMENTS,
        label="Validade do link de cadastro do cartão",
        help="Por quanto tempo funciona o link com que o cliente cadastra o cartão.",
        unit="dias",
        unit_of_one="dia",
        default=7,
        minimum=1,
        maximum=60,
    ),
    *(
        Definition(
            name=name,
            group=PAYMENTS,
            label=f"{which} nova tentativa no cartão",
            help="Quantos dias depois da primeira recusa o mesmo cartão é cobrado de novo.",
            unit="dias",
            unit_of_one="dia",
            default=default,
            minimum=1,
            maximum=30,
        )
        for name, which, default in (
            (Name.CARD_RETRY_1_DAYS, "Primeira", 1),
            (Name.CARD_RETRY_2_DAYS, "Segunda", 3),
            (Name.CARD_RETRY_3_DAYS, "Terceira", 7),
        )
    ),
    Definition(
        name=Name.FIRST_PAYMENT_DAYS,
        group=PAYMENTS,
        label="Prazo do primeiro pagamento",
        help="Quantos dias depois de gerado o contrato vence a primeira fatura paga por boleto, Pix ou TED.",
        unit="dias",
        unit_of_one="dia",
        default=5,
        minimum=1,
        maximum=30,
    ),
    Definition(
        name=Name.TED_FOUR_EYES_REAIS,
        group=PAYMENTS,
        label="TED confirmada por duas pessoas",
        help="A partir de que valor uma TED precisa da confirmação de duas pessoas do financeiro.",
        unit="reais",
        unit_of_one="real",
        default=5000,
        minimum=1,
        maximum=1000000,
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
        name=Name.SESSION_IDLE_HOURS,
        group=ACCESS,
        label="Acesso sem uso",
        help="Depois de quanto tempo sem usar o portal uma pessoa precisa entrar de novo.",
        unit="horas",
        unit_of_one="hora",
        default=24,
        minimum=1,
        maximum=720,
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
CARD_RETRIES = (Name.CARD_RETRY_1_DAYS, Name.CARD_RETRY_2_DAYS, Name.CARD_RETRY_3_DAYS)
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
