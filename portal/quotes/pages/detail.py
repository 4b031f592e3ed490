"""All that a quote's page shows, by a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from calculator import (
    Breakdown,
    PriceList,
    WaterfallStep,
    approval_reasons,
    breakdown_from_json,
    describe_waterfall,
)
from portal.catalog.queries import loaded_list
from portal.quotes.models import Approval, ProposalView, QuoteVersion
from portal.quotes.pages.contracts import ContractSummary, contract_summary
from portal.quotes.queries.deals import deal_of
from portal.quotes.queries.deciders import approval_path
from portal.quotes.queries.reading import (
    get_live_version,
    list_alternatives,
    list_approvals,
    list_versions,
    list_views,
)
from portal.quotes.rules.approval import ApprovalPreview
from portal.quotes.rules.labels import quote_label
from portal.quotes.rules.states import ApprovalState, QuoteState, waits_for_approval
from portal.shared import tokens
from portal.shared.auth import Actor, Permission
from portal.shared.clock import day_of
from portal.shared.mail import absolute_url
from portal.shared.tokens import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotePage:
    """The live version of a quote, what may be done with it, and how it came here."""

    version: QuoteVersion
    label: str
    breakdown: Breakdown
    waterfall: Sequence[WaterfallStep]
    price_list: PriceList
    preview: ApprovalPreview | None
    versions: Sequence[QuoteVersion]
    approvals: Sequence[Approval]
    alternatives: Sequence[QuoteVersion]
    other_terms: Sequence[tuple[str, str]]
    views: Sequence[ProposalView]
    public_link: str
    held_back: bool
    is_expired: bool
    contract: ContractSummary

    @property
    def counter(self) -> Approval | None:
        """The counter-offer that waits for the reseller."""
        if self.version.state is not QuoteState.COUNTERED:
            return None
        return next((each for each in self.approvals if each.state is ApprovalState.COUNTERED), None)

    @property
    def latest_approval(self) -> Approval | None:
        return self.approvals[0] if self.approvals else None


def quote_page(session: Session, quote_id: int, *, actor: Actor, now: datetime) -> QuotePage:
    """The page of a quote this person may see. Raises `Missing`."""
    version = get_live_version(session, quote_id, actor=actor)
    quote = version.quote
    breakdown = breakdown_from_json(version.breakdown)
    price_list = loaded_list(session, version.price_list_id)
    alternatives = list_alternatives(session, quote.proposal_id, actor=actor)
    return QuotePage(
        version=version,
        label=quote_label(quote.proposal_id, quote.alternative, alternatives=len(alternatives)),
        breakdown=breakdown,
        waterfall=describe_waterfall(breakdown, price_list, version.arrangement),
        price_list=price_list,
        preview=_preview(session, version, breakdown),
        versions=list_versions(session, quote_id, actor=actor),
        approvals=list_approvals(session, quote_id, actor=actor),
        alternatives=alternatives,
        other_terms=_other_terms(price_list, alternatives),
        views=list_views(session, quote.proposal_id, actor=actor),
        public_link=_public_link(session, version, actor=actor, today=day_of(now)),
        held_back=waits_for_approval(version.state, needs_approval=version.needs_approval),
        is_expired=version.state is QuoteState.SENT and version.is_expired_on(day_of(now)),
        contract=contract_summary(session, version, actor=actor, now=now),
    )


def _preview(session: Session, version: QuoteVersion, breakdown: Breakdown) -> ApprovalPreview | None:
    if version.state not in (QuoteState.DRAFT, QuoteState.PENDING_APPROVAL):
        return None
    path = approval_path(
        session, partner_id=version.partner_id, owner_id=version.quote.owner_id, quote_id=version.quote_id
    )
    deal = deal_of(breakdown, price_list_id=version.price_list_id, arrangement=version.arrangement)
    return path.preview(deal, approval_reasons(breakdown))


def _other_terms(price_list: PriceList, alternatives: Sequence[QuoteVersion]) -> list[tuple[str, str]]:
    taken = {version.term for version in alternatives if version.state is not QuoteState.VOIDED}
    return [(code, term.label) for code, term in price_list.terms.items() if code not in taken]


def _public_link(session: Session, version: QuoteVersion, *, actor: Actor, today: date) -> str:
    """The customer's address, for the reseller to send by other means; "" when there is none to give."""
    if version.state is not QuoteState.SENT or version.is_expired_on(today):
        return ""
    if not actor.can(Permission.WRITE_QUOTES):
        return ""
    token = tokens.find_shared(session, purpose=Purpose.PROPOSAL, subject_id=version.quote.proposal_id)
    return absolute_url("quotes.proposal", token=token.secret()) if token else ""
