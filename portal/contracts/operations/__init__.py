"""Use cases of the contracts room: draft, generate, sign, activate, cancel, change."""

from portal.contracts.operations.activating import (
    ENDED_AT_ONCE,
    activate_if_complete,
    end_contracts,
    record_first_payment,
    tell_active,
)
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.changing import quote_partner_change, start_change, start_partner_change
from portal.contracts.operations.drafting import draft_again, draft_contract
from portal.contracts.operations.generating import (
    Printing,
    generate_contract,
    issue_contract,
    prepare_printing,
    replace_signatory,
)
from portal.contracts.operations.signing import (
    prepare_signature,
    record_decline,
    record_expiry,
    record_signature,
    resend_signature,
)
from portal.contracts.operations.templates import WrittenMeanwhile, current_template, write_template

__all__ = [
    "ENDED_AT_ONCE",
    "Printing",
    "WrittenMeanwhile",
    "activate_if_complete",
    "cancel_contract",
    "current_template",
    "draft_again",
    "draft_contract",
    "end_contracts",
    "generate_contract",
    "issue_contract",
    "prepare_printing",
    "prepare_signature",
    "quote_partner_change",
    "record_decline",
    "record_expiry",
    "record_first_payment",
    "record_signature",
    "replace_signatory",
    "resend_signature",
    "start_change",
    "start_partner_change",
    "tell_active",
    "write_template",
]
