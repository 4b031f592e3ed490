"""What the pages behind a signing link share."""

from flask import Response, request, url_for
from wtforms.form import BaseForm

from portal.documents.queries import read_paper
from portal.documents.rules.paper import Paper
from portal.shared import clock, htmx
from portal.shared.db import db
from portal.shared.errors import with_retry_after
from portal.shared.refusals import Refusal
from portal.signatures.forms import AgreeForm, DeclineForm
from portal.signatures.queries.links import SigningLink, get_signing_link
from portal.signatures.rules.signing import Visitor, times_left
from portal.signatures.rules.states import LinkStatus


def visitor() -> Visitor:
    """From where the present request comes."""
    return Visitor(ip=request.remote_addr or "", user_agent=request.user_agent.string)


def link_of(secret: str) -> SigningLink:
    """The link of the address."""
    return get_signing_link(db.session, secret, now=clock.now())


def start_page(
    secret: str,
    *,
    agree: BaseForm | None = None,
    decline: BaseForm | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> Response:
    """The page of the link itself: the document to read, or what became of it."""
    link = link_of(secret)
    page = htmx.render(
        "signatures/sign.html",
        status=refusal.status if refusal else status,
        token=secret,
        link=link,
        envelope=link.envelope,
        status_name=link.status.value,
        paper=_paper(link),
        postponements=times_left(link.envelope.postponements_left),
        agree=agree or AgreeForm(formdata=None),
        decline=decline or DeclineForm(formdata=None),
        refusal=refusal,
    )
    return private(with_retry_after(page, refusal))


def go_to_start(secret: str) -> Response:
    """Back to the page of the link."""
    return htmx.go_to(url_for("signatures.sign", token=secret))


def private(page: Response) -> Response:
    """Nothing behind a link, or about a person, belongs into a search engine."""
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    return page


def _paper(link: SigningLink) -> Paper | None:
    """The document as text, where it is there to be read and signed."""
    if link.status is not LinkStatus.OPEN or link.envelope.file.layout is None:
        return None
    return read_paper(db.session, link.envelope.file_id)
