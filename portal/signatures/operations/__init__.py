"""The steps of a signature, from asking for it to the sealed file."""

from portal.signatures.operations.answering import decline, postpone
from portal.signatures.operations.asking import cancel_envelope, link_of, open_envelope, resend
from portal.signatures.operations.keeping import AT_ONCE, expire_signatures, remind_of_signatures
from portal.signatures.operations.locking import locked_envelope
from portal.signatures.operations.sealing import SealingOrder, sealing_order, store_sealed
from portal.signatures.operations.signing import agree_to_terms, confirm_signature, send_code
from portal.signatures.operations.visiting import record_opening, record_viewing

__all__ = [
    "AT_ONCE",
    "SealingOrder",
    "agree_to_terms",
    "cancel_envelope",
    "confirm_signature",
    "decline",
    "expire_signatures",
    "link_of",
    "locked_envelope",
    "open_envelope",
    "postpone",
    "record_opening",
    "record_viewing",
    "remind_of_signatures",
    "resend",
    "sealing_order",
    "send_code",
    "store_sealed",
]
