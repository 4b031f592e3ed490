"""The sentences and figures of the home pages."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from portal.dashboard.rules import (
    MAIL_TITLES,
    Need,
    Situation,
    failure_in_words,
    mail_title,
    masked_address,
    share_basis_points,
    why_needed,
)
from portal.notices import NOTICES
from tests.factories.quotes import NOON

GAVE_UP = "O servidor de e-mail não aceitou a mensagem durante um dia."
TODAY = date(2026, 6, 10)
EMAILS = Path(__file__).parents[3] / "templates" / "emails"


def why(need: Need, **facts: object) -> str:
    situation = Situation(changed_at=NOON - timedelta(hours=3), **facts)  # type: ignore[arg-type]
    return why_needed(need, situation, now=NOON, today=TODAY).replace("\N{NO-BREAK SPACE}", " ")


class TestTheReasonWhyAQuoteWaits:
    def test_names_who_offers_which_price(self) -> None:
        facts = {"answered_by": "Ana Souza", "counter_cents": 175_50}
        assert why(Need.COUNTERED, **facts) == "Ana Souza propôs R$ 175,50 há 3 horas."

    def test_repeats_why_it_was_refused(self) -> None:
        facts = {"answered_by": "Ana Souza", "reason": "Abaixo da margem."}
        assert why(Need.REJECTED, **facts) == "Ana Souza recusou há 3 horas: Abaixo da margem."

    @pytest.mark.parametrize(
        ("expires_on", "words"),
        [
            (date(2026, 6, 10), "Vale só até hoje."),
            (date(2026, 6, 11), "Vale até amanhã."),
            (date(2026, 6, 13), "Vale até 13/06/2026."),
        ],
    )
    def test_names_the_last_day(self, expires_on: date, words: str) -> None:
        assert why(Need.EXPIRING, expires_on=expires_on) == (f"{words} O cliente ainda não abriu a proposta.")

    def test_says_when_the_customer_looked(self) -> None:
        seen_at = NOON - timedelta(minutes=40)
        assert why(Need.VIEWED, seen_at=seen_at) == (
            "O cliente abriu a proposta há 40 minutos e não respondeu."
        )


class TestAShare:
    def test_is_rounded_half_up_to_a_hundredth_of_a_percent(self) -> None:
        assert share_basis_points(1, 3) == 33_33
        assert share_basis_points(2, 3) == 66_67
        assert share_basis_points(1, 20_000) == 1

    def test_of_nothing_is_none(self) -> None:
        assert share_basis_points(0, 0) is None


class TestAMaskedAddress:
    @pytest.mark.parametrize(
        ("address", "masked"),
        [
            ("maria@padaria.com.br", "m•••a@padaria.com.br"),
            ("ze@padaria.com.br", "z•••@padaria.com.br"),
            ("x@y.example", "x•••@y.example"),
        ],
    )
    def test_keeps_enough_to_recognize_it(self, address: str, masked: str) -> None:
        assert masked_address(address) == masked


class TestTheWordsForAMail:
    def test_know_every_mail_the_portal_writes(self) -> None:
        templates = {path.stem for path in EMAILS.glob("*.txt")} - {"layout", "_macros"}
        assert templates <= set(MAIL_TITLES)
        assert {kind.name for kind in NOTICES} == set(MAIL_TITLES)

    def test_call_an_unknown_one_by_its_kind(self) -> None:
        assert mail_title("carta_nova") == "carta_nova"

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            ("", ""),
            ("ConnectionRefusedError", "O servidor de e-mail não está atendendo."),
            (
                "SMTPAuthenticationError: the server answered 535",
                "O servidor de e-mail não aceitou o usuário e a senha do portal.",
            ),
            (
                "NoEncryption: the password is not sent in the clear",
                "O servidor de e-mail não oferece conexão segura, sem a qual a senha do portal não sai.",
            ),
            ("the server answered 451", "O servidor de e-mail pediu para tentar mais tarde (resposta 451)."),
            ("O endereço não pode receber e-mail.", "O endereço não pode receber e-mail."),
            (
                f"{GAVE_UP} (TimeoutError)",
                f"{GAVE_UP} O servidor de e-mail demorou demais para responder.",
            ),
            ("NewKindOfError", "O servidor de e-mail falhou: NewKindOfError."),
        ],
    )
    def test_explain_why_it_did_not_leave(self, error: str, words: str) -> None:
        assert failure_in_words(error) == words
