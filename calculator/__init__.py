"""Everything that multiplies money: prices, negotiation, repasse, installments, charges and settlements.

A pure library: standard library only, no clock, no float, no network. Money is an `int` of centavos. This is
its public interface; import nothing from the modules behind it.
"""

from calculator.accrual import (
    AccruedLine,
    ChargedLine,
    EqualParts,
    TermLine,
    accrue_difference,
    accrue_first_period,
    accrue_lines,
    accrue_part_of_month,
    accrue_repasse,
    charged_lines,
    first_period_lines,
    partner_charged_lines,
    partner_term_lines,
    term_lines,
)
from calculator.agreement import AgreementPart, DividedDebt, divide_debt, least_entry
from calculator.amendment import AmendmentDifference, AmendmentKind, amendment_difference
from calculator.approval import ApprovalReason, approval_reasons
from calculator.billing_periods import BillingPeriod, BillingTerms, billing_period, proportional_end
from calculator.breakdown import Approval, Breakdown, Line, Monthly, Payment, SetupFee, TermTotal
from calculator.breakdown_json import breakdown_from_json, breakdown_to_json
from calculator.catalog_items import Addon, App, Arrangement, Plan, Price, SetupPrice, Term, Tier
from calculator.comparison import Change, compare_price_lists
from calculator.due_day import DaysBetween, days_between
from calculator.fitting import Adjustment, Fitted, carry_over, fit_selection
from calculator.forecast import ForecastPayment, forecast_payments
from calculator.late_charges import LateCharges, late_charges
from calculator.limits import AppLimit, Limits, QuantityLimit, limits
from calculator.money import (
    MoneyError,
    divide_half_up,
    equal_parts,
    format_money,
    format_percent,
    parse_money,
    percentage_of,
    share_out,
)
from calculator.payment_methods import CARD_PAYMENT_METHODS, METHODS, PAYMENT_METHODS, PaymentMethod
from calculator.periods import DUE_DAY, day_in_month, month_number, next_due_on
from calculator.price_list import PriceList
from calculator.price_list_reader import parse_price_list
from calculator.price_list_source import PriceListError, Problem
from calculator.proration import FirstPeriod, first_period
from calculator.quote import price_quote
from calculator.readjusted_lines import MonthlyLine, ReadjustedTerm, readjusted_term
from calculator.readjustment import (
    IndexFileError,
    IndexMonthMissingError,
    MonthlyIndex,
    Readjustment,
    parse_monthly_index,
    readjust,
    readjust_lines,
    twelve_month_index,
)
from calculator.redating import next_payment_due_on, redate_payments
from calculator.refusals import RefusalCode, SelectionRefused
from calculator.repasse_target import PriceForRepasse, RepasseUnreachable, solve_total_for_repasse
from calculator.selection import Selection, parse_selection, selection_to_json
from calculator.settlement import (
    InvoiceOutcome,
    OpenInvoice,
    Settlement,
    SettlementRule,
    settle_cancellation,
)
from calculator.term_savings import TermSaving, term_savings
from calculator.waterfall import WaterfallStep, describe_waterfall

ENGINE_VERSION = "1.0.0"
"""Frozen with every quote version: changes whenever the same selection and list could give another answer."""

__all__ = [
    "CARD_PAYMENT_METHODS",
    "DUE_DAY",
    "ENGINE_VERSION",
    "METHODS",
    "PAYMENT_METHODS",
    "AccruedLine",
    "Addon",
    "Adjustment",
    "AgreementPart",
    "AmendmentDifference",
    "AmendmentKind",
    "App",
    "AppLimit",
    "Approval",
    "ApprovalReason",
    "Arrangement",
    "BillingPeriod",
    "BillingTerms",
    "Breakdown",
    "Change",
    "ChargedLine",
    "DaysBetween",
    "DividedDebt",
    "EqualParts",
    "FirstPeriod",
    "Fitted",
    "ForecastPayment",
    "IndexFileError",
    "IndexMonthMissingError",
    "InvoiceOutcome",
    "LateCharges",
    "Limits",
    "Line",
    "MoneyError",
    "Monthly",
    "MonthlyIndex",
    "MonthlyLine",
    "OpenInvoice",
    "Payment",
    "PaymentMethod",
    "Plan",
    "Price",
    "PriceForRepasse",
    "PriceList",
    "PriceListError",
    "Problem",
    "QuantityLimit",
    "ReadjustedTerm",
    "Readjustment",
    "RefusalCode",
    "RepasseUnreachable",
    "Selection",
    "SelectionRefused",
    "Settlement",
    "SettlementRule",
    "SetupFee",
    "SetupPrice",
    "Term",
    "TermLine",
    "TermSaving",
    "TermTotal",
    "Tier",
    "WaterfallStep",
    "accrue_difference",
    "accrue_first_period",
    "accrue_lines",
    "accrue_part_of_month",
    "accrue_repasse",
    "amendment_difference",
    "approval_reasons",
    "billing_period",
    "breakdown_from_json",
    "breakdown_to_json",
    "carry_over",
    "charged_lines",
    "compare_price_lists",
    "day_in_month",
    "days_between",
    "describe_waterfall",
    "divide_debt",
    "divide_half_up",
    "equal_parts",
    "first_period",
    "first_period_lines",
    "fit_selection",
    "forecast_payments",
    "format_money",
    "format_percent",
    "late_charges",
    "least_entry",
    "limits",
    "month_number",
    "next_due_on",
    "next_payment_due_on",
    "parse_money",
    "parse_monthly_index",
    "parse_price_list",
    "parse_selection",
    "partner_charged_lines",
    "partner_term_lines",
    "percentage_of",
    "price_quote",
    "proportional_end",
    "readjust",
    "readjust_lines",
    "readjusted_term",
    "redate_payments",
    "selection_to_json",
    "settle_cancellation",
    "share_out",
    "solve_total_for_repasse",
    "term_lines",
    "term_savings",
    "twelve_month_index",
]
