"""Use cases of the users room."""

from portal.users.operations.attempts import (
    count_file_check,
    count_password_reset,
    count_proof,
    count_sign_in,
    forget_old_attempts,
    forgive_proof,
)
from portal.users.operations.devices import forget_old_devices, remember_device
from portal.users.operations.history import forget_old_accesses, record_access, record_failed_sign_in
from portal.users.operations.invitations import (
    accept_invitation,
    activate_user,
    correct_invitation,
    invite_user,
    send_new_invitation,
)
from portal.users.operations.passwords import (
    answer_password_reset,
    change_password,
    request_password_reset,
    reset_password,
)
from portal.users.operations.people import change_user, disable_user, enable_user, rename_user
from portal.users.operations.sessions import (
    end_all_sessions,
    end_session,
    end_session_of,
    forget_old_sessions,
    note_use,
    sign_in,
    sign_out,
    sign_out_everywhere,
)

__all__ = [
    "accept_invitation",
    "activate_user",
    "answer_password_reset",
    "change_password",
    "change_user",
    "correct_invitation",
    "count_file_check",
    "count_password_reset",
    "count_proof",
    "count_sign_in",
    "disable_user",
    "enable_user",
    "end_all_sessions",
    "end_session",
    "end_session_of",
    "forget_old_accesses",
    "forget_old_attempts",
    "forget_old_devices",
    "forget_old_sessions",
    "forgive_proof",
    "invite_user",
    "note_use",
    "record_access",
    "record_failed_sign_in",
    "remember_device",
    "rename_user",
    "request_password_reset",
    "reset_password",
    "send_new_invitation",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
]
