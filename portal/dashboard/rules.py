"""What the home pages decide: what needs a reseller today, how figures are read, what is hidden. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from calculator import month_number
from portal.quotes.rules.approval import time_ago
from portal.shared.brazil import format_date, format_money

FORGOTTEN_AFTER = timedelta(days=30)
DRAFT_IS_OLD_AFTER = timedelta(days=2)
EXPIRES_SOON_DAYS = 3


class Need(StrEnum):
    """Why a quote waits for its seller, the most urgent first."""

    ACCEPTED = "accepted"
    NOT_SIGNED = "not_signed"
    COUNTERED = "countered"
    APPROVED = "approved"
    EXPIRING = "expiring"
    REJECTED = "rejected"
    VIEWED = "viewed"
    OLD_DRAFT = "old_draft"

    @property
    def next_step(self) -> str:
        """What to do about it, for the link."""
        return NEXT_STEPS[self]


NEXT_STEPS = {
    Need.ACCEPTED: "Gerar contrato",
    Need.NOT_SIGNED: "Falar com o cliente",
    Need.COUNTERED: "Responder à contraproposta",
    Need.APPROVED: "Enviar ao cliente",
    Need.EXPIRING: "Falar com o cliente",
    Need.REJECTED: "Fazer nova versão",
    Need.VIEWED: "Falar com o cliente",
    Need.OLD_DRAFT: "Concluir o rascunho",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of a quote that waits. `answered_by`, `counter_cents` and `reason` are the account
    manager's answer; `seen_at` is when the customer last opened the proposal, `ended_at` when its contract
    was dropped."""

    changed_at: datetime
    expires_on: date | None = None
    answered_by: str | None = None
    counter_cents: int | None = None
    reason: str = ""
    seen_at: datetime | None = None
    ended_at: datetime | None = None


def why_needed(need: Need, quote: Situation, *, now: datetime, today: date) -> str:
    """The reason in a sentence."""
    if need is Need.EXPIRING:
        return f"{_last_day(quote.expires_on, today)} {_seen(quote.seen_at, now)}"
    if need is Need.VIEWED:
        return _seen(quote.seen_at, now)
    if need is Need.NOT_SIGNED:
        return f"O contrato terminou sem assinatura {time_ago(quote.ended_at or quote.changed_at, now)}."
    when = time_ago(quote.changed_at, now)
    reasons = {
        Need.ACCEPTED: f"O cliente aceitou {when}. Falta gerar o contrato.",
        Need.COUNTERED: f"{quote.answered_by} propôs {format_money(quote.counter_cents or 0)} {when}.",
        Need.APPROVED: f"Aprovado {when} e ainda não enviado.",
        Need.REJECTED: f"{quote.answered_by} recusou {when}: {quote.reason}",
        Need.OLD_DRAFT: f"Rascunho sem mudança {when}.",
    }
    return reasons[need]


def _last_day(expires_on: date | None, today: date) -> str:
    if expires_on is None or expires_on <= today:
        return "Vale só até hoje."
    if expires_on == today + timedelta(days=1):
        return "Vale até amanhã."
    return f"Vale até {format_date(expires_on)}."


def _seen(seen_at: datetime | None, now: datetime) -> str:
    if seen_at is None:
        return "O cliente ainda não abriu a proposta."
    return f"O cliente abriu a proposta {time_ago(seen_at, now)} e não respondeu."


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRange:
    """Due dates that are late by so much, both included; `first` and `last` are None where it is open."""

    name: str
    first: date | None
    last: date | None


def aging_ranges(today: date, payable_until: Callable[[date], date]) -> list[DueRange]:
    """How late open invoices are, as ranges of due dates: not late, 1–15 days, 16–30, 31–60, over 60.

    Days count from the day until which an invoice can be paid without charges: one due on a Saturday is not
    late on the Monday after it.
    """

    def latest_due(days_late: int) -> date:
        limit = today - timedelta(days=days_late)
        due = limit
        while payable_until(due) > limit:
            due -= timedelta(days=1)
        return due

    one, sixteen, thirty_one, sixty_one = (latest_due(days) for days in (1, 16, 31, 61))
    day = timedelta(days=1)
    return [
        DueRange(name="a vencer", first=one + day, last=None),
        DueRange(name="1–15", first=sixteen + day, last=one),
        DueRange(name="16–30", first=thirty_one + day, last=sixteen),
        DueRange(name="31–60", first=sixty_one + day, last=thirty_one),
        DueRange(name="> 60", first=None, last=sixty_one),
    ]


def months_until(day: date, *, count: int) -> list[date]:
    """The first days of so many months, the last one that of `day`, the oldest first."""
    last = month_number(day)
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - count + 1, last + 1)]


