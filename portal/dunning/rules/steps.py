"""The steps of a dunning policy, and those a new one begins with. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from portal.catalog.rules import ServiceKind
from portal.shared.labels import LabeledEnum

FIRST_DAY, LAST_DAY = -30, 90
MOST_STEPS = 24
CATCH_UP_DAYS = 5
"""A step whose day is longer past than this is not made up: nobody gets old messages of a new policy."""
FORGIVEN_DAYS = 3
"""Who never paid later than so many days after a due date always paid in time."""
REPEATED_TIMES, REPEATED_WITHIN_DAYS = 3, 365
"""Who paid later than that so many times in so many days is late again and again."""


class Channel(LabeledEnum):
    """How somebody is reminded."""

    EMAIL = "email", "E-mail"
    WHATSAPP = "whatsapp", "WhatsApp"
    PHONE = "phone", "Ligação"


class Audience(LabeledEnum):
    """To whom a step speaks, by how the customer paid so far: with it the tone is chosen by itself.

    First delay after a good history, usual delay, repeated delay (docs/dunning.md).
    """

    EVERYBODY = "everybody", "Todos"
    GOOD = "good", "Sempre pagou em dia"
    LATE_BEFORE = "late_before", "Já atrasou antes"
    REPEATED = "repeated", "Atrasa com frequência"


class Step(NamedTuple):
    """One step: `days` after the due date, negative before it. Of a call, `body` is the reason it has.

    `min_cents`: the least that is open of the invoice. `service_kind`: for services of this sort alone.
    """

    days: int
    channel: Channel
    audience: Audience
    min_cents: int
    subject: str
    body: str
    service_kind: ServiceKind | None = None


# Who is late again and again also was late before: the narrower audience comes first.
_NARROWEST = (Audience.REPEATED, Audience.GOOD, Audience.LATE_BEFORE, Audience.EVERYBODY)


def in_order(steps: Iterable[Step]) -> Sequence[Step]:
    """Steps by their days; of several on one day, those for fewer customers first."""

    def place(step: Step) -> tuple[int, int, int]:
        for_all = (step.audience is Audience.EVERYBODY) + (step.service_kind is None)
        return step.days, for_all, _NARROWEST.index(step.audience)

    return sorted(steps, key=place)


def when(days: int) -> str:
    """The day of a step in words: "3 dias antes", "no vencimento", "1 dia depois"."""
    if not days:
        return "no vencimento"
    unit = "dia" if abs(days) == 1 else "dias"
    return f"{abs(days)} {unit} {'antes' if days < 0 else 'depois'}"


SUGGESTED = (
    Step(
        -3,
        Channel.EMAIL,
        Audience.EVERYBODY,
        0,
        "Sua fatura {fatura} vence em {vencimento}",
        "Passamos só para lembrar: a fatura {fatura} de {servico}, de {valor}, vence em {vencimento}. "
        "Por Pix, leva um minuto.",
    ),
    Step(
        2,
        Channel.EMAIL,
        Audience.GOOD,
        5_00,
        "Fatura {fatura}: será que passou despercebida?",
        "Você sempre paga em dia, e agradecemos por isso. Não vimos ainda o pagamento da fatura {fatura}, "
        "de {valor}, que venceu em {vencimento}. Se já pagou, não precisa fazer nada.",
    ),
    Step(
        2,
        Channel.EMAIL,
        Audience.REPEATED,
        5_00,
        "Fatura {fatura}: quer mudar o dia do vencimento?",
        "A fatura {fatura} de {servico}, de {valor}, venceu em {vencimento} e ainda não vimos o pagamento. "
        "Se outro dia do mês for melhor para você, mude o vencimento na Central do Assinante ou responda a "
        "esta mensagem. Se já pagou, não precisa fazer nada.",
    ),
    Step(
        2,
        Channel.EMAIL,
        Audience.EVERYBODY,
        5_00,
        "Fatura {fatura} de {valor} venceu em {vencimento}",
        "A fatura {fatura} de {servico}, de {valor}, venceu em {vencimento} e ainda não vimos o pagamento. "
        "Abaixo há Pix e cartão, que entram na hora. Se já pagou, não precisa fazer nada.",
    ),
    Step(
        8,
        Channel.EMAIL,
        Audience.GOOD,
        5_00,
        "Aconteceu alguma coisa com a fatura {fatura}?",
        "É a primeira vez que uma fatura sua fica aberta, e queremos ajudar: a {fatura}, de {valor}, venceu "
        "há {dias} dias. Se houve um engano nosso ou falta um documento, responda a esta mensagem.",
    ),
    Step(
        8,
        Channel.EMAIL,
        Audience.REPEATED,
        5_00,
        "Vamos combinar a fatura {fatura}?",
        "A fatura {fatura}, de {valor}, está aberta há {dias} dias. Dá para dividir em partes ou combinar "
        "outro dia: na Central do Assinante você faz isso em um minuto, ou responda a esta mensagem.",
    ),
    Step(
        8,
        Channel.EMAIL,
        Audience.EVERYBODY,
        5_00,
        "Podemos ajudar com a fatura {fatura}?",
        "A fatura {fatura}, de {valor}, está aberta há {dias} dias. Se algo não está certo ou o momento está "
        "difícil, responda a esta mensagem: procuramos um jeito com você.",
    ),
    Step(
        10,
        Channel.PHONE,
        Audience.GOOD,
        50_00,
        "Ligar sobre a fatura {fatura}, primeiro atraso",
        "Você sempre paga em dia, por isso estranhei a fatura {fatura} de {servico}, de {valor}, que venceu "
        "em {vencimento}. Ela chegou direitinho?",
    ),
    Step(
        10,
        Channel.PHONE,
        Audience.REPEATED,
        50_00,
        "Ligar sobre a fatura {fatura}, atraso repetido",
        "É sobre a fatura {fatura} de {servico}, de {valor}, que venceu em {vencimento}. O dia do vencimento "
        "ainda serve para você? Podemos mudar.",
    ),
    Step(
        10,
        Channel.PHONE,
        Audience.EVERYBODY,
        50_00,
        "Ligar sobre a fatura {fatura}",
        "É sobre a fatura {fatura} de {servico}, de {valor}, que venceu em {vencimento}. Aconteceu alguma "
        "coisa?",
    ),
)
