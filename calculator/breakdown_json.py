"""The JSON form of a breakdown: money as text with two decimals, days as `YYYY-MM-DD`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from calculator.breakdown import Approval, Breakdown, Line, Monthly, Payment, SetupFee, TermTotal
from calculator.money import format_money, parse_money, parse_signed_money


def breakdown_to_json(breakdown: Breakdown) -> dict[str, Any]:
    """The JSON object of a breakdown, its keys in the order people read them."""
    setup = breakdown.setup
    return {
        "lines": [_line_to_json(line) for line in breakdown.lines],
        "monthly": _monthly_to_json(breakdown.monthly),
        "approval": {
            "required": breakdown.approval.required,
            "free_down_to": format_money(breakdown.approval.free_down_to_cents),
        },
        "setup": None if setup is None else _setup_to_json(setup),
        "term": {
            "code": breakdown.term.code,
            "months": breakdown.term.months,
            "total": format_money(breakdown.term.total_cents),
        },
        "payments": [_payment_to_json(payment) for payment in breakdown.payments],
        "next_term_due_on": breakdown.next_term_due_on.isoformat(),
    }


def breakdown_from_json(data: Mapping[str, Any]) -> Breakdown:
    """The breakdown `breakdown_to_json` wrote. Raises `ValueError` for anything else."""
    try:
        setup = data["setup"]
        return Breakdown(
            lines=tuple(_line_from_json(line) for line in data["lines"]),
            monthly=_monthly_from_json(data["monthly"]),
            approval=Approval(data["approval"]["required"], parse_money(data["approval"]["free_down_to"])),
            setup=None if setup is None else _setup_from_json(setup),
            term=TermTotal(data["term"]["code"], data["term"]["months"], parse_money(data["term"]["total"])),
            payments=tuple(_payment_from_json(payment) for payment in data["payments"]),
            next_term_due_on=date.fromisoformat(data["next_term_due_on"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the JSON form of a breakdown") from error


def _line_to_json(line: Line) -> dict[str, Any]:
    code, label, quantity, original, minimum, negotiated, cost = line
    return {
        "code": code,
        "label": label,
        "quantity": quantity,
        "original": format_money(original),
        "minimum": format_money(minimum),
        "negotiated": format_money(negotiated),
        "cost": format_money(cost),
    }


def _line_from_json(data: Mapping[str, Any]) -> Line:
    return Line(
        data["code"],
        data["label"],
        data["quantity"],
        parse_money(data["original"]),
        parse_money(data["minimum"]),
        parse_money(data["negotiated"]),
        parse_money(data["cost"]),
    )


def _monthly_to_json(monthly: Monthly) -> dict[str, str]:
    return {
        "original": format_money(monthly.original_cents),
        "minimum": format_money(monthly.minimum_cents),
        "negotiated": format_money(monthly.negotiated_cents),
        # Hundredths of a percent are written like centavos: 662 is "6.62".
        "discount_percent": format_money(monthly.discount_basis_points),
        "cost": format_money(monthly.cost_cents),
        "central_fee": format_money(monthly.central_fee_cents),
        "vendor_share": format_money(monthly.vendor_share_cents),
        "repasse": format_money(monthly.repasse_cents),
        "partner_pays": format_money(monthly.partner_pays_cents),
    }


def _monthly_from_json(data: Mapping[str, Any]) -> Monthly:
    return Monthly(
        original_cents=parse_money(data["original"]),
        minimum_cents=parse_money(data["minimum"]),
        negotiated_cents=parse_money(data["negotiated"]),
        discount_basis_points=parse_signed_money(data["discount_percent"]),
        cost_cents=parse_money(data["cost"]),
        central_fee_cents=parse_money(data["central_fee"]),
        vendor_share_cents=parse_money(data["vendor_share"]),
        repasse_cents=parse_signed_money(data["repasse"]),
        partner_pays_cents=parse_money(data["partner_pays"]),
    )


def _setup_to_json(setup: SetupFee) -> dict[str, str]:
    return {
        "original": format_money(setup.original_cents),
        "minimum": format_money(setup.minimum_cents),
        "negotiated": format_money(setup.negotiated_cents),
        "central_fee": format_money(setup.central_fee_cents),
        "vendor_share": format_money(setup.vendor_share_cents),
        "repasse": format_money(setup.repasse_cents),
    }


def _setup_from_json(data: Mapping[str, Any]) -> SetupFee:
    return SetupFee(
        original_cents=parse_money(data["original"]),
        minimum_cents=parse_money(data["minimum"]),
        negotiated_cents=parse_money(data["negotiated"]),
        central_fee_cents=parse_money(data["central_fee"]),
        vendor_share_cents=parse_money(data["vendor_share"]),
        repasse_cents=parse_signed_money(data["repasse"]),
    )


def _payment_to_json(payment: Payment) -> dict[str, Any]:
    return {
        "number": payment.number,
        "due_on": payment.due_on.isoformat(),
        "method": payment.method,
        "amount": format_money(payment.amount_cents),
        "setup": format_money(payment.setup_cents),
        "covers_until": payment.covers_until.isoformat(),
    }


def _payment_from_json(data: Mapping[str, Any]) -> Payment:
    return Payment(
        data["number"],
        date.fromisoformat(data["due_on"]),
        data["method"],
        parse_money(data["amount"]),
        parse_money(data["setup"]),
        date.fromisoformat(data["covers_until"]),
    )
