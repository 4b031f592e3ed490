-- Price lists, customers and quotes.

CREATE TABLE plan_policies (
    id BIGSERIAL NOT NULL,
    plan VARCHAR NOT NULL,
    first_period VARCHAR(40) NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by_id BIGINT,
    changed_by_name VARCHAR NOT NULL,
    CONSTRAINT pk_plan_policies PRIMARY KEY (id),
    CONSTRAINT uq_plan_policies_plan UNIQUE (plan),
    CONSTRAINT ck_plan_policies_firstperiodpolicy CHECK (first_period IN ('full_installment', 'proportional')),
    CONSTRAINT fk_plan_policies_changed_by_id FOREIGN KEY(changed_by_id) REFERENCES users (id)
);

CREATE TABLE price_lists (
    id BIGSERIAL NOT NULL,
    code VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    valid_from DATE NOT NULL,
    content VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_by_id BIGINT,
    CONSTRAINT pk_price_lists PRIMARY KEY (id),
    CONSTRAINT uq_price_lists_code UNIQUE (code),
    CONSTRAINT uq_price_lists_valid_from UNIQUE (valid_from),
    CONSTRAINT fk_price_lists_published_by_id FOREIGN KEY(published_by_id) REFERENCES users (id)
);

CREATE TABLE customer_imports (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    uploaded_by_id BIGINT NOT NULL,
    file_name VARCHAR NOT NULL,
    row_count BIGINT NOT NULL,
    rows JSONB NOT NULL,
    problems JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    loaded_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_customer_imports PRIMARY KEY (id),
    CONSTRAINT fk_customer_imports_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT fk_customer_imports_uploaded_by_id FOREIGN KEY(uploaded_by_id) REFERENCES users (id)
);
CREATE INDEX ix_customer_imports_partner_id ON customer_imports (partner_id);

CREATE TABLE customers (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    document VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    trade_name VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    phone VARCHAR NOT NULL,
    postal_code VARCHAR NOT NULL,
    street VARCHAR NOT NULL,
    street_number VARCHAR NOT NULL,
    complement VARCHAR NOT NULL,
    district VARCHAR NOT NULL,
    city VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    notes VARCHAR NOT NULL,
    search_text VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lock_version BIGINT NOT NULL,
    CONSTRAINT pk_customers PRIMARY KEY (id),
    CONSTRAINT uq_customers_partner_id_document UNIQUE (partner_id, document),
    CONSTRAINT uq_customers_id_partner_id UNIQUE (id, partner_id),
    CONSTRAINT ck_customers_has_name CHECK (name <> ''),
    CONSTRAINT fk_customers_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id)
);
CREATE INDEX ix_customers_created_at ON customers (created_at);
CREATE INDEX ix_customers_document ON customers (document);
CREATE INDEX ix_customers_partner_id_created_at ON customers (partner_id, created_at);
CREATE INDEX ix_customers_partner_id_search_text ON customers (partner_id, search_text);
CREATE INDEX ix_customers_search_text ON customers (search_text);
CREATE INDEX ix_customers_search_trigrams ON customers USING gin (search_text gin_trgm_ops);

CREATE TABLE contacts (
    id BIGSERIAL NOT NULL,
    customer_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    position VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    phone VARCHAR NOT NULL,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT fk_contacts_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id)
);
CREATE INDEX ix_contacts_customer_id ON contacts (customer_id);

CREATE TABLE proposals (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_proposals PRIMARY KEY (id),
    CONSTRAINT fk_proposals_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT uq_proposals_id_partner_id_customer_id UNIQUE (id, partner_id, customer_id),
    CONSTRAINT uq_proposals_id_partner_id UNIQUE (id, partner_id),
    CONSTRAINT fk_proposals_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT fk_proposals_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id)
);
CREATE INDEX ix_proposals_customer_id ON proposals (customer_id);

CREATE TABLE signatories (
    id BIGSERIAL NOT NULL,
    customer_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    cpf VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    phone VARCHAR NOT NULL,
    CONSTRAINT pk_signatories PRIMARY KEY (id),
    CONSTRAINT fk_signatories_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT uq_signatories_customer_id UNIQUE (customer_id)
);