def last_day_of(month: date) -> date:
    """The last day of the month that begins on this day."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def share_basis_points(part: int, whole: int) -> int | None:
    """A part of a whole in hundredths of a percent, rounded half up; None of nothing."""
    return (part * 20_000 + whole) // (whole * 2) if whole else None


def masked_address(address: str) -> str:
    """Enough of an e-mail address to recognize it: maria@padaria.com.br → m•••a@padaria.com.br."""
    name, at, domain = address.rpartition("@")
    last = name[-1] if len(name) > 2 else ""
    return f"{name[:1]}•••{last}{at}{domain}"


MAIL_TITLES = {
    "agreement_broken": "Acordo desfeito",
    "agreement_signed": "Acordo assinado",
    "cancellation_confirmed": "Cancelamento confirmado",
    "cancellation_opened": "Protocolo de cancelamento",
    "service_paused": "Pausa combinada",
    "referral_earned": "Desconto por indicação",
    "renewal_offer": "Oferta de renovação",
    "personal_data_erased": "Resposta a pedido de exclusão de dados",
    "card_charge": "Cobrança no cartão",
    "card_expiring": "Cartão perto do vencimento",
    "card_request": "Pedido de cartão",
    "contract_update": "Notícia de contrato",
    "contract_welcome": "Boas-vindas ao cliente",
    "customer_passes_over": "Cliente de outro parceiro",
    "invitation": "Convite para o portal",
    "invoice_issued": "Fatura ao cliente",
    "invoice_receipt": "Recibo ao cliente",
    "due_day_changed": "Mudança de vencimento",
    "free_months": "Meses grátis",
    "dunning_reminder": "Lembrete da régua de cobrança",
    "overdue_notice": "Aviso de atraso",
    "trust_ended": "Fim de liberação em confiança",
    "trust_released": "Liberação em confiança",
    "password_changed": "Aviso de senha trocada",
    "password_reset": "Nova senha",
    "job_failed": "Rotina que falhou",
    "payment_refunded": "Devolução ao cliente",
    "payment_update": "Notícia de pagamento",
    "quote_proposal": "Proposta ao cliente",
    "quote_to_decide": "Pedido de aprovação",
    "quote_update": "Notícia de orçamento",
    "readjustment": "Reajuste anual",
    "second_factor": "Segunda etapa do acesso",
    "service_suspended": "Serviço suspenso",
    "signature_canceled": "Assinatura cancelada",
    "signature_code": "Código para assinar",
    "signature_completed": "Documento assinado",
    "signature_reminder": "Lembrete de assinatura",
    "signature_request": "Pedido de assinatura",
    "subscriber_sign_in": "Acesso do assinante",
}


def mail_title(kind: str) -> str:
    """What kind of mail it is; one of another version of the portal is called by its name."""
    return MAIL_TITLES.get(kind, kind)


UNREACHABLE = {
    "ConnectionRefusedError": "O servidor de e-mail não está atendendo.",
    "ConnectionResetError": "O servidor de e-mail interrompeu a conversa.",
    "SMTPServerDisconnected": "O servidor de e-mail interrompeu a conversa.",
    "TimeoutError": "O servidor de e-mail demorou demais para responder.",
    "gaierror": "O endereço do servidor de e-mail não foi encontrado.",
    "SSLCertVerificationError": "O certificado do servidor de e-mail não foi aceito.",
    "SSLError": "A conexão segura com o servidor de e-mail falhou.",
    "NoEncryption": "O servidor de e-mail não oferece conexão segura, sem a qual a senha do portal não sai.",
    "SMTPAuthenticationError": "O servidor de e-mail não aceitou o usuário e a senha do portal.",
    "SMTPSenderRefused": "O servidor de e-mail não aceitou o remetente do portal.",
}
_ANSWER = re.compile(r"the server answered (\d{3})")
_WITH_CAUSE = re.compile(r"(.+\.) \((.+)\)")


def failure_in_words(error: str) -> str:
    """What an administrator reads of a mail's last error.

    Sentences stay; what the gateway noted for the operator (a kind of error, the server's answer) is
    explained, and what has no explanation is quoted.
    """
    if with_cause := _WITH_CAUSE.fullmatch(error):
        return f"{with_cause[1]} {failure_in_words(with_cause[2])}"
    if not error or error.endswith("."):
        return error
    kind = error.partition(":")[0]
    if kind in UNREACHABLE:
        return UNREACHABLE[kind]
    if answer := _ANSWER.search(error):
        return f"O servidor de e-mail pediu para tentar mais tarde (resposta {answer[1]})."
    return f"O servidor de e-mail falhou: {error}."
