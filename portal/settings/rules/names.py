"""The settings by name, and what is said of each. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from portal.shared.brazil import format_decimals


class Name(StrEnum):
    """The settings, by the name under which the database keeps them."""

    QUOTE_VALID_DAYS = "quote_valid_days"
    APPROVAL_REMINDER_BUSINESS_DAYS = "approval_reminder_business_days"
    APPROVAL_ESCALATION_BUSINESS_DAYS = "approval_escalation_business_days"
    SIGNATURE_VALID_DAYS = "signature_valid_days"
    SIGNATURE_POSTPONEMENTS = "signature_postponements"
    SIGNATURE_REMINDER_DAYS = "signature_reminder_days"
    SIGNING_CODE_MINUTES = "signing_code_minutes"
    CARD_LINK_VALID_DAYS = "card_link_valid_days"
    CARD_RETRY_1_DAYS = "card_retry_1_days"
    CARD_RETRY_2_DAYS = "card_retry_2_days"
    CARD_RETRY_3_DAYS = "card_retry_3_days"
    FIRST_PAYMENT_DAYS = "first_payment_days"
    INVOICE_DAYS_AHEAD = "invoice_days_ahead"
    BANKS_WORK_ON_LAST_DAY = "banks_work_on_last_day"
    LATE_FEE_BASIS_POINTS = "late_fee_basis_points"
    LATE_INTEREST_BASIS_POINTS = "late_interest_basis_points"
    CHARGES_FIRST = "charges_first"
    TOLERANCE_CENTS = "tolerance_cents"
    LEAST_REMINDED_REAIS = "least_reminded_reais"
    OVERDUE_GRACE_DAYS = "overdue_grace_days"
    SUSPENDED_AFTER_DAYS = "suspended_after_days"
    TELECOM_NOTICE_DAYS = "telecom_notice_days"
    TELECOM_END_DAYS = "telecom_end_days"
    TRUST_RELEASE_DAYS = "trust_release_days"
    TRUST_RELEASE_AGAIN_DAYS = "trust_release_again_days"
    DUE_DAY_AGAIN_DAYS = "due_day_again_days"
    AGREEMENT_PARTS = "agreement_parts"
    AGREEMENT_PARTS_ALONE = "agreement_parts_alone"
    AGREEMENT_ENTRY_ALONE_PERCENT = "agreement_entry_alone_percent"
    AGREEMENT_DISCOUNT_PERCENT = "agreement_discount_percent"
    AGREEMENT_DISCOUNT_ALONE_PERCENT = "agreement_discount_alone_percent"
    AGREEMENT_ENTRY_DAYS = "agreement_entry_days"
    AGREEMENT_BROKEN_DAYS = "agreement_broken_days"
    AGREEMENT_LEAST_PART_REAIS = "agreement_least_part_reais"
    AGREEMENT_FIRST_DUE_DAYS = "agreement_first_due_days"
    AGREEMENT_AGAIN_DAYS = "agreement_again_days"
    DUNNING_RELEASED_ALONE = "dunning_released_alone"
    REFERRAL_DISCOUNT_REAIS = "referral_discount_reais"
    WHATSAPP_NEEDS_CONSENT = "whatsapp_needs_consent"
    RETENTION_DISCOUNT_PERCENT = "retention_discount_percent"
    TAX_NOTE_DAY = "tax_note_day"
    TAX_NOTES_WHEN_DUE = "tax_notes_when_due"
    TED_FOUR_EYES_REAIS = "ted_four_eyes_reais"
    SESSION_DAYS = "session_days"
    SESSION_IDLE_HOURS = "session_idle_hours"
    CONFIRMATION_MINUTES = "confirmation_minutes"
    SECOND_FACTOR_ADMIN = "second_factor_admin"
    SECOND_FACTOR_FINANCE = "second_factor_finance"
    SECOND_FACTOR_SUPPORT = "second_factor_support"
    SECOND_FACTOR_ACCOUNT_MANAGER = "second_factor_account_manager"
    SECOND_FACTOR_PARTNER_ADMIN = "second_factor_partner_admin"
    SECOND_FACTOR_SELLER = "second_factor_seller"
    INVITATION_VALID_DAYS = "invitation_valid_days"
    PASSWORD_RESET_VALID_MINUTES = "password_reset_valid_minutes"  # noqa: S105 - a setting's name
    MAILS_PER_RECEIVER = "mails_per_receiver"
    MAILS_PER_SENDER = "mails_per_sender"
    MAILS_PER_PARTNER = "mails_per_partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A setting as the admin reads it: what it decides, in which unit, and how far it may go."""

    name: Name
    group: str
    label: str
    help: str
    unit: str
    unit_of_one: str
    default: int
    minimum: int
    maximum: int
    default_in_production: int | None = None  # where a demonstration is to be easier than the real thing
    decimals: int = 0  # a value is a whole number of these parts of the unit

    @property
    def is_switch(self) -> bool:
        """Whether it is 1 for yes and 0 for no; `unit_of_one` and `unit` are the words."""
        return self.maximum == 1

    def shown(self, value: int) -> str:
        """A value with its unit: "15 dias", "1 dia"."""
        if self.is_switch:
            return self.unit_of_one if value else self.unit
        return f"{self.written(value)} {self.unit_of_one if value == 1 else self.unit}"

    def written(self, value: int) -> str:
        """A value as people write it: "15", or "1,5" where it has decimals."""
        return format_decimals(value, self.decimals)


QUOTES, APPROVALS, CONTRACTS, PAYMENTS, TAX_NOTES, ACCESS, MAILS = (
    "Orçamentos",
    "Aprovação",
    "Contratos",
    "Pagamentos",
    "Notas fiscais",
    "Acesso",
    "E-mails",
)


class Unit(NamedTuple):
    """In what values are given, in words: of many and of one. Of a switch the words for no and for yes."""

    many: str
    one: str
    decimals: int = 0


type Row = tuple[Name, str, str, Unit, int, int, int]
"""A setting, its label and help, its unit; default, minimum, maximum."""


def listed(group: str, rows: Iterable[Row]) -> tuple[Definition, ...]:
    """The definitions of a group of settings written one under the other."""
    return tuple(
        Definition(
            name=name,
            group=group,
            label=label,
            help=words,
            unit=unit.many,
            unit_of_one=unit.one,
            decimals=unit.decimals,
            default=default,
            minimum=minimum,
            maximum=maximum,
        )
        for name, label, words, unit, default, minimum, maximum in rows
    )