CREATE TABLE proposal_views (
    id BIGSERIAL NOT NULL,
    proposal_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    device VARCHAR NOT NULL,
    CONSTRAINT pk_proposal_views PRIMARY KEY (id),
    CONSTRAINT fk_proposal_views_proposal_id_partner_id FOREIGN KEY(proposal_id, partner_id) REFERENCES proposals (id, partner_id)
);
CREATE INDEX ix_proposal_views_proposal_id_at ON proposal_views (proposal_id, at);

CREATE TABLE quotes (
    id BIGSERIAL NOT NULL,
    proposal_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    alternative BIGINT NOT NULL,
    cloned_from_id BIGINT,
    creation_key VARCHAR,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_quotes PRIMARY KEY (id),
    CONSTRAINT fk_quotes_proposal_id_partner_id_customer_id FOREIGN KEY(proposal_id, partner_id, customer_id) REFERENCES proposals (id, partner_id, customer_id),
    CONSTRAINT uq_quotes_proposal_id_alternative UNIQUE (proposal_id, alternative),
    CONSTRAINT uq_quotes_id_partner_id_customer_id UNIQUE (id, partner_id, customer_id),
    CONSTRAINT uq_quotes_id_partner_id_owner_id UNIQUE (id, partner_id, owner_id),
    CONSTRAINT uq_quotes_partner_id_creation_key UNIQUE (partner_id, creation_key),
    CONSTRAINT fk_quotes_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT fk_quotes_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
    CONSTRAINT fk_quotes_owner_id FOREIGN KEY(owner_id) REFERENCES users (id),
    CONSTRAINT fk_quotes_cloned_from_id FOREIGN KEY(cloned_from_id) REFERENCES quotes (id)
);
CREATE INDEX ix_quotes_customer_id ON quotes (customer_id);
CREATE INDEX ix_quotes_owner_id ON quotes (owner_id);

