"""Pages and their fragments: a fragment is a block of its page, never a template of its own."""

from collections.abc import Mapping

from flask import Flask, Response, current_app, make_response, redirect, render_template, request
from jinja2_fragments.flask import render_block


def is_htmx() -> bool:
    """Whether htmx asks for a fragment (not for a restored page)."""
    return request.headers.get("HX-Request") == "true"


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
        return Response(status=204, headers={"HX-Redirect": address})
    return make_response(redirect(address, 303))


def init_app(app: Flask) -> None:
    """Caches must keep page and fragment apart."""

    @app.after_request
    def vary(response: Response) -> Response:
        response.vary.add("HX-Request")
        return response
