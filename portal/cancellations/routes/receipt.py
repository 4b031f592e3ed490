"""The receipt of a cancellation: for who works on it, and for the customer behind the link."""

from flask import Response

from portal.cancellations.models import CancellationCase
from portal.cancellations.notifications import print_receipt
from portal.cancellations.queries.cases import get_case, load_case
from portal.cancellations.routes.blueprint import blueprint
from portal.shared import clock, tokens
from portal.shared.auth import Permission, actor, public, requires
from portal.shared.db import db
from portal.shared.downloads import named_file
from portal.shared.environment import environment
from portal.shared.refusals import Missing
from portal.shared.tokens import Purpose


@blueprint.get("/cancelamentos/<int:case_id>/comprovante.pdf")
@requires(Permission.SEE_CONTRACTS)
def receipt(case_id: int) -> Response:
    """The receipt to print or keep."""
    return _pdf(get_case(db.session, case_id, actor=actor()))


@blueprint.get("/cancelamento/<token>/comprovante.pdf")
@public
def customers_receipt(token: str) -> Response:
    """The same for the customer, while the link works."""
    now = clock.now()
    link = tokens.get(db.session, purpose=Purpose.CANCELLATION, secret=token, now=now)
    if not tokens.is_valid(link, now):
        raise Missing("Este link expirou. Peça o comprovante a quem atende você.")
    answer = _pdf(load_case(db.session, link.subject_id))
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _pdf(case: CancellationCase) -> Response:
    paper = print_receipt(case, environment().company)
    return named_file(paper.content, media_type="application/pdf", file_name=paper.file_name, kind="inline")
