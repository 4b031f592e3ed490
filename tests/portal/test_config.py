"""Settings from the environment: a broken one is named in a sentence."""

import json
import re
import secrets
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.arbiter import Arbiter

from portal import gunicorn_conf
from portal.config import BankSettings, Settings, SettingsError
from portal.config.names import KNOWN

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "PORTAL_DATABASE_URL": "postgresql://portal@db/portal",
    "PORTAL_SECRET_KEY": "Jw3tq8TzB5mXvK1nRy7dHc0LsGf4PaUe6iQoZxWb",
    "PORTAL_VAR": "/nowhere",
}
COMPANY = [
    f"PORTAL_COMPANY_{name}" for name in ("NAME", "DOCUMENT", "ADDRESS", "CITY", "STATE", "EMAIL", "PHONE")
]
BANK = {
    "PORTAL_BANK_CODE": "341",
    "PORTAL_BANK_BRANCH": "0057",
    "PORTAL_BANK_ACCOUNT": "12345",
    "PORTAL_BANK_ACCOUNT_DIGIT": "7",
    "PORTAL_BANK_WALLET": "109",
    "PORTAL_BANK_PIX_KEY": "financeiro@portal.example",
    "PORTAL_BANK_WEBHOOK_SECRET": "8f3a1c9e5b7d2046e1f8a3c5d7b9024680ace135",
}
PRODUCTION = GOOD | {
    "PORTAL_ENVIRONMENT": "production",
    "PORTAL_BASE_URL": "https://portal.example.com.br",
    "PORTAL_SMTP_URL": "smtps://u%40x:p%2Fw@mail.example:465",
    "PORTAL_SEAL_PFX": "/etc/portal/company.pfx",
    **dict.fromkeys(COMPANY, "text"),
    **BANK,
}


