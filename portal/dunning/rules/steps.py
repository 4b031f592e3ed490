"""The steps of a dunning policy, and those a new one begins with. Pure."""

from typing import NamedTuple

from portal.shared.labels import LabeledEnum

FIRST_DAY, LAST_DAY = -30, 90
MOST_STEPS = 12
CATCH_UP_DAYS = 5
"""A step whose day is longer past than this is not made up: nobody gets old messages of a new policy."""
FORGIVEN_DAYS = 3
"""Who never paid later than so many days after a due date always paid in time."""


class Channel(LabeledEnum):
    """How somebody is reminded."""

    EMAIL = "email", "E-mail"
    PHONE = "phone", "Ligação"


class Audience(LabeledEnum):
    """To whom a step speaks, by how the customer paid so far."""

    EVERYBODY = "everybody", "Todos"
    GOOD = "good", "Sempre pagou em dia"
    LATE_BEFORE = "late_before", "Já atrasou antes"


class Step(NamedTuple):
    """One step: `days` after the due date, negative before it. For a call, `body` is its script.

    `min_cents`: the least that is open of the invoice.
    """

    days: int
    channel: Channel
    audience: Audience
    min_cents: int
    subject: str
    body: str


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
        Audience.EVERYBODY,
        5_00,
        "Fatura {fatura} de {valor} venceu em {vencimento}",
        "A fatura {fatura} de {servico}, de {valor}, venceu em {vencimento} e ainda não vimos o pagamento. "
        "No botão abaixo há Pix e cartão, que entram na hora. Se já pagou, não precisa fazer nada.",
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
        Audience.EVERYBODY,
        50_00,
        "Ligar sobre a fatura {fatura}",
        "Olá, {nome}! Falo de {parceiro} sobre a fatura {fatura} de {servico}, de {valor}, que venceu em "
        "{vencimento}. Aconteceu alguma coisa? Posso mandar o Pix ou o boleto agora por e-mail ou WhatsApp.",
    ),
)
