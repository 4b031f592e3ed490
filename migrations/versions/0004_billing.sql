-- Invoices, coverage, money received, cards, banking and repasse.

CREATE TABLE bank_notices (
    id BIGSERIAL NOT NULL,
    sha256 VARCHAR NOT NULL,
    is_file BOOLEAN NOT NULL,
    body BYTEA,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    processed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_bank_notices PRIMARY KEY (id),
    CONSTRAINT uq_bank_notices_sha256 UNIQUE (sha256)
);
CREATE INDEX ix_bank_notices_received_at ON bank_notices (received_at);

CREATE TABLE boleto_series (
    name VARCHAR NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT pk_boleto_series PRIMARY KEY (name)
);

CREATE TABLE invoice_series (
    name VARCHAR NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT pk_invoice_series PRIMARY KEY (name),
    CONSTRAINT ck_invoice_series_counts_up CHECK (last_number >= 0)
);

CREATE TABLE processor_events (
    id BIGSERIAL NOT NULL,
    event_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    object_id VARCHAR NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    understood BOOLEAN NOT NULL,
    CONSTRAINT pk_processor_events PRIMARY KEY (id),
    CONSTRAINT uq_processor_events_event_id UNIQUE (event_id)
);
CREATE INDEX ix_processor_events_object_id ON processor_events (object_id);

CREATE TABLE bank_files (
    id BIGSERIAL NOT NULL,
    kind VARCHAR(40) NOT NULL,
    number BIGINT,
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    content BYTEA,
    state VARCHAR(40) NOT NULL,
    results JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT,
    applied_at TIMESTAMP WITH TIME ZONE,
    applied_by_id BIGINT,
    CONSTRAINT pk_bank_files PRIMARY KEY (id),
    CONSTRAINT uq_bank_files_kind_sha256 UNIQUE (kind, sha256),
    CONSTRAINT uq_bank_files_number UNIQUE (number),
    CONSTRAINT ck_bank_files_state_of_kind CHECK ((kind = 'remittance') = (state = 'made')),
    CONSTRAINT ck_bank_files_remittances_count CHECK ((kind = 'remittance') = (number IS NOT NULL)),
    CONSTRAINT ck_bank_files_applied_at_some_time CHECK ((state = 'applied') = (applied_at IS NOT NULL)),
    CONSTRAINT ck_bank_files_bankfilekind CHECK (kind IN ('remittance', 'return')),
    CONSTRAINT ck_bank_files_bankfilestate CHECK (state IN ('made', 'read', 'applied')),
    CONSTRAINT fk_bank_files_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id),
    CONSTRAINT fk_bank_files_applied_by_id FOREIGN KEY(applied_by_id) REFERENCES users (id)
);
CREATE INDEX ix_bank_files_created_at ON bank_files (created_at);