CREATE TABLE quote_versions (
    id BIGSERIAL NOT NULL,
    quote_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    is_live BOOLEAN NOT NULL,
    state VARCHAR(40) NOT NULL,
    lock_version BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by_id BIGINT,
    price_list_id BIGINT NOT NULL,
    engine_version VARCHAR NOT NULL,
    selection JSONB NOT NULL,
    breakdown JSONB NOT NULL,
    plan VARCHAR NOT NULL,
    term VARCHAR NOT NULL,
    months BIGINT NOT NULL,
    arrangement VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,
    payment_method VARCHAR NOT NULL,
    installments BIGINT NOT NULL,
    first_period VARCHAR(40) NOT NULL,
    due_day BIGINT NOT NULL,
    original_cents BIGINT NOT NULL,
    minimum_cents BIGINT NOT NULL,
    negotiated_cents BIGINT NOT NULL,
    free_down_to_cents BIGINT NOT NULL,
    cost_cents BIGINT NOT NULL,
    repasse_cents BIGINT NOT NULL,
    discount_basis_points BIGINT NOT NULL,
    setup_cents BIGINT,
    setup_minimum_cents BIGINT,
    setup_free_down_to_cents BIGINT,
    approval_required BOOLEAN NOT NULL,
    approved_cents BIGINT,
    approved_setup_cents BIGINT,
    approval_id BIGINT,
    sent_at TIMESTAMP WITH TIME ZONE,
    expires_on DATE,
    answered_at TIMESTAMP WITH TIME ZONE,
    decline_reason VARCHAR,
    void_reason VARCHAR,
    close_note VARCHAR NOT NULL,
    CONSTRAINT pk_quote_versions PRIMARY KEY (id),
    CONSTRAINT fk_quote_versions_quote_id_partner_id_customer_id FOREIGN KEY(quote_id, partner_id, customer_id) REFERENCES quotes (id, partner_id, customer_id),
    CONSTRAINT fk_quote_versions_quote_id_partner_id_owner_id FOREIGN KEY(quote_id, partner_id, owner_id) REFERENCES quotes (id, partner_id, owner_id) ON UPDATE CASCADE,
    CONSTRAINT uq_quote_versions_quote_id_number UNIQUE (quote_id, number),
    CONSTRAINT uq_quote_versions_id_quote_id_partner_id UNIQUE (id, quote_id, partner_id),
    CONSTRAINT ck_quote_versions_not_below_minimum CHECK (negotiated_cents >= minimum_cents),
    CONSTRAINT ck_quote_versions_amounts_sane CHECK (minimum_cents >= 0 AND original_cents >= minimum_cents AND cost_cents >= 0),
    CONSTRAINT ck_quote_versions_setup_not_below_minimum CHECK ((setup_cents IS NULL) = (setup_minimum_cents IS NULL) AND (setup_cents IS NULL OR setup_cents >= setup_minimum_cents)),
    CONSTRAINT ck_quote_versions_approved_before_customer CHECK (NOT approval_required OR state NOT IN ('approved', 'sent', 'accepted', 'contracted', 'declined', 'expired') OR (approved_cents IS NOT NULL AND negotiated_cents >= approved_cents AND (setup_cents IS NULL OR (approved_setup_cents IS NOT NULL AND setup_cents >= approved_setup_cents)))),
    CONSTRAINT ck_quote_versions_due_on_a_day CHECK (due_day BETWEEN 1 AND 31),
    CONSTRAINT ck_quote_versions_approved_by_somebody CHECK ((approved_cents IS NULL) = (approval_id IS NULL)),
    CONSTRAINT ck_quote_versions_sent_expires CHECK (state <> 'sent' OR (sent_at IS NOT NULL AND expires_on IS NOT NULL)),
    CONSTRAINT ck_quote_versions_void_has_reason CHECK ((state = 'voided') = (void_reason IS NOT NULL)),
    CONSTRAINT fk_quote_versions_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT fk_quote_versions_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
    CONSTRAINT fk_quote_versions_owner_id FOREIGN KEY(owner_id) REFERENCES users (id),
    CONSTRAINT ck_quote_versions_quotestate CHECK (state IN ('draft', 'pending_approval', 'approved', 'rejected', 'countered', 'sent', 'accepted', 'contracted', 'declined', 'expired', 'voided')),
    CONSTRAINT fk_quote_versions_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id),
    CONSTRAINT fk_quote_versions_changed_by_id FOREIGN KEY(changed_by_id) REFERENCES users (id),
    CONSTRAINT fk_quote_versions_price_list_id FOREIGN KEY(price_list_id) REFERENCES price_lists (id),
    CONSTRAINT ck_quote_versions_firstperiodpolicy CHECK (first_period IN ('full_installment', 'proportional'))
);
CREATE INDEX ix_quote_versions_live_amount ON quote_versions (negotiated_cents) WHERE is_live;
CREATE INDEX ix_quote_versions_live_changed ON quote_versions (changed_at) WHERE is_live;
CREATE INDEX ix_quote_versions_live_customer ON quote_versions (customer_id, changed_at) WHERE is_live;
CREATE INDEX ix_quote_versions_live_discount ON quote_versions (discount_basis_points) WHERE is_live;
CREATE INDEX ix_quote_versions_live_expires ON quote_versions (state, expires_on) WHERE is_live;
CREATE INDEX ix_quote_versions_live_owner_changed ON quote_versions (owner_id, changed_at) WHERE is_live;
CREATE INDEX ix_quote_versions_live_owner_state ON quote_versions (owner_id, state, changed_at) WHERE is_live;
CREATE INDEX ix_quote_versions_live_partner_amount ON quote_versions (partner_id, negotiated_cents) WHERE is_live;
CREATE INDEX ix_quote_versions_live_partner_changed ON quote_versions (partner_id, changed_at) WHERE is_live;
CREATE INDEX ix_quote_versions_live_partner_discount ON quote_versions (partner_id, discount_basis_points) WHERE is_live;
CREATE INDEX ix_quote_versions_live_partner_state ON quote_versions (partner_id, state, changed_at) WHERE is_live;
CREATE INDEX ix_quote_versions_live_state ON quote_versions (state, changed_at) WHERE is_live;
CREATE UNIQUE INDEX uq_quote_versions_live ON quote_versions (quote_id) WHERE is_live;

