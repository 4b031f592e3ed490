"""Registering resellers, changing them, and taking their access away."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.partners import rules
from portal.partners.models import Partner
from portal.partners.queries.partners import details_of, find_last_change, list_names, list_team
from portal.partners.rules import FIELD_LABELS, PartnerDetails
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.filters import time_br
from portal.users.models import User
from portal.users.operations.sessions import end_all_sessions

# Changes that people look for later: the log says from what to what. Of others it says only that
# they changed, since addresses and phones may have to be forgotten and the log never is.
TOLD_IN_FULL = ("arrangement", "account_manager_id", "substitute_id")


def register_partner(
    session: Session, *, details: PartnerDetails, actor: Actor | None, now: datetime
) -> Partner:
    """Register a reseller. `actor` is None for demo data.

    Raises:
        DocumentTaken, NotAnAccountManager, SubstituteIsManager: at their fields.
    """
    _check(session, details)
    partner = Partner(**asdict(details), created_at=now)
    _save(session, partner, details)
    _record(session, "partner_registered", "Parceiro cadastrado", partner, actor=actor, now=now)
    return partner


def edit_partner(
    session: Session,
    *,
    partner: Partner,
    lock_version: int,
    details: PartnerDetails,
    tier_reason: str,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Save an edited registration (`get_partner(…, for_update=True)`); the names of what changed.

    Raises:
        SavedMeanwhile: it is not the version the person opened any more.
        TierReasonMissing: the tier changes and nobody said why.
        DocumentTaken, NotAnAccountManager, SubstituteIsManager: at their fields.
    """
    if partner.lock_version != lock_version:
        raise saved_meanwhile(session, partner)
    before = details_of(partner)
    changed = rules.differing(before, details)
    if not changed:
        return []
    if "tier" in changed and not tier_reason:
        raise rules.TierReasonMissing
    _check(session, details, before=before)
    _save(session, partner, details)
    _record_changes(session, partner, before, changed, tier_reason=tier_reason, actor=actor, now=now)
    return changed


def disable_partner(session: Session, *, partner: Partner, reason: str, actor: Actor, now: datetime) -> None:
    """Take the access of all people of a partner away at once. Doing it again changes nothing.

    Its customers can answer none of its proposals while it is disabled (`quotes/queries/public.py`).

    Raises:
        ReasonMissing: nobody said why.
    """
    if not reason:
        raise rules.ReasonMissing
    if partner.disabled_at:
        return
    partner.disabled_at = now
    for user in list_team(session, partner):
        end_all_sessions(session, user_id=user.id, now=now)
    _record(session, "partner_disabled", "Parceiro desativado", partner, reason=reason, actor=actor, now=now)


def enable_partner(session: Session, *, partner: Partner, actor: Actor, now: datetime) -> None:
    """Let the people of a disabled partner sign in again."""
    if partner.disabled_at is None:
        return
    partner.disabled_at = None
    _record(session, "partner_enabled", "Parceiro reativado", partner, actor=actor, now=now)


def saved_meanwhile(session: Session, row: Partner | User) -> rules.SavedMeanwhile:
    """The refusal that says who saved a registration and when."""
    entry = find_last_change(session, row)
    if entry is None:
        return rules.SavedMeanwhile("Outra pessoa", "agora")
    return rules.SavedMeanwhile(entry.actor_label, time_br(entry.at))


def _check(session: Session, details: PartnerDetails, *, before: PartnerDetails | None = None) -> None:
    if details.substitute_id == details.account_manager_id:
        raise rules.SubstituteIsManager
    chosen = {"account_manager_id": details.account_manager_id, "substitute_id": details.substitute_id}
    for field, user_id in sorted(chosen.items(), key=lambda pair: pair[1] or 0):  # one order of locks
        if user_id is not None and user_id != getattr(before, field, None):
            _check_manager(session, user_id, field)
    taken = session.scalar(select(Partner).where(Partner.document == details.document))
    if taken and (before is None or before.document != details.document):
        raise rules.DocumentTaken(taken.trade_name)


def _check_manager(session: Session, user_id: int, field: str) -> None:
    # Locked, so that the person is not disabled between this look and our commit.
    manager = session.get(User, user_id, with_for_update={"key_share": True})
    if manager is None or manager.role is not Role.ACCOUNT_MANAGER or manager.disabled_at:
        raise rules.NotAnAccountManager(field)


def _save(session: Session, partner: Partner, details: PartnerDetails) -> None:
    try:
        with session.begin_nested():
            for name, value in asdict(details).items():
                setattr(partner, name, value)
            session.add(partner)
    except IntegrityError:  # registered by somebody else at the same moment
        raise rules.DocumentTaken("outro parceiro") from None
    session.refresh(partner, ["account_manager", "substitute"])


def _record_changes(
    session: Session,
    partner: Partner,
    before: PartnerDetails,
    changed: list[str],
    *,
    tier_reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    after = details_of(partner)
    if "tier" in changed:
        summary = f"Nível: de {before.tier.label} para {after.tier.label}"
        _record(session, "partner_tier_changed", summary, partner, reason=tier_reason, actor=actor, now=now)
    others = [name for name in changed if name != "tier"]
    if others:
        summary = _summary(session, before, after, others)
        _record(session, "partner_edited", summary, partner, actor=actor, now=now, fields=others)


def _summary(session: Session, before: PartnerDetails, after: PartnerDetails, changed: list[str]) -> str:
    ids = [before.account_manager_id, after.account_manager_id, before.substitute_id, after.substitute_id]
    people = list_names(session, [each for each in ids if each])
    told = []
    for name in TOLD_IN_FULL:
        if name in changed:
            was, is_now = (rules.shown(details, name, people) for details in (before, after))
            told.append(f"{FIELD_LABELS[name]}: de {was} para {is_now}")
    plain = [FIELD_LABELS[name] for name in changed if name not in TOLD_IN_FULL]
    if plain:
        told.append("Cadastro alterado: " + ", ".join(plain))
    return "; ".join(told)


def _record(
    session: Session,
    action: str,
    summary: str,
    partner: Partner,
    *,
    actor: Actor | None,
    now: datetime,
    reason: str = "",
    **facts: object,
) -> None:
    audit.record(
        session,
        action=action,
        summary=summary,
        reason=reason,
        subject=partner,
        actor=actor,
        now=now,
        facts=facts,
    )
