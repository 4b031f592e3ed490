"""What templates can say: Jinja filters and globals."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from babel.numbers import format_decimal
from flask import Flask, url_for

from portal.shared import brazil
from portal.shared.clock import SAO_PAULO


def datetime_br(instant: datetime) -> str:
    """15/07/2026 14:32, São Paulo time."""
    return instant.astimezone(SAO_PAULO).strftime("%d/%m/%Y %H:%M")


def time_br(instant: datetime) -> str:
    """14:32, São Paulo time."""
    return instant.astimezone(SAO_PAULO).strftime("%H:%M")


def date_br(day: date | datetime | str) -> str:
    """15/07/2026 from a day, an instant or an ISO date."""
    if isinstance(day, datetime):
        day = day.astimezone(SAO_PAULO).date()
    elif isinstance(day, str):
        day = date.fromisoformat(day)
    return brazil.format_date(day)


def percent(value: Decimal | str | int) -> str:
    """Decimal("6.62") or "6.62" → 6,62 %."""
    return f"{format_decimal(Decimal(value), '#,##0.00', locale=brazil.LOCALE)}\u00a0%"


def basis_points(value: int) -> str:
    """662 hundredths of a percent → 6,62 %."""
    return percent(Decimal(value) / 100)


def integer(value: int) -> str:
    """12345 → 12.345."""
    return str(format_decimal(value, "#,##0", locale=brazil.LOCALE))


def fingerprint(texts: Iterable[str]) -> str:
    """A short text that tells whether these are still the same."""
    return sha256("\n".join(texts).encode()).hexdigest()[:12]


def init_app(app: Flask) -> None:
    """Register them all, and `static_url`, whose address changes with the file's content."""
    app.jinja_env.filters.update(
        money=brazil.format_money,
        cnpj_cpf=brazil.format_document,
        cep=brazil.format_postal_code,
        phone=brazil.format_phone,
        dialed=brazil.dialed,
        date_br=date_br,
        month_br=brazil.format_month,
        datetime_br=datetime_br,
        time_br=time_br,
        basis_points=basis_points,
        rate=brazil.format_rate,
        integer=integer,
        fingerprint=fingerprint,
    )
    addresses: dict[str, str] = {}  # a page holds fifty, and building one takes as long as rendering a field

    def static_url(name: str) -> str:
        if name not in addresses or app.debug:
            content = Path(app.static_folder or "", name).read_bytes()
            addresses[name] = url_for("static", filename=name, v=sha256(content).hexdigest()[:12])
        return addresses[name]

    app.jinja_env.globals["static_url"] = static_url
