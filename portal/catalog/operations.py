"""Publishing price lists."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from calculator import PriceList, PriceListError, Problem, compare_price_lists, parse_price_list
from portal.catalog import queries, rules
from portal.catalog.models import PlanPolicy, PublishedPriceList
from portal.catalog.rules import (
    ChangeLine,
    FirstPeriodPolicy,
    ListChangedMeanwhile,
    PolicyChangedMeanwhile,
    PriceListRefused,
)
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date
from portal.shared.queueing import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What publishing a text would do; nothing is stored by making one.

    `price_list` is None when the text cannot be read. `replaces` is the list in force on its first
    day. `published` is the list it already is: then there is nothing to do.
    """

    sha256: str
    price_list: PriceList | None = None
    problems: tuple[Problem, ...] = ()
    replaces: PublishedPriceList | None = None
    published: PublishedPriceList | None = None
    changes: tuple[ChangeLine, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def can_be_published(self) -> bool:
        return not self.problems and self.published is None


def check_price_list(session: Session, *, content: str, today: date) -> ImportReport:
    """The dry run: every problem with its line, or what would change against the list it replaces."""
    digest = rules.fingerprint(content)
    try:
        price_list = parse_price_list(content)
    except PriceListError as error:
        return ImportReport(sha256=digest, problems=tuple(error.problems))
    known = queries.find_by_code(session, price_list.code)
    if known is not None and known.sha256 == digest:
        return ImportReport(sha256=digest, price_list=price_list, published=known)
    replaces = queries.price_list_on(session, price_list.valid_from)
    old = queries.loaded_list(session, replaces.id) if replaces else None
    tiers, arrangements = queries.used_by_partners(session)
    return ImportReport(
        sha256=digest,
        price_list=price_list,
        problems=tuple(_conflicts(session, price_list, known, today)),
        replaces=replaces,
        changes=tuple(rules.change_lines(compare_price_lists(old, price_list))) if old else (),
        warnings=tuple(
            rules.warnings_about(price_list, old, today=today, tiers=tiers, arrangements=arrangements)
        ),
    )


def _conflicts(
    session: Session, price_list: PriceList, known: PublishedPriceList | None, today: date
) -> list[Problem]:
    """Why a readable list may not join the published ones."""
    found = []
    if known is not None:
        message = f"A tabela “{known.code}” já foi publicada com outro conteúdo. Dê outro código a esta."
        found.append(Problem(None, "price_list.code", message))
    same_day = queries.find_by_first_day(session, price_list.valid_from)
    if same_day is not None and same_day is not known:
        message = f"A tabela “{same_day.code}” já começa neste dia. Escolha outro primeiro dia."
        found.append(Problem(None, "price_list.valid_from", message))
    is_first = not queries.list_all_price_lists(session)
    late = rules.first_day_problem(price_list.valid_from, today=today, is_first=is_first)
    return found + ([late] if late else [])


def import_price_list(
    session: Session, *, content: str, actor: Actor | None, now: datetime, today: date
) -> PublishedPriceList:
    """Publish a price list; the same content again gives the list it already is.

    Raises:
        PriceListRefused: it has problems, see `check_price_list`.
        ListChangedMeanwhile: another list took its code or first day at the same moment.
    """
    report = check_price_list(session, content=content, today=today)
    if report.published is not None:
        return report.published
    if report.problems or report.price_list is None:
        raise PriceListRefused(report.problems)
    published = PublishedPriceList(
        code=report.price_list.code,
        name=report.price_list.name,
        valid_from=report.price_list.valid_from,
        content=content,
        sha256=report.sha256,
        published_at=now,
        published_by_id=actor.user_id if actor else None,
    )
    try:
        with session.begin_nested():
            session.add(published)
    except IntegrityError:
        raise ListChangedMeanwhile from None
    queries.forget_current_list(session)
    audit.record(
        session,
        action="price_list_published",
        summary=f"Tabela de preços “{published.name}” publicada, válida a partir de "
        f"{format_date(published.valid_from)}.",
        subject=published,
        actor=actor,
        now=now,
        facts={"code": published.code, "sha256": published.sha256},
    )
    return published


def publish_checked_list(
    session: Session,
    *,
    content: str,
    sha256: str,
    replaces_id: int | None,
    actor: Actor,
    now: datetime,
    today: date,
) -> PublishedPriceList:
    """Publish what somebody checked before: this very text, against this very list.

    Raises:
        PriceListRefused, ListChangedMeanwhile: as `import_price_list`, and when text or list differ.
    """
    if rules.fingerprint(content) != sha256:
        raise PriceListRefused(
            [Problem(None, "", "O conteúdo não é o que foi conferido. Envie o arquivo de novo.")]
        )
    report = check_price_list(session, content=content, today=today)
    if report.can_be_published and (report.replaces.id if report.replaces else None) != replaces_id:
        raise ListChangedMeanwhile
    return import_price_list(session, content=content, actor=actor, now=now, today=today)


def change_first_period(
    session: Session,
    *,
    plan: str,
    wanted: FirstPeriodPolicy,
    seen: FirstPeriodPolicy,
    actor: Actor,
    now: datetime,
) -> bool:
    """Choose how the first period of a plan is charged from now on; False when it is so already.

    Raises:
        PolicyChangedMeanwhile: it is no longer what the person had `seen`.
    """
    first = {
        "plan": plan,
        "first_period": FirstPeriodPolicy.FULL_INSTALLMENT,
        "changed_at": now,
        "changed_by_id": actor.user_id,
        "changed_by_name": actor.name,
    }
    if wanted is seen:
        return False
    insert_once(session, PlanPolicy, key="plan", values=first)
    row = queries.list_plan_policies(session, for_update=True)[plan]
    if row.first_period is not seen:
        raise PolicyChangedMeanwhile(row.changed_by_name, row.first_period)
    row.first_period, row.changed_at = wanted, now
    row.changed_by_id, row.changed_by_name = actor.user_id, actor.name
    audit.record(
        session,
        action="first_period_changed",
        summary=f"Primeiro período do plano {plan}: {wanted.label}",
        subject=row,
        actor=actor,
        now=now,
        facts={"plan": plan, "before": seen.value, "after": wanted.value},
    )
    return True
