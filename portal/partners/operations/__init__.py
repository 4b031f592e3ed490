"""Use cases of the partners room."""

from portal.partners.operations.people import (
    change_person,
    disable_person,
    enable_person,
    invite_person,
    resend_invitation,
)
from portal.partners.operations.registration import (
    disable_partner,
    edit_partner,
    enable_partner,
    register_partner,
)

__all__ = [
    "change_person",
    "disable_partner",
    "disable_person",
    "edit_partner",
    "enable_partner",
    "enable_person",
    "invite_person",
    "register_partner",
    "resend_invitation",
]