CREATE TABLE approvals (
    id BIGSERIAL NOT NULL,
    version_id BIGINT NOT NULL,
    quote_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    requested_by_id BIGINT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    argument VARCHAR NOT NULL,
    state VARCHAR(40) NOT NULL,
    decided_by_id BIGINT,
    decided_at TIMESTAMP WITH TIME ZONE,
    reason VARCHAR NOT NULL,
    counter_cents BIGINT,
    counter_setup_cents BIGINT,
    reminded_at TIMESTAMP WITH TIME ZONE,
    escalated_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_approvals PRIMARY KEY (id),
    CONSTRAINT fk_approvals_version_id_quote_id_partner_id FOREIGN KEY(version_id, quote_id, partner_id) REFERENCES quote_versions (id, quote_id, partner_id),
    CONSTRAINT fk_approvals_quote_id_partner_id_owner_id FOREIGN KEY(quote_id, partner_id, owner_id) REFERENCES quotes (id, partner_id, owner_id) ON UPDATE CASCADE,
    CONSTRAINT uq_approvals_id_quote_id UNIQUE (id, quote_id),
    CONSTRAINT ck_approvals_not_by_requester CHECK (decided_by_id IS NULL OR decided_by_id <> requested_by_id),
    CONSTRAINT ck_approvals_not_by_owner CHECK (decided_by_id IS NULL OR decided_by_id <> owner_id),
    CONSTRAINT ck_approvals_decision_has_author CHECK (state NOT IN ('approved', 'rejected', 'countered') OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)),
    CONSTRAINT ck_approvals_refusal_has_reason CHECK (state <> 'rejected' OR reason <> ''),
    CONSTRAINT ck_approvals_counter_has_price CHECK ((state = 'countered') = (counter_cents IS NOT NULL)),
    CONSTRAINT fk_approvals_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT fk_approvals_owner_id FOREIGN KEY(owner_id) REFERENCES users (id),
    CONSTRAINT fk_approvals_requested_by_id FOREIGN KEY(requested_by_id) REFERENCES users (id),
    CONSTRAINT ck_approvals_approvalstate CHECK (state IN ('pending', 'approved', 'rejected', 'countered', 'withdrawn')),
    CONSTRAINT fk_approvals_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES users (id)
);
CREATE INDEX ix_approvals_decided_by_id_decided_at ON approvals (decided_by_id, decided_at);
CREATE INDEX ix_approvals_partner_id_requested_at ON approvals (partner_id, requested_at);
CREATE INDEX ix_approvals_pending_requested_at ON approvals (requested_at) WHERE state = 'pending';
CREATE INDEX ix_approvals_quote_id ON approvals (quote_id);
CREATE INDEX ix_approvals_version_id ON approvals (version_id);
CREATE UNIQUE INDEX uq_approvals_pending ON approvals (quote_id) WHERE state = 'pending';

ALTER TABLE quote_versions ADD CONSTRAINT fk_quote_versions_approval_id
    FOREIGN KEY (approval_id, quote_id) REFERENCES approvals (id, quote_id);

-- Guards: the database has the last word.

CREATE OR REPLACE FUNCTION approvals_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'approvals is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER approvals_frozen BEFORE UPDATE ON approvals FOR EACH ROW WHEN ((((old.state)::text <> 'pending'::text) AND (((old.version_id)::text IS DISTINCT FROM (new.version_id)::text) OR ((old.quote_id)::text IS DISTINCT FROM (new.quote_id)::text) OR ((old.partner_id)::text IS DISTINCT FROM (new.partner_id)::text) OR ((old.requested_by_id)::text IS DISTINCT FROM (new.requested_by_id)::text) OR ((old.requested_at)::text IS DISTINCT FROM (new.requested_at)::text) OR ((old.argument)::text IS DISTINCT FROM (new.argument)::text) OR ((old.state)::text IS DISTINCT FROM (new.state)::text) OR ((old.decided_by_id)::text IS DISTINCT FROM (new.decided_by_id)::text) OR ((old.decided_at)::text IS DISTINCT FROM (new.decided_at)::text) OR ((old.reason)::text IS DISTINCT FROM (new.reason)::text) OR ((old.counter_cents)::text IS DISTINCT FROM (new.counter_cents)::text) OR ((old.counter_setup_cents)::text IS DISTINCT FROM (new.counter_setup_cents)::text)))) EXECUTE FUNCTION approvals_frozen();

CREATE OR REPLACE FUNCTION approvals_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'approvals is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER approvals_kept BEFORE DELETE ON approvals FOR EACH ROW WHEN (((old.state)::text <> 'pending'::text)) EXECUTE FUNCTION approvals_kept();

CREATE OR REPLACE FUNCTION price_lists_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'price_lists is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER price_lists_no_delete BEFORE DELETE ON price_lists FOR EACH ROW EXECUTE FUNCTION price_lists_no_delete();

