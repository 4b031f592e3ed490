"""Decisions of the Central do Assinante: how long things are valid, and what the banner says. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from portal.catalog.rules import ServiceKind, ServiceState
from portal.invoices.rules.states import InvoiceState
from portal.overdue.rules.trust import countdown
from portal.shared.brazil import format_date, format_money
from portal.shared.refusals import Refusal
from portal.subscriptions.rules import OVERDUE_POLICIES

ANSWER_SIGN_IN = "answer-subscriber-sign-in"  # the queue's name of mailing a link to sign in
LINK_VALID_FOR = timedelta(minutes=30)
SESSION_VALID_FOR = timedelta(days=30)
KEPT_AFTER_END = timedelta(days=90)
PAID_ON_HOME = 12


def state_words(state: InvoiceState) -> str:
    """The state of an invoice as the customer reads it: of what was given up, who to talk to."""
    return "Com o financeiro" if state is InvoiceState.UNCOLLECTIBLE else state.label


class EntryNotWorking(Refusal):
    """A link to sign in that was used or made up, or has expired."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "Este link já foi usado ou expirou: ele vale por 30 minutos e funciona uma vez. "
            "Peça outro com o seu e-mail."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A plan somebody has, by its contract: `released_until` is its last paid day, None before it was paid.

    `suspended_on` is since when it is suspended, `trusted_until` until when it is released in trust
    meanwhile. `pause` is the first and the last day of the latest pause, over or not.
    """

    contract_id: int
    plan_name: str
    released_until: date | None
    state: ServiceState = ServiceState.CURRENT
    suspended_on: date | None = None
    trusted_until: date | None = None
    kind: ServiceKind = ServiceKind.SUBSCRIPTION
    pause: tuple[date, date] | None = None

    @property
    def returns_with_all(self) -> bool:
        """Whether a suspended service returns only when all open invoices are paid, not just what is late."""
        return OVERDUE_POLICIES[self.kind].released_by_all

    def is_around_pause(self, today: date) -> bool:
        """Whether it is paused, is to be, or came back from a pause and was not paid since."""
        if self.pause is None or self.released_until is None:
            return False
        return self.pause[0] <= today <= self.pause[1] or self.released_until < self.pause[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a service has open: `oldest_on` is the first due date and `payable_until` its last day without
    charges, both None without open invoices. `blocking_count` and `blocking_cents` are what brings a
    suspended service back once paid. `is_elsewhere`: something is to be paid, but not for this service.
    """

    oldest_on: date | None = None
    payable_until: date | None = None
    blocking_count: int = 0
    blocking_cents: int = 0
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What stands first on the page: `title`, and in `next_step` what happens next. `tone` as of a notice."""

    title: str
    next_step: str
    tone: str


def banner(service: Service | None, due: Due, *, today: date, awaits_entry: bool = False) -> Banner:
    """What to say of a service on a day. `awaits_entry`: nothing is late but in an agreement, whose entry is
    to be paid.
    """
    if service is None or service.released_until is None:
        return _not_begun(has_open=due.oldest_on is not None)
    if service.suspended_on:
        what = "a entrada do acordo" if awaits_entry else _blocking(service, due)
        return _suspended(service, service.suspended_on, today, what=what)
    is_late = due.payable_until is not None and due.payable_until < today
    if service.pause and not is_late and service.is_around_pause(today):
        return _around_pause(service.pause, service.released_until, due, today)
    return _by_time(service.released_until, due, today, is_late=is_late)


def _by_time(released_until: date, due: Due, today: date, *, is_late: bool) -> Banner:
    """What to say of a service that nothing holds but its time."""
    day = format_date(released_until)
    if released_until < today:
        step = "Pague a fatura em aberto por Pix ou cartão: o serviço é liberado na hora."
        if due.oldest_on is None:
            step = "Não há fatura em aberto. Fale com o financeiro para saber como voltar a usar."
        return Banner(title=f"Seu serviço foi liberado até {day}", next_step=step, tone="refused")
    title = f"Seu serviço está liberado até {day}"
    if due.oldest_on is None:
        what = "nada a pagar deste contrato" if due.is_elsewhere else "nada a pagar"
        step = f"Não há {what}. Avisamos quando vier a próxima fatura."
        return Banner(title=title, next_step=step, tone="good")
    if is_late:
        step = f"Há uma fatura vencida em {format_date(due.oldest_on)}. Pague para não ficar sem o serviço."
        return Banner(title=title, next_step=step, tone="needs")
    step = f"A próxima fatura vence em {format_date(due.oldest_on)}: pague até lá para continuar sem parar."
    return Banner(title=title, next_step=step, tone="good")


def _around_pause(pause: tuple[date, date], released_until: date, due: Due, today: date) -> Banner:
    """What to say before a pause, in it, and after it until its first payment."""
    begins, until = format_date(pause[0]), format_date(pause[1])
    back = format_date(pause[1] + timedelta(days=1))
    if today < pause[0]:
        title = f"Seu serviço está liberado até {format_date(released_until)}"
        step = f"De {begins} a {until} ele fica em pausa, sem cobrança."
    elif today <= pause[1]:
        title = f"Seu serviço está em pausa até {until}"
        step = f"Nada é cobrado por este tempo. O serviço volta sozinho em {back}."
    else:
        title = f"Seu serviço voltou em {back}"
        step = "Avisamos quando vier a próxima fatura."
    if due.oldest_on is not None:
        owed = f"A fatura em aberto vence em {format_date(due.oldest_on)}."
        step = owed if today > pause[1] else f"{step} {owed}"
    return Banner(title=title, next_step=step, tone="neutral" if pause[0] <= today <= pause[1] else "good")


def _blocking(service: Service, due: Due) -> str:
    """What is to be paid for a suspended service to return, all of it."""
    late = "em aberto" if service.returns_with_all else "vencida"
    if not due.blocking_count:
        return "o que está vencido"
    if due.blocking_count == 1:
        return f"a fatura {late}, {format_money(due.blocking_cents)},"
    plural = late if service.returns_with_all else f"{late}s"
    return f"as {due.blocking_count} faturas {plural}, {format_money(due.blocking_cents)} ao todo,"


def _suspended(service: Service, since: date, today: date, *, what: str) -> Banner:
    if service.state is ServiceState.TRUSTED and service.trusted_until:
        return Banner(
            title=f"Seu serviço está liberado em confiança até {format_date(service.trusted_until)}",
            next_step=f"A liberação {countdown(service.trusted_until, today)}. Pague {what} por "
            "Pix ou cartão e o serviço fica liberado de vez.",
            tone="needs",
        )
    return Banner(
        title=f"Seu serviço está suspenso desde {format_date(since)}",
        next_step=f"Pague {what} por Pix ou cartão: o serviço volta na hora.",
        tone="refused",
    )


def _not_begun(*, has_open: bool) -> Banner:
    step = (
        "Pague a primeira fatura. Com o contrato assinado, o serviço é liberado assim que o pagamento entrar."
        if has_open
        else "Avisamos por e-mail quando houver uma fatura ou quando o serviço for liberado."
    )
    return Banner(title="Seu serviço ainda não começou", next_step=step, tone="neutral")
