"""What a page of one room asks of rooms downstream of it (the provider pattern).

A room may not import those that come after it, yet its pages show what they know: how far a contract is,
until when it is paid. The room states the question as a class; `portal/providers.py` says who answers it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, current_app
from sqlalchemy.orm import Session


class Question[A]:
    """Asked by an upstream room; each provider answers an `A`. Subclasses are frozen dataclasses."""


type Provider = Callable[[Session, Any], Any]
type Providers = tuple[tuple[type[Question[Any]], tuple[Provider, ...]], ...]


def init_app(app: Flask, *, providers: Iterable[tuple[type[Question[Any]], tuple[Provider, ...]]]) -> None:
    """Give the app its answers."""
    app.extensions["portal.providers"] = dict(providers)


def ask[A](session: Session, question: Question[A]) -> list[A]:
    """The answers of all providers, in their order; none where no room is wired to answer."""
    providers: dict[type, tuple[Provider, ...]] = current_app.extensions["portal.providers"]
    return [provider(session, question) for provider in providers.get(type(question), ())]
