"""Who answers what a page upstream asks: the counterpart of `reactions.py`.

Each line is (question, who answers it, in order). The question's class says what an answer is.
"""

from portal.cards.queries.cards import lacks_card
from portal.cards.queries.steps import card_steps
from portal.checkout.queries.steps import bank_steps
from portal.contracts.queries import situation as contracts_situation
from portal.contracts.queries import telling as contracts
from portal.contracts.queries.cards import LackOfCard
from portal.contracts.queries.coverage import PaidTimeOf
from portal.contracts.queries.progress import StepsAfterPayment, StepsToPayment
from portal.customers.queries.reading import SituationOfCustomer, StandingsOn
from portal.partners.queries.partners import BusinessOfPartner
from portal.quotes.queries import situation as quotes_situation
from portal.quotes.queries.contracting import ContractOfVersion, ContractsOfCustomer
from portal.shared.questions import Providers
from portal.subscriptions.queries.coverage import coverage_steps, paid_time
from portal.subscriptions.queries.standing import standings_on

PROVIDERS: Providers = (
    (ContractOfVersion, (contracts.contract_of_version,)),
    (ContractsOfCustomer, (contracts.contracts_of_customer,)),
    (LackOfCard, (lacks_card,)),
    (PaidTimeOf, (paid_time,)),
    (StepsToPayment, (card_steps, bank_steps)),
    (StepsAfterPayment, (coverage_steps,)),
    (
        BusinessOfPartner,
        (
            quotes_situation.open_proposals_of_partner,
            contracts_situation.unsigned_contracts_of_partner,
        ),
    ),
    (
        SituationOfCustomer,
        (
            quotes_situation.situation_of_customer,
            contracts_situation.situation_of_customer,
        ),
    ),
    (StandingsOn, (standings_on,)),
)
