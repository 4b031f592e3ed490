"""Mail by SMTP."""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from threading import Timer

from portal.gateways.mail.interface import MailDeferred, MailRefused

PROBE_TIMEOUT_S = 1
GOODBYE_TIMEOUT_S = 1
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpGateway:
    """A server at `host`:`port`.

    TLS from the first byte with `tls`, else STARTTLS where offered; in the clear to this machine itself.
    """

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    answer_timeout_s: float = 10
    whole_timeout_s: float = 60  # less than the lease of a claimed mail: nobody else has begun to send it

    def send(self, message: EmailMessage) -> None:
        """See `MailGateway.send`. A dialogue is given up after `whole_timeout_s`, however it drips."""
        try:
            server = self._connect()
            watchdog = Timer(self.whole_timeout_s, _hang_up, [server])
            watchdog.start()
            try:
                self._greet(server)
                server.send_message(message)
                _take_leave(server)
            finally:
                watchdog.cancel()
                server.close()
        except smtplib.SMTPRecipientsRefused as error:
            raise _verdict(max(code for code, _text in error.recipients.values())) from error
        except smtplib.SMTPDataError as error:
            raise _verdict(error.smtp_code) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused("the server does not take this kind of address") from error
        except smtplib.SMTPResponseException as error:  # greeting, sign-in, sender: ours to mend, mail waits
            raise MailDeferred(f"{type(error).__name__}: the server answered {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailDeferred(type(error).__name__) from error

    def is_reachable(self) -> bool:
        """See `MailGateway.is_reachable`."""
        try:
            socket.create_connection((self.host, self.port), PROBE_TIMEOUT_S).close()
        except OSError:
            return False
        return True

    def _connect(self) -> smtplib.SMTP:
        if self.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.answer_timeout_s, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.answer_timeout_s)

    def _greet(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self.tls and self.host not in LOOPBACK:
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif self.user:
                raise MailDeferred("NoEncryption: the password is not sent in the clear")
        if self.user:
            server.login(self.user, self.password)


def _verdict(code: int) -> MailDeferred | MailRefused:
    if code >= 500:
        return MailRefused(f"the server answered {code}")
    return MailDeferred(f"the server answered {code}")


def _take_leave(server: smtplib.SMTP) -> None:
    """Quit politely but shortly. What goes wrong now changes nothing: the mail is taken."""
    with suppress(smtplib.SMTPException, OSError, AttributeError):
        server.sock.settimeout(GOODBYE_TIMEOUT_S)  # type: ignore[union-attr]
        server.quit()


def _hang_up(server: smtplib.SMTP) -> None:
    with suppress(OSError, AttributeError):  # closed in this very moment
        server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
