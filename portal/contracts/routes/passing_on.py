"""Passing a contract's signing link on by the sender's own WhatsApp."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Response, url_for

from portal.contracts.models import Contract
from portal.contracts.operations.signing import prepare_signature
from portal.contracts.queries.reading import get_contract
from portal.contracts.routes.blueprint import blueprint
from portal.contracts.rules.messages import signature_message
from portal.shared import clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.mail import absolute_url
from portal.shared.whatsapp import Person, Sender
from portal.shared.whatsapp_form import WhatsAppForm, pass_on
from portal.signatures.models import Envelope
from portal.signatures.queries.envelopes import get_envelope

SIGNATURE, CARD = "assinatura", "cartao"


@blueprint.post("/contratos/<int:contract_id>/whatsapp")
@requires(Permission.WRITE_CONTRACTS)
def send_by_whatsapp(contract_id: int) -> Response:
    """Open the sender's own WhatsApp with the signing link in a message."""
    contract = get_contract(db.session, contract_id, actor=actor())
    found = get_envelope(db.session, contract.envelope_id, actor=actor()) if contract.envelope_id else None

    def prepare(to: Person, sender: Sender) -> str:
        token, envelope = prepare_signature(
            db.session, contract=contract, to=to, actor=actor(), now=clock.now()
        )
        return signature_message(
            to=to,
            sender=sender,
            label=contract.label,
            last_day=clock.day_of(envelope.expires_at - timedelta(seconds=1)),
            link=absolute_url("signatures.sign", token=token.secret()),
        )

    return pass_on(
        WhatsAppForm.offering(_signers(contract, found), prefix=SIGNATURE),
        what=f"a assinatura do contrato {contract.label}",
        back=url_for("contracts.show", contract_id=contract_id),
        prepare=prepare,
    )


def whatsapp_forms(contract: Contract, envelope: Envelope | None) -> dict[str, WhatsAppForm]:
    """The forms of a contract's page: for the signing link, and for that of the card."""
    people = {SIGNATURE: _signers(contract, envelope), CARD: contract.customer.people}
    return {kind: WhatsAppForm.offering(people[kind], prefix=kind, empty=True) for kind in people}


def _signers(contract: Contract, envelope: Envelope | None) -> Sequence[Person]:
    """Whoever was asked to sign comes first, whoever is the signatory by now."""
    if envelope is None:
        return contract.customer.people
    asked = Person(
        key="signatory",
        name=envelope.signer_name,
        call=envelope.signer_name.split()[0],
        phone=envelope.signer_phone,
        role="responsável",
    )
    return asked, contract.customer.people[-1]
