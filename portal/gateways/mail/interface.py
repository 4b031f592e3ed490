"""What the portal asks of a mail server."""

from email.message import EmailMessage
from typing import Protocol


class MailDeferred(Exception):
    """Not now: server away, slow, busy or misconfigured. `str()` is for the operator, without addresses."""


class MailRefused(Exception):
    """Never: the server does not take this mail or knows no such recipient."""


class MailGateway(Protocol):
    """A mail server."""

    def send(self, message: EmailMessage) -> None:
        """Hand over one message; on return the server has taken it.

        Raises:
            MailDeferred: the same message may be taken later.
            MailRefused: the same message will never be taken.
        """

    def is_reachable(self) -> bool:
        """Whether a server answers at all, decided within a second."""
