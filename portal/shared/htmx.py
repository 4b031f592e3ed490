"""Pages and their fragments: a fragment is a block of its page, never a template of its own."""

from collections.abc import Mapping

from flask import Flask, Response, current_app, make_response, redirect, render_template, request
from flask_htmx import HTMX
from flask_htmx import make_response as htmx_response
from jinja2_fragments.flask import render_block


class Htmx(HTMX):
    """flask-htmx, reading what htmx 4 sends.

    htmx 4 names elements as `tag#id` and says by `HX-Source` which one asks; it sends no `HX-Trigger`,
    `HX-Trigger-Name` and `HX-Prompt` any more, so these answer with the source's id, or None.
    """

    @property
    def source(self) -> str | None:
        """The id of the element that asks."""
        return _id_of(request.headers.get("HX-Source"))

    @property
    def target(self) -> str | None:
        """The id of the element that the answer goes into."""
        return _id_of(request.headers.get("HX-Target"))

    @property
    def trigger(self) -> str | None:
        return self.source

    @property
    def request_type(self) -> str | None:
        """What htmx makes of the answer: "partial", or "full" when it takes or selects from a whole page."""
        return request.headers.get("HX-Request-Type")

    @property
    def wants_page(self) -> bool:
        """Whether the answer takes the whole page's place: a boosted link, a page restored by Back."""
        is_body = request.headers.get("HX-Target", "").partition("#")[0] == "body"
        return bool(self) and (self.boosted or self.history_restore_request or is_body)


htmx = Htmx()


def is_htmx() -> bool:
    """Whether htmx asks for a fragment (not for a restored page)."""
    return bool(htmx) and not htmx.history_restore_request


def render(template: str, *, block: str | None = None, status: int = 200, **context: object) -> Response:
    """The page, or only `block` of it when htmx asks."""
    if block is not None and is_htmx():
        return make_response(render_block(template, block, **context), status)
    return make_response(render_template(template, **context), status)


def render_parts(
    template: str, parts: Mapping[str, str], *, status: int = 200, **context: object
) -> Response:
    """Several blocks of a page at once, each into the element that has the block's name as its id.

    `parts` says how each is swapped ("innerHTML", "innerMorph"). The blocks get `context` alone, not
    what layouts need (menu, person): this is for answers on every keystroke.
    """
    page = current_app.jinja_env.get_template(template)
    variables = page.new_context(context)
    html = "".join(
        f'<template hx type="partial" hx-target="#{name}" hx-swap="{swap}">'
        f"{''.join(page.blocks[name](variables))}</template>"
        for name, swap in parts.items()
    )
    return Response(html, status)


def go_to(address: str) -> Response:
    """After success: 303 for a form, `HX-Redirect` for htmx."""
    if is_htmx():
        answer: Response = htmx_response("", 204, redirect=address)
        return answer
    return make_response(redirect(address, 303))


def init_app(app: Flask) -> None:
    """Give templates `htmx`. Caches must keep page and fragment apart."""
    htmx.init_app(app)

    @app.after_request
    def vary(response: Response) -> Response:
        response.vary.add("HX-Request")
        return response


def _id_of(element: str | None) -> str | None:
    """The id in htmx 4's `tag#id`; None for an element without one."""
    return element.partition("#")[2] or None if element else None