CREATE TABLE coverages (
    id BIGSERIAL NOT NULL,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    covers_from DATE NOT NULL,
    covers_until DATE NOT NULL,
    grace_until DATE NOT NULL,
    payment_key VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_coverages PRIMARY KEY (id),
    CONSTRAINT fk_coverages_contract_id_partner_id_customer_id FOREIGN KEY(contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT uq_coverages_contract_id_number UNIQUE (contract_id, number),
    CONSTRAINT ck_coverages_numbered_from_one CHECK (number >= 1),
    CONSTRAINT ck_coverages_covers_forward CHECK (covers_until >= covers_from),
    CONSTRAINT ck_coverages_grace_after_cover CHECK (grace_until >= covers_until),
    CONSTRAINT ck_coverages_paid_for CHECK (payment_key <> '')
);
CREATE INDEX ix_coverages_customer_id_grace_until ON coverages (customer_id, grace_until);

CREATE TABLE invoices (
    id BIGSERIAL NOT NULL,
    number BIGINT,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    kind VARCHAR(40) NOT NULL,
    billed_to VARCHAR(40) NOT NULL,
    payer_name VARCHAR NOT NULL,
    payer_document VARCHAR NOT NULL,
    payment_method VARCHAR NOT NULL,
    installment_number BIGINT NOT NULL,
    term_number BIGINT,
    payment_number BIGINT,
    due_month DATE NOT NULL,
    due_on DATE NOT NULL,
    period_from DATE,
    period_until DATE,
    grace_until DATE,
    amount_cents BIGINT NOT NULL,
    currency VARCHAR NOT NULL,
    explanation VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(40) NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE,
    paid_cents BIGINT NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    voided_at TIMESTAMP WITH TIME ZONE,
    void_reason VARCHAR NOT NULL,
    CONSTRAINT pk_invoices PRIMARY KEY (id),
    CONSTRAINT fk_invoices_contract_id_partner_id_customer_id FOREIGN KEY(contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT uq_invoices_contract_id_term_number_payment_number UNIQUE (contract_id, term_number, payment_number),
    CONSTRAINT uq_invoices_contract_id_installment_number UNIQUE (contract_id, installment_number),
    CONSTRAINT uq_invoices_id_partner_id UNIQUE (id, partner_id),
    CONSTRAINT uq_invoices_id_partner_id_customer_id UNIQUE (id, partner_id, customer_id),
    CONSTRAINT uq_invoices_id_contract_id_partner_id_customer_id UNIQUE (id, contract_id, partner_id, customer_id),
    CONSTRAINT ck_invoices_installment_of_a_term CHECK ((kind = 'installment') = (term_number IS NOT NULL) AND (term_number IS NULL) = (payment_number IS NULL) AND (term_number IS NULL OR (term_number >= 1 AND payment_number >= 1))),
    CONSTRAINT ck_invoices_later_ones_have_a_period CHECK (installment_number >= 1 AND (installment_number = 1 OR (kind = 'installment' AND period_from IS NOT NULL AND grace_until IS NOT NULL))),
    CONSTRAINT ck_invoices_grace_after_period CHECK (grace_until IS NULL OR grace_until >= period_until),
    CONSTRAINT uq_invoices_id_billed_to UNIQUE (id, billed_to),
    CONSTRAINT uq_invoices_id_payer_document UNIQUE (id, payer_document),
    CONSTRAINT ck_invoices_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_invoices_in_reais CHECK (currency = 'BRL'),
    CONSTRAINT ck_invoices_not_paid_beyond CHECK (paid_cents >= 0 AND paid_cents <= amount_cents),
    CONSTRAINT ck_invoices_issued_has_number CHECK (number IS NOT NULL OR state IN ('draft', 'void')),
    CONSTRAINT ck_invoices_draft_has_none CHECK (state <> 'draft' OR number IS NULL),
    CONSTRAINT ck_invoices_issued_at_some_time CHECK ((number IS NULL) = (issued_at IS NULL)),
    CONSTRAINT ck_invoices_paid_in_full CHECK ((state = 'paid') = (paid_at IS NOT NULL) AND (state <> 'paid' OR paid_cents = amount_cents)),
    CONSTRAINT ck_invoices_void_has_reason CHECK ((state = 'void') = (voided_at IS NOT NULL) AND (state <> 'void' OR void_reason <> '')),
    CONSTRAINT ck_invoices_period_forward CHECK ((period_from IS NULL) = (period_until IS NULL) AND (period_from IS NULL OR period_until >= period_from)),
    CONSTRAINT uq_invoices_number UNIQUE (number),
    CONSTRAINT fk_invoices_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_invoices_invoicekind CHECK (kind IN ('installment', 'first_period', 'difference')),
    CONSTRAINT ck_invoices_billedto CHECK (billed_to IN ('customer', 'partner')),
    CONSTRAINT ck_invoices_invoicestate CHECK (state IN ('draft', 'open', 'paid', 'uncollectible', 'void'))
);
CREATE INDEX ix_invoices_customer_id_due_on ON invoices (customer_id, due_on);
CREATE INDEX ix_invoices_partner_id_state_due_on ON invoices (partner_id, state, due_on);
CREATE INDEX ix_invoices_state_due_on ON invoices (state, due_on);
CREATE UNIQUE INDEX uq_invoices_first_of_contract ON invoices (contract_id) WHERE kind <> 'installment';

CREATE TABLE boletos (
    id BIGSERIAL NOT NULL,
    series VARCHAR NOT NULL,
    number BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    amount_cents BIGINT NOT NULL,
    due_on DATE NOT NULL,
    bar_code VARCHAR NOT NULL,
    line VARCHAR NOT NULL,
    our_number VARCHAR NOT NULL,
    payer_name VARCHAR NOT NULL,
    payer_document VARCHAR NOT NULL,
    payer_street VARCHAR NOT NULL,
    payer_district VARCHAR NOT NULL,
    payer_postal_code VARCHAR NOT NULL,
    payer_city VARCHAR NOT NULL,
    payer_state VARCHAR NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(40) NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE,
    rejection VARCHAR NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    remittance_id BIGINT,
    withdraw_asked_at TIMESTAMP WITH TIME ZONE,
    withdrawal_id BIGINT,
    CONSTRAINT pk_boletos PRIMARY KEY (id),
    CONSTRAINT fk_boletos_invoice_id_partner_id_customer_id FOREIGN KEY(invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT fk_boletos_invoice_id_payer_document FOREIGN KEY(invoice_id, payer_document) REFERENCES invoices (id, payer_document),
    CONSTRAINT uq_boletos_series_number UNIQUE (series, number),
    CONSTRAINT uq_boletos_bar_code UNIQUE (bar_code),
    CONSTRAINT ck_boletos_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_boletos_rejected_with_reason CHECK ((state = 'rejected') = (rejection <> '')),
    CONSTRAINT ck_boletos_paid_at_some_time CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
    CONSTRAINT fk_boletos_series FOREIGN KEY(series) REFERENCES boleto_series (name),
    CONSTRAINT fk_boletos_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_boletos_boletostate CHECK (state IN ('issued', 'registered', 'rejected', 'paid', 'written_off')),
    CONSTRAINT fk_boletos_remittance_id FOREIGN KEY(remittance_id) REFERENCES bank_files (id),
    CONSTRAINT fk_boletos_withdrawal_id FOREIGN KEY(withdrawal_id) REFERENCES bank_files (id)
);
CREATE INDEX ix_boletos_customer_id ON boletos (customer_id);
CREATE INDEX ix_boletos_invoice_id ON boletos (invoice_id);
CREATE INDEX ix_boletos_remittance_id ON boletos (remittance_id);
CREATE INDEX ix_boletos_state_issued_at ON boletos (state, issued_at);
CREATE UNIQUE INDEX uq_boletos_live ON boletos (invoice_id) WHERE state IN ('issued', 'registered');

CREATE TABLE card_requests (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    billed_to VARCHAR(40) NOT NULL,
    invoice_id BIGINT,
    state VARCHAR(40) NOT NULL,
    to_name VARCHAR NOT NULL,
    to_email VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    times_sent BIGINT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE,
    registered_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_card_requests PRIMARY KEY (id),
    CONSTRAINT fk_card_requests_contract_id_partner_id_customer_id FOREIGN KEY(contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT fk_card_requests_invoice_id_partner_id_customer_id FOREIGN KEY(invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT fk_card_requests_invoice_id_billed_to FOREIGN KEY(invoice_id, billed_to) REFERENCES invoices (id, billed_to),
    CONSTRAINT uq_card_requests_id_contract_id_billed_to UNIQUE (id, contract_id, billed_to),
    CONSTRAINT ck_card_requests_partner_pays_an_invoice CHECK (billed_to = 'customer' OR invoice_id IS NOT NULL),
    CONSTRAINT ck_card_requests_registered_at_an_instant CHECK ((state = 'registered') = (registered_at IS NOT NULL)),
    CONSTRAINT ck_card_requests_closed_at_an_instant CHECK ((state IN ('sent', 'opened')) = (closed_at IS NULL)),
    CONSTRAINT ck_card_requests_opened_at_an_instant CHECK (state <> 'opened' OR opened_at IS NOT NULL),
    CONSTRAINT fk_card_requests_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_card_requests_billedto CHECK (billed_to IN ('customer', 'partner')),
    CONSTRAINT ck_card_requests_cardrequeststate CHECK (state IN ('sent', 'opened', 'registered', 'expired', 'replaced', 'canceled'))
);
CREATE INDEX ix_card_requests_contract_id ON card_requests (contract_id);
CREATE INDEX ix_card_requests_state_expires_at ON card_requests (state, expires_at);
CREATE UNIQUE INDEX uq_card_requests_live ON card_requests (contract_id, billed_to) WHERE state IN ('sent', 'opened');

CREATE TABLE invoice_lines (
    id BIGSERIAL NOT NULL,
    invoice_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    code VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    quantity BIGINT NOT NULL,
    amount_cents BIGINT NOT NULL,
    CONSTRAINT pk_invoice_lines PRIMARY KEY (id),
    CONSTRAINT uq_invoice_lines_invoice_id_position UNIQUE (invoice_id, position),
    CONSTRAINT ck_invoice_lines_amounts_sane CHECK (amount_cents >= 0 AND quantity >= 1 AND position >= 1),
    CONSTRAINT fk_invoice_lines_invoice_id FOREIGN KEY(invoice_id) REFERENCES invoices (id)
);

CREATE TABLE payments (
    id BIGSERIAL NOT NULL,
    source VARCHAR(40) NOT NULL,
    external_id VARCHAR NOT NULL,
    amount_cents BIGINT NOT NULL,
    fee_cents BIGINT NOT NULL,
    credited_cents BIGINT NOT NULL,
    currency VARCHAR NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    payer_name VARCHAR NOT NULL,
    payer_document VARCHAR NOT NULL,
    facts JSONB NOT NULL,
    outcome VARCHAR(40) NOT NULL,
    partner_id BIGINT,
    customer_id BIGINT,
    invoice_id BIGINT,
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT uq_payments_source_external_id UNIQUE (source, external_id),
    CONSTRAINT fk_payments_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT fk_payments_invoice_id_partner_id_customer_id FOREIGN KEY(invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT fk_payments_invoice_id_partner_id FOREIGN KEY(invoice_id, partner_id) REFERENCES invoices (id, partner_id),
    CONSTRAINT ck_payments_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_payments_gross_is_fee_and_credited CHECK (fee_cents >= 0 AND credited_cents >= 0 AND amount_cents = fee_cents + credited_cents),
    CONSTRAINT ck_payments_customer_with_partner CHECK (customer_id IS NULL OR partner_id IS NOT NULL),
    CONSTRAINT ck_payments_settles_an_invoice CHECK (outcome <> 'settled' OR invoice_id IS NOT NULL),
    CONSTRAINT ck_payments_credited_to_somebody CHECK (outcome <> 'credited' OR partner_id IS NOT NULL),
    CONSTRAINT ck_payments_paymentsource CHECK (source IN ('card', 'boleto', 'pix', 'ted')),
    CONSTRAINT ck_payments_paymentoutcome CHECK (outcome IN ('settled', 'credited', 'parked', 'returned')),
    CONSTRAINT fk_payments_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id)
);
CREATE INDEX ix_payments_customer_id ON payments (customer_id);
CREATE INDEX ix_payments_invoice_id ON payments (invoice_id);
CREATE INDEX ix_payments_outcome_paid_at ON payments (outcome, paid_at);
CREATE INDEX ix_payments_paid_at ON payments (paid_at);

CREATE TABLE postings (
    id BIGSERIAL NOT NULL,
    key VARCHAR NOT NULL,
    kind VARCHAR(40) NOT NULL,
    debit_account VARCHAR(40) NOT NULL,
    credit_account VARCHAR(40) NOT NULL,
    amount_cents BIGINT NOT NULL,
    partner_id BIGINT,
    customer_id BIGINT,
    invoice_id BIGINT,
    payment_key VARCHAR NOT NULL,
    booked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_postings PRIMARY KEY (id),
    CONSTRAINT fk_postings_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT fk_postings_invoice_id_partner_id_customer_id FOREIGN KEY(invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT ck_postings_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_postings_two_accounts CHECK (debit_account <> credit_account),
    CONSTRAINT ck_postings_customer_with_partner CHECK (customer_id IS NULL OR partner_id IS NOT NULL),
    CONSTRAINT ck_postings_partner_alone_has_credit CHECK (customer_id IS NOT NULL OR partner_id IS NULL OR 'partner_credit' IN (debit_account, credit_account)),
    CONSTRAINT ck_postings_invoice_with_customer CHECK (invoice_id IS NULL OR customer_id IS NOT NULL),
    CONSTRAINT ck_postings_receivable_of_an_invoice CHECK (invoice_id IS NOT NULL OR (debit_account <> 'receivable' AND credit_account <> 'receivable')),
    CONSTRAINT uq_postings_key UNIQUE (key),
    CONSTRAINT ck_postings_postingkind CHECK (kind IN ('issued', 'voided', 'paid', 'credited', 'parked', 'resolved', 'fee', 'repasse')),
    CONSTRAINT ck_postings_debit_account CHECK (debit_account IN ('receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit', 'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable')),
    CONSTRAINT ck_postings_credit_account CHECK (credit_account IN ('receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit', 'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable')),
    CONSTRAINT fk_postings_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id)
);
CREATE INDEX ix_postings_customer_id ON postings (customer_id);
CREATE INDEX ix_postings_invoice_id ON postings (invoice_id);
CREATE INDEX ix_postings_payment_key ON postings (payment_key);

CREATE TABLE repasse_accruals (
    id BIGSERIAL NOT NULL,
    payment_key VARCHAR NOT NULL,
    invoice_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    line_code VARCHAR NOT NULL,
    line_label VARCHAR NOT NULL,
    quantity BIGINT NOT NULL,
    paid_cents BIGINT NOT NULL,
    cost_cents BIGINT NOT NULL,
    central_fee_cents BIGINT NOT NULL,
    vendor_share_cents BIGINT NOT NULL,
    repasse_cents BIGINT NOT NULL,
    month DATE NOT NULL,
    accrued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_repasse_accruals PRIMARY KEY (id),
    CONSTRAINT fk_repasse_accruals_invoice_id_contract_id_partner_id_c_d98e FOREIGN KEY(invoice_id, contract_id, partner_id, customer_id) REFERENCES invoices (id, contract_id, partner_id, customer_id),
    CONSTRAINT uq_repasse_accruals_invoice_id_position UNIQUE (invoice_id, position),
    CONSTRAINT ck_repasse_accruals_adds_up CHECK (paid_cents = cost_cents + central_fee_cents + vendor_share_cents + repasse_cents),
    CONSTRAINT ck_repasse_accruals_amounts_sane CHECK (paid_cents >= 0 AND position >= 1 AND quantity >= 1),
    CONSTRAINT fk_repasse_accruals_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id)
);
CREATE INDEX ix_repasse_accruals_month ON repasse_accruals (month);
CREATE INDEX ix_repasse_accruals_partner_id_month ON repasse_accruals (partner_id, month);
CREATE INDEX ix_repasse_accruals_payment_key ON repasse_accruals (payment_key);

CREATE TABLE card_setups (
    id BIGSERIAL NOT NULL,
    request_id BIGINT NOT NULL,
    key VARCHAR NOT NULL,
    state VARCHAR(40) NOT NULL,
    processor_customer VARCHAR NOT NULL,
    processor_setup VARCHAR,
    secret VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE,
    told_at TIMESTAMP WITH TIME ZONE,
    checked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_card_setups PRIMARY KEY (id),
    CONSTRAINT ck_card_setups_ready_has_id CHECK (state = 'created' OR processor_setup IS NOT NULL OR state = 'dropped'),
    CONSTRAINT fk_card_setups_request_id FOREIGN KEY(request_id) REFERENCES card_requests (id),
    CONSTRAINT uq_card_setups_key UNIQUE (key),
    CONSTRAINT ck_card_setups_cardsetupstate CHECK (state IN ('created', 'ready', 'told', 'succeeded', 'dropped')),
    CONSTRAINT uq_card_setups_processor_setup UNIQUE (processor_setup)
);
CREATE INDEX ix_card_setups_request_id ON card_setups (request_id);
CREATE INDEX ix_card_setups_state_checked_at ON card_setups (state, checked_at);
CREATE UNIQUE INDEX uq_card_setups_open ON card_setups (request_id) WHERE state IN ('created', 'ready', 'told');

CREATE TABLE cards (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    billed_to VARCHAR(40) NOT NULL,
    request_id BIGINT NOT NULL,
    processor_customer VARCHAR NOT NULL,
    processor_method VARCHAR NOT NULL,
    brand VARCHAR NOT NULL,
    last4 VARCHAR NOT NULL,
    exp_month BIGINT NOT NULL,
    exp_year BIGINT NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    replaced_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_cards PRIMARY KEY (id),
    CONSTRAINT fk_cards_contract_id_partner_id_customer_id FOREIGN KEY(contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT fk_cards_request_id_contract_id_billed_to FOREIGN KEY(request_id, contract_id, billed_to) REFERENCES card_requests (id, contract_id, billed_to),
    CONSTRAINT ck_cards_no_more_than_last4 CHECK (length(last4) = 4),
    CONSTRAINT ck_cards_month_of_expiry CHECK (exp_month BETWEEN 1 AND 12),
    CONSTRAINT uq_cards_id_customer_id_billed_to UNIQUE (id, customer_id, billed_to),
    CONSTRAINT fk_cards_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_cards_billedto CHECK (billed_to IN ('customer', 'partner')),
    CONSTRAINT uq_cards_request_id UNIQUE (request_id),
    CONSTRAINT uq_cards_processor_method UNIQUE (processor_method)
);
CREATE INDEX ix_cards_customer_id ON cards (customer_id);
CREATE UNIQUE INDEX uq_cards_in_use ON cards (contract_id, billed_to) WHERE replaced_at IS NULL;

CREATE TABLE customer_credits (
    id BIGSERIAL NOT NULL,
    payment_id BIGINT,
    invoice_id BIGINT,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT,
    amount_cents BIGINT NOT NULL,
    reason VARCHAR(40) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_customer_credits PRIMARY KEY (id),
    CONSTRAINT fk_customer_credits_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT fk_customer_credits_invoice_id_partner_id_customer_id FOREIGN KEY(invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT fk_customer_credits_invoice_id_partner_id FOREIGN KEY(invoice_id, partner_id) REFERENCES invoices (id, partner_id),
    CONSTRAINT ck_customer_credits_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_customer_credits_one_cause CHECK ((payment_id IS NULL) <> (invoice_id IS NULL)),
    CONSTRAINT uq_customer_credits_payment_id UNIQUE (payment_id),
    CONSTRAINT fk_customer_credits_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id),
    CONSTRAINT uq_customer_credits_invoice_id UNIQUE (invoice_id),
    CONSTRAINT fk_customer_credits_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_customer_credits_creditreason CHECK (reason IN ('already_paid', 'voided', 'by_finance', 'excess'))
);
CREATE INDEX ix_customer_credits_customer_id ON customer_credits (customer_id);

CREATE TABLE parked_payments (
    id BIGSERIAL NOT NULL,
    payment_id BIGINT NOT NULL,
    reason VARCHAR(40) NOT NULL,
    meant_invoice_id BIGINT,
    parked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    needs_two BOOLEAN NOT NULL,
    proposal VARCHAR(40),
    proposed_invoice_id BIGINT,
    proposal_note VARCHAR NOT NULL,
    proposed_by_id BIGINT,
    proposed_at TIMESTAMP WITH TIME ZONE,
    resolution VARCHAR(40),
    resolution_note VARCHAR NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolved_by_id BIGINT,
    CONSTRAINT pk_parked_payments PRIMARY KEY (id),
    CONSTRAINT ck_parked_payments_resolved_by_somebody CHECK ((resolution IS NULL) = (resolved_at IS NULL) AND (resolution IS NULL) = (resolved_by_id IS NULL)),
    CONSTRAINT ck_parked_payments_resolved_with_reason CHECK (resolution IS NULL OR resolution_note <> ''),
    CONSTRAINT ck_parked_payments_resolved_somehow CHECK (resolution IS NULL OR resolution <> 'parked'),
    CONSTRAINT ck_parked_payments_proposed_by_somebody CHECK ((proposal IS NULL) = (proposed_by_id IS NULL)),
    CONSTRAINT ck_parked_payments_two_different_people CHECK (proposal IS NULL OR resolved_by_id <> proposed_by_id),
    CONSTRAINT ck_parked_payments_four_eyes CHECK (NOT needs_two OR proposal IS NOT NULL),
    CONSTRAINT uq_parked_payments_payment_id UNIQUE (payment_id),
    CONSTRAINT fk_parked_payments_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id),
    CONSTRAINT ck_parked_payments_parkreason CHECK (reason IN ('unknown_invoice', 'other_customer', 'other_payer', 'wrong_currency', 'wrong_amount', 'not_collectible')),
    CONSTRAINT fk_parked_payments_meant_invoice_id FOREIGN KEY(meant_invoice_id) REFERENCES invoices (id),
    CONSTRAINT ck_parked_payments_proposal CHECK (proposal IN ('settled', 'credited', 'parked', 'returned')),
    CONSTRAINT fk_parked_payments_proposed_invoice_id FOREIGN KEY(proposed_invoice_id) REFERENCES invoices (id),
    CONSTRAINT fk_parked_payments_proposed_by_id FOREIGN KEY(proposed_by_id) REFERENCES users (id),
    CONSTRAINT ck_parked_payments_paymentoutcome CHECK (resolution IN ('settled', 'credited', 'parked', 'returned')),
    CONSTRAINT fk_parked_payments_resolved_by_id FOREIGN KEY(resolved_by_id) REFERENCES users (id)
);
CREATE INDEX ix_parked_payments_resolved_at_parked_at ON parked_payments (resolved_at, parked_at);

CREATE TABLE ted_transfers (
    id BIGSERIAL NOT NULL,
    invoice_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    state VARCHAR(40) NOT NULL,
    announced_at TIMESTAMP WITH TIME ZONE NOT NULL,
    announced_by_id BIGINT,
    proof_id BIGINT,
    bank_reference VARCHAR,
    payer_name VARCHAR NOT NULL,
    payer_document VARCHAR NOT NULL,
    amount_cents BIGINT,
    credited_on DATE,
    needs_two BOOLEAN NOT NULL,
    confirmed_by_id BIGINT,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    second_confirmed_by_id BIGINT,
    second_confirmed_at TIMESTAMP WITH TIME ZONE,
    refused_by_id BIGINT,
    refused_at TIMESTAMP WITH TIME ZONE,
    refusal VARCHAR NOT NULL,
    payment_id BIGINT,
    lock_version BIGINT NOT NULL,
    CONSTRAINT pk_ted_transfers PRIMARY KEY (id),
    CONSTRAINT fk_ted_transfers_invoice_id_partner_id_customer_id FOREIGN KEY(invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT uq_ted_transfers_bank_reference UNIQUE (bank_reference),
    CONSTRAINT ck_ted_transfers_two_different_people CHECK (second_confirmed_by_id IS NULL OR second_confirmed_by_id <> confirmed_by_id),
    CONSTRAINT ck_ted_transfers_not_confirmed_by_its_sender CHECK (announced_by_id IS NULL OR (announced_by_id <> COALESCE(confirmed_by_id, 0) AND announced_by_id <> COALESCE(second_confirmed_by_id, 0))),
    CONSTRAINT ck_ted_transfers_confirmed_by_somebody CHECK (state NOT IN ('confirmed_once', 'confirmed') OR (confirmed_by_id IS NOT NULL AND amount_cents IS NOT NULL AND credited_on IS NOT NULL)),
    CONSTRAINT ck_ted_transfers_four_eyes CHECK (state <> 'confirmed' OR NOT needs_two OR second_confirmed_by_id IS NOT NULL),
    CONSTRAINT ck_ted_transfers_confirmed_is_paid CHECK ((state = 'confirmed') = (payment_id IS NOT NULL)),
    CONSTRAINT ck_ted_transfers_refused_with_reason CHECK ((state = 'refused') = (refusal <> '')),
    CONSTRAINT ck_ted_transfers_amount_positive CHECK (amount_cents IS NULL OR amount_cents > 0),
    CONSTRAINT fk_ted_transfers_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_ted_transfers_tedstate CHECK (state IN ('waiting', 'confirmed_once', 'confirmed', 'refused')),
    CONSTRAINT fk_ted_transfers_announced_by_id FOREIGN KEY(announced_by_id) REFERENCES users (id),
    CONSTRAINT fk_ted_transfers_proof_id FOREIGN KEY(proof_id) REFERENCES stored_files (id),
    CONSTRAINT fk_ted_transfers_confirmed_by_id FOREIGN KEY(confirmed_by_id) REFERENCES users (id),
    CONSTRAINT fk_ted_transfers_second_confirmed_by_id FOREIGN KEY(second_confirmed_by_id) REFERENCES users (id),
    CONSTRAINT fk_ted_transfers_refused_by_id FOREIGN KEY(refused_by_id) REFERENCES users (id),
    CONSTRAINT uq_ted_transfers_payment_id UNIQUE (payment_id),
    CONSTRAINT fk_ted_transfers_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id)
);
CREATE INDEX ix_ted_transfers_invoice_id ON ted_transfers (invoice_id);
CREATE INDEX ix_ted_transfers_state_announced_at ON ted_transfers (state, announced_at);
CREATE UNIQUE INDEX uq_ted_transfers_pending ON ted_transfers (invoice_id) WHERE state IN ('waiting', 'confirmed_once');

CREATE TABLE charges (
    id BIGSERIAL NOT NULL,
    key VARCHAR NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    billed_to VARCHAR(40) NOT NULL,
    invoice_id BIGINT NOT NULL,
    card_id BIGINT NOT NULL,
    amount_cents BIGINT NOT NULL,
    currency VARCHAR NOT NULL,
    state VARCHAR(40) NOT NULL,
    processor_charge VARCHAR,
    secret VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE,
    checked_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_charges PRIMARY KEY (id),
    CONSTRAINT fk_charges_invoice_id_partner_id_customer_id FOREIGN KEY(invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT fk_charges_invoice_id_billed_to FOREIGN KEY(invoice_id, billed_to) REFERENCES invoices (id, billed_to),
    CONSTRAINT fk_charges_card_id_customer_id_billed_to FOREIGN KEY(card_id, customer_id, billed_to) REFERENCES cards (id, customer_id, billed_to),
    CONSTRAINT ck_charges_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_charges_succeeded_somewhere CHECK (state <> 'succeeded' OR processor_charge IS NOT NULL),
    CONSTRAINT ck_charges_settled_at_an_instant CHECK ((state IN ('succeeded', 'declined', 'canceled')) = (settled_at IS NOT NULL)),
    CONSTRAINT uq_charges_key UNIQUE (key),
    CONSTRAINT fk_charges_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_charges_billedto CHECK (billed_to IN ('customer', 'partner')),
    CONSTRAINT ck_charges_chargestate CHECK (state IN ('created', 'processing', 'unknown', 'requires_action', 'succeeded', 'declined', 'canceled')),
    CONSTRAINT uq_charges_processor_charge UNIQUE (processor_charge)
);
CREATE INDEX ix_charges_contract_id ON charges (contract_id);
CREATE INDEX ix_charges_invoice_id ON charges (invoice_id);
CREATE INDEX ix_charges_state_checked_at ON charges (state, checked_at);
CREATE UNIQUE INDEX uq_charges_live ON charges (invoice_id) WHERE state IN ('created', 'processing', 'unknown', 'requires_action');

-- Guards: the database has the last word.

CREATE OR REPLACE FUNCTION is_payer_of(invoice bigint, partner bigint, customer bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
    SELECT invoices.partner_id = partner AND CASE invoices.billed_to
        WHEN 'partner' THEN customer IS NULL
        ELSE customer IS NOT DISTINCT FROM invoices.customer_id END
    FROM invoices WHERE invoices.id = invoice $function$;

CREATE OR REPLACE FUNCTION bank_files_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'bank_files is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER bank_files_frozen BEFORE UPDATE ON bank_files FOR EACH ROW WHEN ((((old.kind)::text IS DISTINCT FROM (new.kind)::text) OR ((old.number)::text IS DISTINCT FROM (new.number)::text) OR ((old.name)::text IS DISTINCT FROM (new.name)::text) OR ((old.sha256)::text IS DISTINCT FROM (new.sha256)::text) OR ((old.size)::text IS DISTINCT FROM (new.size)::text) OR ((old.content)::text IS DISTINCT FROM (new.content)::text) OR ((old.created_at)::text IS DISTINCT FROM (new.created_at)::text) OR ((old.created_by_id)::text IS DISTINCT FROM (new.created_by_id)::text))) EXECUTE FUNCTION bank_files_frozen();

CREATE OR REPLACE FUNCTION bank_files_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'bank_files is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER bank_files_kept BEFORE DELETE ON bank_files FOR EACH ROW WHEN (true) EXECUTE FUNCTION bank_files_kept();

CREATE OR REPLACE FUNCTION bank_notices_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'bank_notices is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER bank_notices_frozen BEFORE UPDATE ON bank_notices FOR EACH ROW WHEN ((((old.sha256)::text IS DISTINCT FROM (new.sha256)::text) OR ((old.is_file)::text IS DISTINCT FROM (new.is_file)::text) OR ((old.body)::text IS DISTINCT FROM (new.body)::text) OR ((old.received_at)::text IS DISTINCT FROM (new.received_at)::text))) EXECUTE FUNCTION bank_notices_frozen();

CREATE OR REPLACE FUNCTION bank_notices_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'bank_notices is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER bank_notices_kept BEFORE DELETE ON bank_notices FOR EACH ROW WHEN (true) EXECUTE FUNCTION bank_notices_kept();

CREATE OR REPLACE FUNCTION boleto_series_forward()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NEW.last_number <= OLD.last_number THEN RAISE EXCEPTION 'boleto numbers only go up' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER boleto_series_forward BEFORE UPDATE ON boleto_series FOR EACH ROW EXECUTE FUNCTION boleto_series_forward();

CREATE OR REPLACE FUNCTION boleto_series_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'boleto_series is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER boleto_series_kept BEFORE DELETE ON boleto_series FOR EACH ROW WHEN (true) EXECUTE FUNCTION boleto_series_kept();

CREATE OR REPLACE FUNCTION boletos_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'boletos is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER boletos_frozen BEFORE UPDATE ON boletos FOR EACH ROW WHEN ((((old.series)::text IS DISTINCT FROM (new.series)::text) OR ((old.number)::text IS DISTINCT FROM (new.number)::text) OR ((old.invoice_id)::text IS DISTINCT FROM (new.invoice_id)::text) OR ((old.partner_id)::text IS DISTINCT FROM (new.partner_id)::text) OR ((old.customer_id)::text IS DISTINCT FROM (new.customer_id)::text) OR ((old.amount_cents)::text IS DISTINCT FROM (new.amount_cents)::text) OR ((old.due_on)::text IS DISTINCT FROM (new.due_on)::text) OR ((old.bar_code)::text IS DISTINCT FROM (new.bar_code)::text) OR ((old.line)::text IS DISTINCT FROM (new.line)::text) OR ((old.our_number)::text IS DISTINCT FROM (new.our_number)::text) OR ((old.payer_name)::text IS DISTINCT FROM (new.payer_name)::text) OR ((old.payer_document)::text IS DISTINCT FROM (new.payer_document)::text) OR ((old.payer_street)::text IS DISTINCT FROM (new.payer_street)::text) OR ((old.payer_district)::text IS DISTINCT FROM (new.payer_district)::text) OR ((old.payer_postal_code)::text IS DISTINCT FROM (new.payer_postal_code)::text) OR ((old.payer_city)::text IS DISTINCT FROM (new.payer_city)::text) OR ((old.payer_state)::text IS DISTINCT FROM (new.payer_state)::text) OR ((old.issued_at)::text IS DISTINCT FROM (new.issued_at)::text))) EXECUTE FUNCTION boletos_frozen();

CREATE OR REPLACE FUNCTION boletos_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'boletos is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER boletos_kept BEFORE DELETE ON boletos FOR EACH ROW WHEN (true) EXECUTE FUNCTION boletos_kept();

CREATE OR REPLACE FUNCTION charges_one_owner_insert()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NOT EXISTS (SELECT 1 FROM invoices WHERE invoices.id = NEW.invoice_id AND invoices.contract_id = NEW.contract_id) THEN RAISE EXCEPTION 'charges points to another owner' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER charges_one_owner_insert BEFORE INSERT ON charges FOR EACH ROW EXECUTE FUNCTION charges_one_owner_insert();

CREATE OR REPLACE FUNCTION charges_one_owner_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NOT EXISTS (SELECT 1 FROM invoices WHERE invoices.id = NEW.invoice_id AND invoices.contract_id = NEW.contract_id) THEN RAISE EXCEPTION 'charges points to another owner' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER charges_one_owner_update BEFORE UPDATE ON charges FOR EACH ROW EXECUTE FUNCTION charges_one_owner_update();

CREATE OR REPLACE FUNCTION coverages_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'coverages is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER coverages_no_delete BEFORE DELETE ON coverages FOR EACH ROW EXECUTE FUNCTION coverages_no_delete();

CREATE OR REPLACE FUNCTION coverages_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'coverages is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER coverages_no_truncate BEFORE TRUNCATE ON coverages FOR EACH STATEMENT EXECUTE FUNCTION coverages_no_truncate();

CREATE OR REPLACE FUNCTION coverages_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'coverages is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER coverages_no_update BEFORE UPDATE ON coverages FOR EACH ROW EXECUTE FUNCTION coverages_no_update();

CREATE OR REPLACE FUNCTION customer_credits_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'customer_credits is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER customer_credits_no_delete BEFORE DELETE ON customer_credits FOR EACH ROW EXECUTE FUNCTION customer_credits_no_delete();

CREATE OR REPLACE FUNCTION customer_credits_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'customer_credits is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER customer_credits_no_truncate BEFORE TRUNCATE ON customer_credits FOR EACH STATEMENT EXECUTE FUNCTION customer_credits_no_truncate();

CREATE OR REPLACE FUNCTION customer_credits_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'customer_credits is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER customer_credits_no_update BEFORE UPDATE ON customer_credits FOR EACH ROW EXECUTE FUNCTION customer_credits_no_update();

CREATE OR REPLACE FUNCTION customer_credits_of_the_payer()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE cause bigint;
BEGIN
    cause := COALESCE(NEW.invoice_id,
        (SELECT payments.invoice_id FROM payments WHERE payments.id = NEW.payment_id));
    IF cause IS NOT NULL AND NOT is_payer_of(cause, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'credit is of who owed the invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $function$;
CREATE TRIGGER customer_credits_of_the_payer BEFORE INSERT ON customer_credits FOR EACH ROW EXECUTE FUNCTION customer_credits_of_the_payer();

CREATE OR REPLACE FUNCTION customer_credits_of_their_payer()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
        BEGIN
            IF NEW.payment_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM payments p
                LEFT JOIN invoices i ON i.id = p.invoice_id
                LEFT JOIN customers c ON c.id = NEW.customer_id
                LEFT JOIN partners v ON v.id = NEW.partner_id AND NEW.customer_id IS NULL
                WHERE p.id = NEW.payment_id
                  AND (p.payer_document = '' OR p.payer_document IN (c.document, v.document, i.payer_document))
            ) THEN
                RAISE EXCEPTION 'credit belongs to whom the money came from'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $function$;
CREATE TRIGGER customer_credits_of_their_payer BEFORE INSERT ON customer_credits FOR EACH ROW EXECUTE FUNCTION customer_credits_of_their_payer();

CREATE OR REPLACE FUNCTION invoice_lines_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'invoice_lines is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER invoice_lines_no_delete BEFORE DELETE ON invoice_lines FOR EACH ROW EXECUTE FUNCTION invoice_lines_no_delete();

CREATE OR REPLACE FUNCTION invoice_lines_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'invoice_lines is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER invoice_lines_no_truncate BEFORE TRUNCATE ON invoice_lines FOR EACH STATEMENT EXECUTE FUNCTION invoice_lines_no_truncate();

CREATE OR REPLACE FUNCTION invoice_lines_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'invoice_lines is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER invoice_lines_no_update BEFORE UPDATE ON invoice_lines FOR EACH ROW EXECUTE FUNCTION invoice_lines_no_update();

CREATE OR REPLACE FUNCTION invoice_lines_too_late()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF (SELECT state FROM invoices WHERE id = NEW.invoice_id) <> 'draft' THEN RAISE EXCEPTION 'invoice is issued' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER invoice_lines_too_late BEFORE INSERT ON invoice_lines FOR EACH ROW EXECUTE FUNCTION invoice_lines_too_late();

CREATE OR REPLACE FUNCTION invoice_series_forward()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NEW.last_number <= OLD.last_number THEN RAISE EXCEPTION 'invoice numbers only go up' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER invoice_series_forward BEFORE UPDATE ON invoice_series FOR EACH ROW EXECUTE FUNCTION invoice_series_forward();

CREATE OR REPLACE FUNCTION invoice_series_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'invoice_series is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER invoice_series_kept BEFORE DELETE ON invoice_series FOR EACH ROW WHEN (true) EXECUTE FUNCTION invoice_series_kept();

CREATE OR REPLACE FUNCTION invoices_add_up()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF OLD.state = 'draft' AND NEW.state = 'open' AND NEW.amount_cents <> COALESCE((SELECT SUM(amount_cents) FROM invoice_lines WHERE invoice_id = NEW.id), 0) THEN RAISE EXCEPTION 'invoice lines do not add up' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER invoices_add_up BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_add_up();

CREATE OR REPLACE FUNCTION invoices_begin_as_draft()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NEW.state <> 'draft' THEN RAISE EXCEPTION 'an invoice begins as a draft' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER invoices_begin_as_draft BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_begin_as_draft();

CREATE OR REPLACE FUNCTION invoices_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'invoices is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER invoices_frozen BEFORE UPDATE ON invoices FOR EACH ROW WHEN ((((old.state)::text <> 'draft'::text) AND (((old.number)::text IS DISTINCT FROM (new.number)::text) OR ((old.contract_id)::text IS DISTINCT FROM (new.contract_id)::text) OR ((old.partner_id)::text IS DISTINCT FROM (new.partner_id)::text) OR ((old.customer_id)::text IS DISTINCT FROM (new.customer_id)::text) OR ((old.kind)::text IS DISTINCT FROM (new.kind)::text) OR ((old.billed_to)::text IS DISTINCT FROM (new.billed_to)::text) OR ((old.payer_name)::text IS DISTINCT FROM (new.payer_name)::text) OR ((old.payer_document)::text IS DISTINCT FROM (new.payer_document)::text) OR ((old.payment_method)::text IS DISTINCT FROM (new.payment_method)::text) OR ((old.installment_number)::text IS DISTINCT FROM (new.installment_number)::text) OR ((old.due_month)::text IS DISTINCT FROM (new.due_month)::text) OR ((old.due_on)::text IS DISTINCT FROM (new.due_on)::text) OR ((old.period_from)::text IS DISTINCT FROM (new.period_from)::text) OR ((old.period_until)::text IS DISTINCT FROM (new.period_until)::text) OR ((old.amount_cents)::text IS DISTINCT FROM (new.amount_cents)::text) OR ((old.currency)::text IS DISTINCT FROM (new.currency)::text) OR ((old.explanation)::text IS DISTINCT FROM (new.explanation)::text) OR ((old.created_at)::text IS DISTINCT FROM (new.created_at)::text) OR ((old.issued_at)::text IS DISTINCT FROM (new.issued_at)::text)))) EXECUTE FUNCTION invoices_frozen();

CREATE OR REPLACE FUNCTION invoices_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'invoices is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER invoices_kept BEFORE DELETE ON invoices FOR EACH ROW WHEN (true) EXECUTE FUNCTION invoices_kept();

CREATE OR REPLACE FUNCTION invoices_paid_back()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NEW.paid_cents < OLD.paid_cents THEN RAISE EXCEPTION 'what was paid of an invoice never shrinks' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER invoices_paid_back BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_paid_back();

CREATE OR REPLACE FUNCTION invoices_place_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'invoices is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $function$;
CREATE TRIGGER invoices_place_frozen BEFORE UPDATE ON invoices FOR EACH ROW WHEN ((((old.state)::text <> 'draft'::text) AND (((old.term_number IS DISTINCT FROM new.term_number) OR (old.payment_number IS DISTINCT FROM new.payment_number)) OR (old.grace_until IS DISTINCT FROM new.grace_until)))) EXECUTE FUNCTION invoices_place_frozen();

CREATE OR REPLACE FUNCTION invoices_settled()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'invoices is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER invoices_settled BEFORE UPDATE ON invoices FOR EACH ROW WHEN ((((old.state)::text = ANY ((ARRAY['paid'::character varying, 'void'::character varying])::text[])) AND (((old.number)::text IS DISTINCT FROM (new.number)::text) OR ((old.contract_id)::text IS DISTINCT FROM (new.contract_id)::text) OR ((old.partner_id)::text IS DISTINCT FROM (new.partner_id)::text) OR ((old.customer_id)::text IS DISTINCT FROM (new.customer_id)::text) OR ((old.kind)::text IS DISTINCT FROM (new.kind)::text) OR ((old.billed_to)::text IS DISTINCT FROM (new.billed_to)::text) OR ((old.payer_name)::text IS DISTINCT FROM (new.payer_name)::text) OR ((old.payer_document)::text IS DISTINCT FROM (new.payer_document)::text) OR ((old.payment_method)::text IS DISTINCT FROM (new.payment_method)::text) OR ((old.installment_number)::text IS DISTINCT FROM (new.installment_number)::text) OR ((old.due_month)::text IS DISTINCT FROM (new.due_month)::text) OR ((old.due_on)::text IS DISTINCT FROM (new.due_on)::text) OR ((old.period_from)::text IS DISTINCT FROM (new.period_from)::text) OR ((old.period_until)::text IS DISTINCT FROM (new.period_until)::text) OR ((old.amount_cents)::text IS DISTINCT FROM (new.amount_cents)::text) OR ((old.currency)::text IS DISTINCT FROM (new.currency)::text) OR ((old.explanation)::text IS DISTINCT FROM (new.explanation)::text) OR ((old.created_at)::text IS DISTINCT FROM (new.created_at)::text) OR ((old.issued_at)::text IS DISTINCT FROM (new.issued_at)::text) OR ((old.state)::text IS DISTINCT FROM (new.state)::text) OR ((old.paid_cents)::text IS DISTINCT FROM (new.paid_cents)::text) OR ((old.paid_at)::text IS DISTINCT FROM (new.paid_at)::text) OR ((old.voided_at)::text IS DISTINCT FROM (new.voided_at)::text) OR ((old.void_reason)::text IS DISTINCT FROM (new.void_reason)::text)))) EXECUTE FUNCTION invoices_settled();

CREATE OR REPLACE FUNCTION invoices_state_no_return()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'invoices has left draft' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER invoices_state_no_return BEFORE UPDATE ON invoices FOR EACH ROW WHEN ((((old.state)::text <> 'draft'::text) AND ((new.state)::text = 'draft'::text))) EXECUTE FUNCTION invoices_state_no_return();

CREATE OR REPLACE FUNCTION parked_payments_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'parked_payments is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER parked_payments_frozen BEFORE UPDATE ON parked_payments FOR EACH ROW WHEN (((old.resolution IS NOT NULL) AND (((old.resolution)::text IS DISTINCT FROM (new.resolution)::text) OR ((old.resolution_note)::text IS DISTINCT FROM (new.resolution_note)::text) OR ((old.resolved_at)::text IS DISTINCT FROM (new.resolved_at)::text) OR ((old.resolved_by_id)::text IS DISTINCT FROM (new.resolved_by_id)::text)))) EXECUTE FUNCTION parked_payments_frozen();

CREATE OR REPLACE FUNCTION parked_payments_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'parked_payments is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER parked_payments_kept BEFORE DELETE ON parked_payments FOR EACH ROW WHEN (true) EXECUTE FUNCTION parked_payments_kept();

CREATE OR REPLACE FUNCTION payments_fee_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
        BEGIN
            RAISE EXCEPTION 'payments is frozen' USING ERRCODE = 'integrity_constraint_violation';
        END $function$;
CREATE TRIGGER payments_fee_frozen BEFORE UPDATE ON payments FOR EACH ROW WHEN (((old.fee_cents IS DISTINCT FROM new.fee_cents) OR (old.credited_cents IS DISTINCT FROM new.credited_cents))) EXECUTE FUNCTION payments_fee_frozen();

CREATE OR REPLACE FUNCTION payments_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'payments is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER payments_frozen BEFORE UPDATE ON payments FOR EACH ROW WHEN ((((old.source)::text IS DISTINCT FROM (new.source)::text) OR ((old.external_id)::text IS DISTINCT FROM (new.external_id)::text) OR ((old.amount_cents)::text IS DISTINCT FROM (new.amount_cents)::text) OR ((old.currency)::text IS DISTINCT FROM (new.currency)::text) OR ((old.paid_at)::text IS DISTINCT FROM (new.paid_at)::text) OR ((old.received_at)::text IS DISTINCT FROM (new.received_at)::text) OR ((old.payer_name)::text IS DISTINCT FROM (new.payer_name)::text) OR ((old.payer_document)::text IS DISTINCT FROM (new.payer_document)::text) OR ((old.facts)::text IS DISTINCT FROM (new.facts)::text))) EXECUTE FUNCTION payments_frozen();

CREATE OR REPLACE FUNCTION payments_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'payments is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER payments_kept BEFORE DELETE ON payments FOR EACH ROW WHEN (true) EXECUTE FUNCTION payments_kept();

CREATE OR REPLACE FUNCTION payments_of_the_payer()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.invoice_id IS NOT NULL AND NOT is_payer_of(NEW.invoice_id, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'a payment is of who owes its invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $function$;
CREATE TRIGGER payments_of_the_payer BEFORE INSERT OR UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION payments_of_the_payer();

CREATE OR REPLACE FUNCTION payments_placed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'payments is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER payments_placed BEFORE UPDATE ON payments FOR EACH ROW WHEN ((((old.outcome)::text <> 'parked'::text) AND (((old.outcome)::text IS DISTINCT FROM (new.outcome)::text) OR ((old.partner_id)::text IS DISTINCT FROM (new.partner_id)::text) OR ((old.customer_id)::text IS DISTINCT FROM (new.customer_id)::text) OR ((old.invoice_id)::text IS DISTINCT FROM (new.invoice_id)::text)))) EXECUTE FUNCTION payments_placed();

CREATE OR REPLACE FUNCTION postings_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'postings is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings FOR EACH ROW EXECUTE FUNCTION postings_no_delete();

CREATE OR REPLACE FUNCTION postings_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'postings is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER postings_no_truncate BEFORE TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION postings_no_truncate();

CREATE OR REPLACE FUNCTION postings_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'postings is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings FOR EACH ROW EXECUTE FUNCTION postings_no_update();

CREATE OR REPLACE FUNCTION repasse_accruals_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'repasse_accruals is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER repasse_accruals_no_delete BEFORE DELETE ON repasse_accruals FOR EACH ROW EXECUTE FUNCTION repasse_accruals_no_delete();

CREATE OR REPLACE FUNCTION repasse_accruals_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'repasse_accruals is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER repasse_accruals_no_truncate BEFORE TRUNCATE ON repasse_accruals FOR EACH STATEMENT EXECUTE FUNCTION repasse_accruals_no_truncate();

CREATE OR REPLACE FUNCTION repasse_accruals_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'repasse_accruals is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER repasse_accruals_no_update BEFORE UPDATE ON repasse_accruals FOR EACH ROW EXECUTE FUNCTION repasse_accruals_no_update();

CREATE OR REPLACE FUNCTION ted_transfers_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'ted_transfers is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER ted_transfers_frozen BEFORE UPDATE ON ted_transfers FOR EACH ROW WHEN ((((old.state)::text = ANY ((ARRAY['confirmed'::character varying, 'refused'::character varying])::text[])) AND (((old.invoice_id)::text IS DISTINCT FROM (new.invoice_id)::text) OR ((old.state)::text IS DISTINCT FROM (new.state)::text) OR ((old.amount_cents)::text IS DISTINCT FROM (new.amount_cents)::text) OR ((old.credited_on)::text IS DISTINCT FROM (new.credited_on)::text) OR ((old.needs_two)::text IS DISTINCT FROM (new.needs_two)::text) OR ((old.payment_id)::text IS DISTINCT FROM (new.payment_id)::text) OR ((old.refusal)::text IS DISTINCT FROM (new.refusal)::text) OR ((old.confirmed_by_id)::text IS DISTINCT FROM (new.confirmed_by_id)::text) OR ((old.confirmed_at)::text IS DISTINCT FROM (new.confirmed_at)::text) OR ((old.second_confirmed_by_id)::text IS DISTINCT FROM (new.second_confirmed_by_id)::text) OR ((old.second_confirmed_at)::text IS DISTINCT FROM (new.second_confirmed_at)::text)))) EXECUTE FUNCTION ted_transfers_frozen();

CREATE OR REPLACE FUNCTION ted_transfers_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'ted_transfers is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER ted_transfers_kept BEFORE DELETE ON ted_transfers FOR EACH ROW WHEN (true) EXECUTE FUNCTION ted_transfers_kept();

CREATE OR REPLACE FUNCTION ted_transfers_not_by_who_refused()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
        IF EXISTS (
            SELECT FROM ted_transfers t
            WHERE t.invoice_id = NEW.invoice_id AND t.refused_by_id IN (NEW.confirmed_by_id, NEW.second_confirmed_by_id)
        ) THEN
            RAISE EXCEPTION 'who refused a TED of this invoice confirms none'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $function$;
CREATE TRIGGER ted_transfers_not_by_who_refused BEFORE UPDATE OF confirmed_by_id, second_confirmed_by_id ON ted_transfers FOR EACH ROW EXECUTE FUNCTION ted_transfers_not_by_who_refused();

CREATE OR REPLACE FUNCTION ted_transfers_one_owner_insert()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NEW.proof_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stored_files WHERE stored_files.id = NEW.proof_id AND stored_files.customer_id = NEW.customer_id) THEN RAISE EXCEPTION 'ted_transfers points to another owner' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER ted_transfers_one_owner_insert BEFORE INSERT ON ted_transfers FOR EACH ROW EXECUTE FUNCTION ted_transfers_one_owner_insert();

CREATE OR REPLACE FUNCTION ted_transfers_one_owner_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NEW.proof_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stored_files WHERE stored_files.id = NEW.proof_id AND stored_files.customer_id = NEW.customer_id) THEN RAISE EXCEPTION 'ted_transfers points to another owner' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER ted_transfers_one_owner_update BEFORE UPDATE ON ted_transfers FOR EACH ROW EXECUTE FUNCTION ted_transfers_one_owner_update();
