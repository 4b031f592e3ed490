"""Who decides, what is shown before asking, what a counter-offer may be, when to remind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from calculator import ApprovalReason
from portal.quotes.rules.states import ApprovalState
from portal.shared.brazil import add_business_days, format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.refusals import Conflict, Forbidden, Refusal

MINUTES_OF_A_DAY = 24 * 60


class Decider(NamedTuple):
    """Somebody who may decide. Without `user_id`, any administrator."""

    user_id: int | None
    name: str


ANY_ADMIN = Decider(None, "um administrador")


class CannotDecideOwn(Forbidden):
    """Nobody approves their own quote (invariant M8)."""

    def __init__(self) -> None:
        super().__init__("Este orçamento é seu: outra pessoa precisa decidir sobre ele.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPreview:
    """What the reseller is told before submitting.

    `why` are the prices below the partner's authority, also when an earlier approval covers them
    (`covered`), `average_answer` is None while the decider has never answered.
    """

    required: bool
    covered: bool
    why: tuple[ApprovalReason, ...]
    by: Decider | None
    average_answer: timedelta | None

    @property
    def by_name(self) -> str:
        return self.by.name if self.by else ""

    @property
    def sentence(self) -> str:
        """The path in a sentence or two."""
        if self.covered:
            return "A aprovação que você já tem vale também para esta versão."
        if self.by is None:
            return "Dentro da sua alçada."
        text = f"Este valor precisa da aprovação de {self.by.name}."
        if self.average_answer is not None:
            text += f" Responde, em média, em {duration_in_words(self.average_answer)}."
        return text


def approval_preview(
    reasons: Sequence[ApprovalReason],
    *,
    covered: bool,
    decider: Decider,
    average_answer: timedelta | None,
) -> ApprovalPreview:
    """Whether an approval is needed, by whom and why. `reasons` are the calculator's."""
    required = bool(reasons) and not covered
    return ApprovalPreview(
        required=required,
        covered=bool(reasons) and covered,
        why=tuple(reasons),
        by=decider if required else None,
        average_answer=average_answer if required else None,
    )


def reason_in_words(reason: ApprovalReason) -> str:
    """Why one price needs an approval."""
    return (
        f"{reason.label} de {format_money(reason.negotiated_cents)}: sua alçada vai até "
        f"{format_money(reason.free_down_to_cents)}."
    )


def choose_decider(candidates: Iterable[Decider], *, barred: Iterable[int]) -> Decider:
    """The first candidate (account manager, then substitute) whose own quote it is not; else an admin."""
    excluded = frozenset(barred)
    return next((person for person in candidates if person.user_id not in excluded), ANY_ADMIN)


def require_not_own(actor_id: int, *, owner_id: int, requested_by_id: int) -> None:
    """Raise `CannotDecideOwn` when the quote or the request is the actor's."""
    if actor_id in (owner_id, requested_by_id):
        raise CannotDecideOwn


class AlreadyDecided(Conflict):
    """Somebody was faster."""


DECIDED = {
    ApprovalState.APPROVED: "aprovou este orçamento",
    ApprovalState.REJECTED: "recusou este orçamento",
    ApprovalState.COUNTERED: "fez uma contraproposta para este orçamento",
    ApprovalState.WITHDRAWN: "retirou este pedido de aprovação",
}


def already_decided(state: ApprovalState, *, by_name: str, at: datetime, now: datetime) -> AlreadyDecided:
    """What the slower one of two is told."""
    return AlreadyDecided(f"{by_name} {DECIDED[state]} {time_ago(at, now)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRange:
    """One price of a counter-offer: what was asked for and what it may be, in centavos."""

    asked_cents: int
    minimum_cents: int
    original_cents: int

    def require(self, cents: int, *, field: str, what: str) -> None:
        """Raise `Refusal` at the field, naming the limit."""
        highest = max(self.original_cents, self.asked_cents)
        if cents < self.minimum_cents:
            raise Refusal(f"O valor mínimo {what} é {format_money(self.minimum_cents)}.", field=field)
        if cents > highest:
            raise Refusal(f"O valor {what} pode ir até {format_money(highest)}.", field=field)


def require_counter(
    *, monthly: PriceRange, counter_cents: int, setup: PriceRange | None, counter_setup_cents: int | None
) -> None:
    """A counter-offer lies between Mínimo and Original and asks more than the reseller offered.

    Lower in one of the two prices is fine when the other is higher: that is bargaining.

    Raises:
        Refusal: at `counter_cents` or `counter_setup_cents`.
    """
    monthly.require(counter_cents, field="counter_cents", what="desta negociação")
    more = counter_cents > monthly.asked_cents
    if counter_setup_cents is not None:
        if setup is None:
            raise Refusal("Este orçamento não cobra implantação.", field="counter_setup_cents")
        setup.require(counter_setup_cents, field="counter_setup_cents", what="da implantação")
        more = more or counter_setup_cents > setup.asked_cents
    if not more:
        raise Refusal(
            f"O pedido já é de {format_money(monthly.asked_cents)}. "
            "Proponha um valor maior, ou aprove o pedido.",
            field="counter_cents",
        )


def due_after_business_days(requested_at: datetime, count: int) -> datetime:
    """The instant at which `count` business days have gone by since a request.

    The same hour `count` business days later, São Paulo time. A request made outside a business day
    counts from the start of the next one.
    """
    day = day_of(requested_at)
    start = add_business_days(day - timedelta(days=1), 1)
    if start != day:
        return at_sao_paulo(add_business_days(start, count))
    return _same_hour(requested_at, add_business_days(day, count))


def _same_hour(instant: datetime, day: date) -> datetime:
    return instant + (at_sao_paulo(day) - at_sao_paulo(day_of(instant)))


def time_ago(then: datetime, now: datetime) -> str:
    """ "há 1 minuto", "há 3 horas"; "agora mesmo" within the first minute."""
    passed = now - then
    return "agora mesmo" if passed < timedelta(minutes=1) else f"há {duration_in_words(passed)}"


def duration_in_words(duration: timedelta) -> str:
    """The largest whole unit: "40 minutos", "3 horas", "2 dias"; under a minute counts as one."""
    minutes = max(int(duration.total_seconds()) // 60, 1)
    if minutes >= MINUTES_OF_A_DAY:
        return _counted(minutes // MINUTES_OF_A_DAY, "dia", "dias")
    if minutes >= 60:
        return _counted(minutes // 60, "hora", "horas")
    return _counted(minutes, "minuto", "minutos")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