class TestSettings:
    def test_have_defaults_for_one_machine(self) -> None:
        settings = Settings.from_environment(GOOD)
        assert (settings.base_url, settings.queue_threads, settings.https) == (
            "http://127.0.0.1:8000",
            {},
            False,
        )

    def test_find_the_database_that_make_run_keeps_in_var(self, tmp_path: Path) -> None:
        kept = "postgresql+psycopg://portal@/portal?host=%2Fa+folder&port=5432"
        (tmp_path / "database-url").write_text(f"{kept}\n")
        here = {"PORTAL_SECRET_KEY": "k" * 40, "PORTAL_VAR": str(tmp_path)}
        assert Settings.from_environment(here).database_url == kept
        named = here | {"PORTAL_DATABASE_URL": "postgresql://portal@db/portal"}
        assert Settings.from_environment(named).database_url == "postgresql+psycopg://portal@db/portal"
        live = {name: value for name, value in PRODUCTION.items() if name != "PORTAL_DATABASE_URL"}
        with pytest.raises(SettingsError, match="PORTAL_DATABASE_URL is required"):
            Settings.from_environment(live | {"PORTAL_VAR": str(tmp_path)})

    def test_of_a_command_beside_make_run_are_those_of_the_run(self, tmp_path: Path) -> None:
        here = {"PORTAL_SECRET_KEY": "k" * 40, "PORTAL_VAR": str(tmp_path)}
        kept = "postgresql+psycopg://portal@/portal?host=%2Fa+folder&port=5432"
        told = {"PORTAL_DATABASE_URL": kept, "PORTAL_SMTP_URL": "smtp://127.0.0.1:8102"}
        told |= {"PORTAL_CARD_SANDBOX_URL": "http://127.0.0.1:8104", "PORTAL_CARD_SECRET_KEY": "sk_test_1"}
        told |= {"PORTAL_CARD_PUBLIC_KEY": "pk_test_1", "PORTAL_CARD_WEBHOOK_SECRET": "whsec_1" * 8}
        (tmp_path / "database-url").write_text(f"{kept}\n")
        (tmp_path / "running.json").write_text(json.dumps(told | {"PORTAL_OF_AN_OLDER_PORTAL": "1"}))

        beside = Settings.from_environment(here)
        assert (beside.mail_port, beside.cards and beside.cards.secret_key) == (8102, "sk_test_1")
        own = {"PORTAL_SMTP_URL": "smtp://127.0.0.1:25", "PORTAL_CARD_SECRET_KEY": "sk_test_2"}
        own |= {"PORTAL_CARD_PUBLIC_KEY": "pk_test_2", "PORTAL_CARD_WEBHOOK_SECRET": "whsec_2" * 8}
        named = Settings.from_environment(here | own)
        assert (named.mail_port, named.cards and named.cards.sandbox_url) == (25, None)
        elsewhere = here | {"PORTAL_DATABASE_URL": "postgresql://portal@db/portal"}
        assert Settings.from_environment(elsewhere).mail_port == 1025
        assert Settings.from_environment(PRODUCTION | {"PORTAL_VAR": str(tmp_path)}).mail_port == 465

    @pytest.mark.parametrize("left", ["", "{", "[]", '{"PORTAL_SMTP_URL": 7}', "\udcff"])
    def test_pass_by_what_a_killed_run_left_behind(self, tmp_path: Path, left: str) -> None:
        (tmp_path / "running.json").write_bytes(left.encode(errors="surrogateescape"))
        (tmp_path / "database-url").write_text("postgresql+psycopg://portal@/portal")
        here = {"PORTAL_SECRET_KEY": "k" * 40, "PORTAL_VAR": str(tmp_path)}
        assert Settings.from_environment(here).mail_port == 1025

    def test_name_the_database_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="PORTAL_DATABASE_URL is required"):
            Settings.from_environment({"PORTAL_SECRET_KEY": "k" * 40, "PORTAL_VAR": str(tmp_path)})

    def test_of_production_are_understood(self) -> None:
        settings = Settings.from_environment(PRODUCTION)
        assert settings.database_url == "postgresql+psycopg://portal@db/portal"
        assert (settings.mail_user, settings.mail_password, settings.mail_tls) == ("u@x", "p/w", True)
        assert settings.https

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PORTAL_ENVIRONMENT", "staging"),
            ("PORTAL_DATABASE_URL", "mysql://x/y"),
            ("PORTAL_DATABASE_URL", "sqlite:///portal.sqlite3"),
            ("PORTAL_DATABASE_URL", "not an address"),
            ("PORTAL_SECRET_KEY", "short"),
            ("PORTAL_BASE_URL", "portal.example"),
            ("PORTAL_SMTP_URL", "http://mail:25"),
            ("PORTAL_SMTP_URL", "smtp://mail:many"),
            ("PORTAL_MAIL_FROM", "Portal"),
            ("PORTAL_MAIL_FROM", "Portal <portal@>"),
            ("PORTAL_QUEUE_THREADS", "mail=0"),
            ("PORTAL_SEAL_TSA_URL", "tsa.example"),
            ("PORTAL_TRUSTED_PROXIES", "-1"),
            ("PORTAL_LOG_LEVEL", "LOUD"),
        ],
    )
    def test_that_are_broken_are_named(self, name: str, value: str) -> None:
        with pytest.raises(SettingsError, match=name):
            Settings.from_environment(PRODUCTION | {name: value})

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("PORTAL_SMPT_URL", "PORTAL_SMTP_URL"),
            ("PORTAL_TRUSTED_PROXY", "PORTAL_TRUSTED_PROXIES"),
            ("PORTAL_CARD_SECRET", "PORTAL_CARD_SECRET_KEY"),
            ("PORTAL_BANK_PIXKEY", "PORTAL_BANK_PIX_KEY"),
            ("PORTAL_SEAL_TSA", "PORTAL_SEAL_TSA_URL"),
        ],
    )
    def test_that_are_misspelled_are_named_with_the_one_meant(self, typed: str, meant: str) -> None:
        with pytest.raises(SettingsError, match=f"^{typed} is no setting.*{meant}"):
            Settings.from_environment({typed: "value"})  # said before what is missing because of it

    def test_are_all_that_the_operations_guide_lists(self) -> None:
        guide = (ROOT / "docs" / "operations.md").read_text()
        table = guide.partition("## Configuration")[2].partition("\n## ")[0]
        listed, head = set[str](), ""
        for name in re.findall(r"`(PORTAL_[A-Z_]+|…?_[A-Z_]+)`", table):
            if name.startswith("PORTAL_"):
                head = name
            group = "_".join(head.split("_")[:2])
            listed.add(name if name is head else group + name.lstrip("…"))
        assert listed == KNOWN

    @pytest.mark.parametrize(
        "name",
        [
            "PORTAL_DATABASE_URL",
            "PORTAL_SECRET_KEY",
            "PORTAL_BASE_URL",
            "PORTAL_SMTP_URL",
            "PORTAL_SEAL_PFX",
            *COMPANY,
            *BANK,
        ],
    )
    def test_of_production_have_no_default_that_could_be_forgotten(self, name: str) -> None:
        environment = {key: value for key, value in PRODUCTION.items() if key != name}
        with pytest.raises(SettingsError, match=name):
            Settings.from_environment(environment)

    @pytest.mark.parametrize("name", ["PORTAL_SECRET_KEY", "PORTAL_BANK_WEBHOOK_SECRET"])
    @pytest.mark.parametrize(
        "value",
        [
            "k" * 40,
            "ab" * 20,
            "Zx9!" * 10,
            "change-me-change-me-change-me-change-me!",
            "Your-Secret-Key-Goes-Here-0123456789-abc",
            "for-tests-only-and-long-enough-to-be-accepted",
            "django-insecure-8f3a1c9e5b7d2046e1f8a3c5",
            "abcdefghijklmnopqrstuvwxyz0123456789ABCD",
            "segredo-do-banco-de-teste-apenas-local",
        ],
    )
    def test_of_production_hold_no_secret_that_can_be_guessed(self, name: str, value: str) -> None:
        with pytest.raises(SettingsError, match=f"^{name} .*must be random") as refused:
            Settings.from_environment(PRODUCTION | {name: value})
        assert value not in str(refused.value)
        Settings.from_environment(GOOD | {name: value})  # elsewhere it starts

    def test_of_production_are_not_the_ones_of_the_tests(self) -> None:
        known = BankSettings.from_environment({}, production=False).webhook_secret
        with pytest.raises(SettingsError, match=r"^PORTAL_BANK_WEBHOOK_SECRET is the one of the tests"):
            Settings.from_environment(PRODUCTION | {"PORTAL_BANK_WEBHOOK_SECRET": known})

    def test_of_production_take_every_random_secret(self) -> None:
        for make in (secrets.token_hex, secrets.token_urlsafe):
            for _ in range(200):
                key = make(32)
                assert Settings.from_environment(PRODUCTION | {"PORTAL_SECRET_KEY": key}).secret_key == key

    def test_of_production_send_nobody_over_http(self) -> None:
        address = {"PORTAL_BASE_URL": "http://portal.example.com.br"}
        with pytest.raises(SettingsError, match=r"^PORTAL_BASE_URL must begin with https://"):
            Settings.from_environment(PRODUCTION | address)
        assert not Settings.from_environment(GOOD | address).https

    def test_tell_all_that_is_wrong_at_once_a_sentence_each(self) -> None:
        broken = {
            "PORTAL_SECRET_KEY": "k" * 40,
            "PORTAL_BASE_URL": "http://portal.example.com.br",
            "PORTAL_LOG_LEVEL": "LOUD",
            "PORTAL_COMPANY_CITY": "",
            "PORTAL_COMPANY_STATE": " ",
            "PORTAL_BANK_BRANCH": "12",
            "PORTAL_BANK_WEBHOOK_SECRET": "s" * 40,
            "PORTAL_BANK_SANDBOX": "1",
        }
        with pytest.raises(SettingsError) as refused:
            Settings.from_environment(PRODUCTION | broken)
        lines = str(refused.value).splitlines()
        assert sorted(line.split()[0] for line in lines) == sorted(broken)
        assert all(line.endswith(".") for line in lines)

    def test_that_are_broken_end_the_web_server_instead_of_starting_it_again(self) -> None:
        worker = SimpleNamespace()  # as one whose application did not load
        with pytest.raises(SystemExit) as ended:
            gunicorn_conf.worker_exit(None, worker)  # type: ignore[arg-type]
        assert ended.value.code == Arbiter.WORKER_BOOT_ERROR
