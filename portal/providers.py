"""Who answers what a page upstream asks: the counterpart of `reactions.py`.

Each line is (question, who answers it, in order). The question's class says what an answer is.
"""

from portal.agreements.queries.reading import part_to_pay
from portal.banking.queries.matching import invoices_by_boleto, invoices_by_statement, invoices_by_txid
from portal.cancellations.pages import cases as cancellations
from portal.cards.pages.steps import card_steps
from portal.cards.queries.cards import lacks_card
from portal.cards.queries.numbers import invoices_by_charge
from portal.checkout.pages.steps import bank_steps
from portal.contracts.pages import situation as contracts_situation
from portal.contracts.pages import summary as contracts
from portal.contracts.pages.progress import StepsAfterPayment, StepsToPayment
from portal.contracts.queries.cards import LackOfCard
from portal.contracts.queries.coverage import PaidTimeOf
from portal.customers.queries.history import HistoryBesideLog
from portal.customers.queries.months import MonthsOfService
from portal.customers.queries.reading import SituationOfCustomer, StandingsOn
from portal.dunning.operations.by_whatsapp import wording_of
from portal.dunning.pages import history as dunning
from portal.dunning.queries.reminded import was_reminded
from portal.invoices import pages as invoices
from portal.invoices.queries.bad_debts import SuspendedSince
from portal.invoices.queries.credit import CreditOf, CreditOfPartner
from portal.invoices.queries.listing import InvoicesByNumber
from portal.invoices.queries.money_back import MoneyBackOf
from portal.invoices.queries.months import months_of_service
from portal.overdue.pages import lateness as overdue
from portal.overdue.queries.reminders import RemindedToday
from portal.overdue.queries.standing import suspended_since
from portal.partners.queries.partners import BusinessOfPartner, OwnCreditOf
from portal.quotes.pages import situation as quotes_situation
from portal.quotes.pages.contracts import ContractOfVersion, ContractsOfCustomer
from portal.receipts import pages as receipts
from portal.receipts.queries.finance import invoices_by_payment
from portal.receipts.queries.held import PaidInstead
from portal.shared.questions import Providers
from portal.subscriptions.pages import coverage_steps
from portal.subscriptions.queries.coverage import paid_time
from portal.subscriptions.queries.standing import standings_on
from portal.whatsapp.queries.wording import WordingOf

PROVIDERS: Providers = (
    (ContractOfVersion, (contracts.contract_of_version,)),
    (ContractsOfCustomer, (contracts.contracts_of_customer,)),
    (LackOfCard, (lacks_card,)),
    (PaidTimeOf, (paid_time,)),
    (StepsToPayment, (card_steps, bank_steps)),
    (StepsAfterPayment, (coverage_steps, overdue.service_steps)),
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
            cancellations.situation_of_customer,
            quotes_situation.situation_of_customer,
            contracts_situation.situation_of_customer,
            overdue.situation_of_customer,
        ),
    ),
    (
        InvoicesByNumber,
        (
            invoices_by_boleto,
            invoices_by_txid,
            invoices_by_statement,
            invoices_by_payment,
            invoices_by_charge,
        ),
    ),
    (StandingsOn, (standings_on,)),
    (
        HistoryBesideLog,
        (
            invoices.history_beside_log,
            overdue.history_beside_log,
            receipts.history_beside_log,
            dunning.history_beside_log,
        ),
    ),
    (MonthsOfService, (months_of_service,)),
    (CreditOf, (receipts.credit_of,)),
    (CreditOfPartner, (receipts.credit_of_partner,)),
    (OwnCreditOf, (receipts.own_credit_of,)),
    (MoneyBackOf, (receipts.money_back,)),
    (SuspendedSince, (suspended_since,)),
    (PaidInstead, (part_to_pay,)),
    (RemindedToday, (was_reminded,)),
    (WordingOf, (wording_of,)),
)
