"""Use cases of the users room."""

from portal.users.operations.attempts import (
    count_file_check,
    count_password_reset,
    count_sign_in,
    forget_old_attempts,
)
from portal.users.operations.invitations import (
    accept_invitation,
    activate_user,
    correct_invitation,
    invite_user,
    send_new_invitation,
)
from portal.users.operations.passwords import change_password, request_password_reset, reset_password
from portal.users.operations.people import change_user, disable_user, enable_user, rename_user
from portal.users.operations.sessions import (
    end_all_sessions,
    end_session,
    end_session_of,
    forget_old_sessions,
    note_use,
    sign_in,
)

__all__ = [
    "accept_invitation",
    "activate_user",
    "change_password",
    "change_user",
    "correct_invitation",
    "count_file_check",
    "count_password_reset",
    "count_sign_in",
    "disable_user",
    "enable_user",
    "end_all_sessions",
    "end_session",
    "end_session_of",
    "forget_old_attempts",
    "forget_old_sessions",
    "invite_user",
    "note_use",
    "rename_user",
    "request_password_reset",
    "reset_password",
    "send_new_invitation",
    "sign_in",
]
