"""What the certificate page of a signed file says."""

from collections.abc import Sequence

from portal.documents.rules.certificate import CertificateEvent
from portal.documents.rules.paper import Paper
from portal.shared.brazil import format_document
from portal.shared.mail import absolute_url
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.rules.signing import shown_verification_code
from portal.users.rules import device_name


def certificate_facts(envelope: Envelope, paper: Paper, events: Sequence[EnvelopeEvent]) -> dict[str, object]:
    """What a `CertificateSheet` says of a signed, loaded envelope, but for the facts of the seal."""
    customer = envelope.customer
    return {
        "document_title": envelope.title,
        "document_number": paper.number,
        "unsigned_name": envelope.file.file_name,
        "unsigned_size": envelope.file.size,
        "unsigned_sha256": envelope.file.sha256,
        "signer_name": envelope.signer_name,
        "signer_cpf": envelope.signer_cpf,
        "signer_email": envelope.signer_email,
        "signer_phone": envelope.signer_phone,
        "signed_for": f"{customer.name}, {format_document(customer.document)}",
        "signed_at": envelope.signed_at,
        "events": tuple(
            CertificateEvent(
                at=event.at,
                what=_in_words(event),
                ip=event.ip,
                device=device_name(event.user_agent) if event.user_agent else "",
            )
            for event in events
        ),
        "verification_code": shown_verification_code(envelope.verification_code),
        "verification_url": absolute_url("signatures.verified", code=envelope.verification_code),
    }


def _in_words(event: EnvelopeEvent) -> str:
    return f"{event.kind.label}: {event.detail}" if event.detail else event.kind.label
