"""A change that was offered before a pause: it cannot be accepted in it, and can once the pause was ended."""

from datetime import date

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.pausing import resume
from portal.contracts.models import Contract
from portal.contracts.operations.changing import start_change
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractPaused
from portal.payouts.queries.invariants import find_broken
from portal.quotes.models import Quote
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.sending import send_proposal
from portal.quotes.rules.states import QuoteState
from portal.shared.clock import at_sao_paulo
from portal.shared.tokens import LinkToken
from tests.factories.changes import carry_out
from tests.factories.overdue import active, invoices_of, night, paid
from tests.factories.quotes import House, live, make_house, save
from tests.portal.cancellations.test_pauses import lived, pauses
from tests.support.application import Transaction
from tests.support.clients import PortalClient

OFFERED = at_sao_paulo(date(2026, 7, 8), 10)
ENDED = at_sao_paulo(date(2026, 7, 13), 9)


def offered(session: Session, house: House) -> tuple[Contract, Quote, LinkToken, CancellationCase]:
    """Two users more were offered on 08/07; on 10/07 a pause of September and October was agreed."""
    contract = active(session, house)
    night(session, date(2026, 7, 5))
    running = load_contract(session, contract.id)
    quote = start_change(
        session, contract=running, kind=ContractKind.AMENDMENT, actor=house.seller, now=OFFERED
    )
    save(session, house, quote, now=OFFERED, quantities={"user": 4})
    token = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=OFFERED)
    return contract, quote, token, pauses(session, contract, house)


class TestAChangeOfferedBeforeAPause:
    def test_cannot_be_accepted_in_it(self, session: Session) -> None:
        _contract, quote, token, _case = offered(session, make_house(session))
        with pytest.raises(ContractPaused, match=r"31/10/2026.*peça o fim da pausa"):
            accept_quote(session, token=token, quote_id=quote.id, now=at_sao_paulo(date(2026, 7, 12), 9))

    @pytest.mark.deep
    def test_says_so_on_the_customers_page(self, transaction: Transaction, visitor: PortalClient) -> None:
        with transaction() as session:
            _contract, quote, token, _case = offered(session, make_house(session))
            address, quote_id = f"/p/{token.secret()}", quote.id
        with time_machine.travel(at_sao_paulo(date(2026, 7, 12), 9), tick=True):
            visitor.get(address)
            page = visitor.submit(f"{address}/aceite", {"alternativa": str(quote_id)}).text
        assert "Este contrato tem uma pausa até 31/10/2026." in page
        assert "peça o fim da pausa a quem enviou esta proposta" in page
        with transaction() as session:
            assert live(session, session.get_one(Quote, quote_id)).state is QuoteState.SENT

    @pytest.mark.deep
    def test_is_accepted_after_it_was_ended_and_no_day_is_free_or_paid_twice(self, session: Session) -> None:
        house = make_house(session)
        contract, quote, token, case = offered(session, house)
        resume(session, case=case, actor=house.seller, now=ENDED)
        signed = carry_out(session, quote, token, house.seller, now=ENDED)
        assert (signed.kind, signed.base_contract_id) == (ContractKind.AMENDMENT, contract.id)
        paid(session, invoices_of(session, contract)[0], at_sao_paulo(date(2026, 7, 13), 12))
        made = lived(session, signed, date(2026, 7, 14), date(2026, 10, 10))
        # 199,90 and two users more at 19,90; August was paid by the contract before.
        assert [(each.period_from, each.due_on, each.amount_cents) for each in made] == [
            (date(2026, 9, 1), date(2026, 8, 15), 239_70),
            (date(2026, 10, 1), date(2026, 9, 15), 239_70),
            (date(2026, 11, 1), date(2026, 10, 15), 239_70),
        ]
        broken = find_broken(session, since=None, now=at_sao_paulo(date(2026, 10, 10), 12))
        assert [row for row in broken if row.invariant.key != "E2"] == []