CREATE OR REPLACE FUNCTION price_lists_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'price_lists is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER price_lists_no_truncate BEFORE TRUNCATE ON price_lists FOR EACH STATEMENT EXECUTE FUNCTION price_lists_no_truncate();

CREATE OR REPLACE FUNCTION price_lists_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'price_lists is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER price_lists_no_update BEFORE UPDATE ON price_lists FOR EACH ROW EXECUTE FUNCTION price_lists_no_update();

CREATE OR REPLACE FUNCTION quote_versions_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'quote_versions is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER quote_versions_frozen BEFORE UPDATE ON quote_versions FOR EACH ROW WHEN ((((old.state)::text <> 'draft'::text) AND (((old.quote_id)::text IS DISTINCT FROM (new.quote_id)::text) OR ((old.partner_id)::text IS DISTINCT FROM (new.partner_id)::text) OR ((old.customer_id)::text IS DISTINCT FROM (new.customer_id)::text) OR ((old.number)::text IS DISTINCT FROM (new.number)::text) OR ((old.created_at)::text IS DISTINCT FROM (new.created_at)::text) OR ((old.created_by_id)::text IS DISTINCT FROM (new.created_by_id)::text) OR ((old.price_list_id)::text IS DISTINCT FROM (new.price_list_id)::text) OR ((old.engine_version)::text IS DISTINCT FROM (new.engine_version)::text) OR ((old.selection)::text IS DISTINCT FROM (new.selection)::text) OR ((old.breakdown)::text IS DISTINCT FROM (new.breakdown)::text) OR ((old.plan)::text IS DISTINCT FROM (new.plan)::text) OR ((old.term)::text IS DISTINCT FROM (new.term)::text) OR ((old.months)::text IS DISTINCT FROM (new.months)::text) OR ((old.arrangement)::text IS DISTINCT FROM (new.arrangement)::text) OR ((old.tier)::text IS DISTINCT FROM (new.tier)::text) OR ((old.payment_method)::text IS DISTINCT FROM (new.payment_method)::text) OR ((old.installments)::text IS DISTINCT FROM (new.installments)::text) OR ((old.original_cents)::text IS DISTINCT FROM (new.original_cents)::text) OR ((old.minimum_cents)::text IS DISTINCT FROM (new.minimum_cents)::text) OR ((old.negotiated_cents)::text IS DISTINCT FROM (new.negotiated_cents)::text) OR ((old.free_down_to_cents)::text IS DISTINCT FROM (new.free_down_to_cents)::text) OR ((old.cost_cents)::text IS DISTINCT FROM (new.cost_cents)::text) OR ((old.repasse_cents)::text IS DISTINCT FROM (new.repasse_cents)::text) OR ((old.discount_basis_points)::text IS DISTINCT FROM (new.discount_basis_points)::text) OR ((old.setup_cents)::text IS DISTINCT FROM (new.setup_cents)::text) OR ((old.setup_minimum_cents)::text IS DISTINCT FROM (new.setup_minimum_cents)::text) OR ((old.setup_free_down_to_cents)::text IS DISTINCT FROM (new.setup_free_down_to_cents)::text) OR ((old.approval_required)::text IS DISTINCT FROM (new.approval_required)::text)))) EXECUTE FUNCTION quote_versions_frozen();

CREATE OR REPLACE FUNCTION quote_versions_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'quote_versions is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER quote_versions_kept BEFORE DELETE ON quote_versions FOR EACH ROW WHEN (((old.state)::text <> 'draft'::text)) EXECUTE FUNCTION quote_versions_kept();

CREATE OR REPLACE FUNCTION quote_versions_state_no_return()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'quote_versions has left draft' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER quote_versions_state_no_return BEFORE UPDATE ON quote_versions FOR EACH ROW WHEN ((((old.state)::text <> 'draft'::text) AND ((new.state)::text = 'draft'::text))) EXECUTE FUNCTION quote_versions_state_no_return();

CREATE OR REPLACE FUNCTION quote_versions_terms_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'quote_versions is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $function$;
CREATE TRIGGER quote_versions_terms_frozen BEFORE UPDATE ON quote_versions FOR EACH ROW WHEN ((((old.state)::text <> 'draft'::text) AND (((old.first_period)::text IS DISTINCT FROM (new.first_period)::text) OR (old.due_day IS DISTINCT FROM new.due_day)))) EXECUTE FUNCTION quote_versions_terms_frozen();
