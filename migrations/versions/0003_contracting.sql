-- Documents, signatures and contracts.

CREATE TABLE contract_templates (
    id BIGSERIAL NOT NULL,
    number BIGINT NOT NULL,
    layout VARCHAR NOT NULL,
    clauses VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT,
    CONSTRAINT pk_contract_templates PRIMARY KEY (id),
    CONSTRAINT uq_contract_templates_number UNIQUE (number),
    CONSTRAINT fk_contract_templates_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id)
);

CREATE TABLE stored_files (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    kind VARCHAR(40) NOT NULL,
    title VARCHAR NOT NULL,
    file_name VARCHAR NOT NULL,
    media_type VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    content BYTEA NOT NULL,
    layout VARCHAR,
    reading JSONB,
    reading_sha256 VARCHAR,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT,
    CONSTRAINT pk_stored_files PRIMARY KEY (id),
    CONSTRAINT fk_stored_files_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT uq_stored_files_id_partner_id UNIQUE (id, partner_id),
    CONSTRAINT uq_stored_files_id_partner_id_customer_id UNIQUE (id, partner_id, customer_id),
    CONSTRAINT ck_stored_files_not_empty CHECK (size > 0),
    CONSTRAINT ck_stored_files_has_digest CHECK (length(sha256) = 64),
    CONSTRAINT ck_stored_files_has_name CHECK (title <> '' AND file_name <> ''),
    CONSTRAINT ck_stored_files_reading_is_whole CHECK ((reading IS NULL) = (layout IS NULL) AND (reading IS NULL) = (reading_sha256 IS NULL)),
    CONSTRAINT fk_stored_files_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_stored_files_filekind CHECK (kind IN ('contract', 'signed_contract', 'boleto_slip', 'ted_proof')),
    CONSTRAINT fk_stored_files_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id)
);
CREATE INDEX ix_stored_files_customer_id_created_at ON stored_files (customer_id, created_at);

CREATE TABLE envelopes (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    file_id BIGINT NOT NULL,
    title VARCHAR NOT NULL,
    signer_name VARCHAR NOT NULL,
    signer_cpf VARCHAR NOT NULL,
    signer_email VARCHAR NOT NULL,
    signer_phone VARCHAR NOT NULL,
    state VARCHAR(40) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    postponed_count BIGINT NOT NULL,
    postponements_allowed BIGINT NOT NULL,
    agreed_at TIMESTAMP WITH TIME ZONE,
    code_hash VARCHAR,
    code_sent_at TIMESTAMP WITH TIME ZONE,
    code_expires_at TIMESTAMP WITH TIME ZONE,
    code_attempts BIGINT NOT NULL,
    last_asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE,
    sealed_at TIMESTAMP WITH TIME ZONE,
    signed_file_id BIGINT,
    seal_fingerprint VARCHAR NOT NULL,
    seal_is_development BOOLEAN NOT NULL,
    decline_reason VARCHAR NOT NULL,
    cancel_reason VARCHAR NOT NULL,
    verification_code VARCHAR NOT NULL,
    CONSTRAINT pk_envelopes PRIMARY KEY (id),
    CONSTRAINT fk_envelopes_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT fk_envelopes_file_id_partner_id_customer_id FOREIGN KEY(file_id, partner_id, customer_id) REFERENCES stored_files (id, partner_id, customer_id),
    CONSTRAINT fk_envelopes_signed_file_id_partner_id_customer_id FOREIGN KEY(signed_file_id, partner_id, customer_id) REFERENCES stored_files (id, partner_id, customer_id),
    CONSTRAINT uq_envelopes_id_partner_id UNIQUE (id, partner_id),
    CONSTRAINT uq_envelopes_id_signed_file_id UNIQUE (id, signed_file_id),
    CONSTRAINT ck_envelopes_signed_has_file CHECK ((state = 'signed') = (signed_file_id IS NOT NULL)),
    CONSTRAINT ck_envelopes_signed_has_instant CHECK ((state IN ('sealing', 'signed')) = (signed_at IS NOT NULL)),
    CONSTRAINT ck_envelopes_signed_after_agreeing CHECK (signed_at IS NULL OR agreed_at IS NOT NULL),
    CONSTRAINT ck_envelopes_declined_has_reason CHECK ((state = 'declined') = (decline_reason <> '')),
    CONSTRAINT ck_envelopes_postponed_within_limit CHECK (postponed_count >= 0 AND postponed_count <= postponements_allowed),
    CONSTRAINT fk_envelopes_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_envelopes_envelopestate CHECK (state IN ('open', 'sealing', 'signed', 'declined', 'expired', 'canceled')),
    CONSTRAINT fk_envelopes_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id),
    CONSTRAINT uq_envelopes_verification_code UNIQUE (verification_code)
);
CREATE INDEX ix_envelopes_customer_id ON envelopes (customer_id);
CREATE INDEX ix_envelopes_file_id ON envelopes (file_id);
CREATE INDEX ix_envelopes_seal_fingerprint ON envelopes (seal_fingerprint);
CREATE INDEX ix_envelopes_signed_file_id ON envelopes (signed_file_id);
CREATE INDEX ix_envelopes_state_expires_at ON envelopes (state, expires_at);

CREATE TABLE envelope_events (
    id BIGSERIAL NOT NULL,
    envelope_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    kind VARCHAR(40) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    ip VARCHAR NOT NULL,
    user_agent VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    CONSTRAINT pk_envelope_events PRIMARY KEY (id),
    CONSTRAINT fk_envelope_events_envelope_id_partner_id FOREIGN KEY(envelope_id, partner_id) REFERENCES envelopes (id, partner_id),
    CONSTRAINT ck_envelope_events_eventkind CHECK (kind IN ('sent', 'opened', 'viewed', 'agreed', 'code_sent', 'code_refused', 'code_verified', 'postponed', 'signed', 'sealed', 'declined', 'resent', 'reminded', 'expired', 'canceled'))
);
CREATE INDEX ix_envelope_events_envelope_id_at ON envelope_events (envelope_id, at);

CREATE TABLE contracts (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    quote_id BIGINT NOT NULL,
    version_id BIGINT NOT NULL,
    kind VARCHAR(40) NOT NULL,
    base_contract_id BIGINT,
    taken_over_from_id BIGINT,
    state VARCHAR(40) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    generation_asked_at TIMESTAMP WITH TIME ZONE,
    generation_asked_by_id BIGINT,
    template_id BIGINT,
    terms_on DATE,
    amendment_charge_cents BIGINT,
    applies_on DATE,
    covers_until DATE,
    generated_at TIMESTAMP WITH TIME ZONE,
    file_id BIGINT,
    envelope_id BIGINT,
    signed_at TIMESTAMP WITH TIME ZONE,
    signed_file_id BIGINT,
    first_payment_key VARCHAR,
    paid_at TIMESTAMP WITH TIME ZONE,
    activated_at TIMESTAMP WITH TIME ZONE,
    starts_on DATE,
    ends_on DATE,
    closed_at TIMESTAMP WITH TIME ZONE,
    close_reason VARCHAR NOT NULL,
    CONSTRAINT pk_contracts PRIMARY KEY (id),
    CONSTRAINT fk_contracts_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT fk_contracts_quote_id_partner_id_customer_id FOREIGN KEY(quote_id, partner_id, customer_id) REFERENCES quotes (id, partner_id, customer_id),
    CONSTRAINT fk_contracts_version_id_quote_id_partner_id FOREIGN KEY(version_id, quote_id, partner_id) REFERENCES quote_versions (id, quote_id, partner_id),
    CONSTRAINT fk_contracts_base_contract_id_partner_id_customer_id FOREIGN KEY(base_contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT fk_contracts_file_id_partner_id_customer_id FOREIGN KEY(file_id, partner_id, customer_id) REFERENCES stored_files (id, partner_id, customer_id),
    CONSTRAINT fk_contracts_signed_file_id_partner_id_customer_id FOREIGN KEY(signed_file_id, partner_id, customer_id) REFERENCES stored_files (id, partner_id, customer_id),
    CONSTRAINT fk_contracts_envelope_id_partner_id FOREIGN KEY(envelope_id, partner_id) REFERENCES envelopes (id, partner_id),
    CONSTRAINT fk_contracts_envelope_id_signed_file_id FOREIGN KEY(envelope_id, signed_file_id) REFERENCES envelopes (id, signed_file_id),
    CONSTRAINT uq_contracts_id_partner_id_customer_id UNIQUE (id, partner_id, customer_id),
    CONSTRAINT uq_contracts_envelope_id UNIQUE (envelope_id),
    CONSTRAINT ck_contracts_kind_has_base CHECK ((kind IN ('move', 'amendment', 'renewal')) = (base_contract_id IS NOT NULL) AND (kind = 'partner_change') = (taken_over_from_id IS NOT NULL)),
    CONSTRAINT ck_contracts_charge_of_amendment CHECK ((amendment_charge_cents IS NULL OR (kind = 'amendment' AND amendment_charge_cents >= 0))),
    CONSTRAINT ck_contracts_signed_has_file CHECK ((signed_at IS NULL) = (signed_file_id IS NULL)),
    CONSTRAINT ck_contracts_paid_has_key CHECK ((first_payment_key IS NULL) = (paid_at IS NULL)),
    CONSTRAINT ck_contracts_active_is_signed_and_paid CHECK (state NOT IN ('active', 'suspended', 'ending', 'ended') OR (signed_at IS NOT NULL AND starts_on IS NOT NULL AND activated_at IS NOT NULL AND (first_payment_key IS NOT NULL OR COALESCE(amendment_charge_cents, 1) = 0))),
    CONSTRAINT ck_contracts_active_stays_so CHECK (activated_at IS NULL OR state IN ('active', 'suspended', 'ending', 'ended')),
    CONSTRAINT ck_contracts_generated_has_document CHECK (state = 'draft' OR state IN ('declined', 'expired', 'canceled') OR (template_id IS NOT NULL AND generated_at IS NOT NULL AND file_id IS NOT NULL AND envelope_id IS NOT NULL)),
    CONSTRAINT ck_contracts_ends_on_a_day CHECK ((ends_on IS NOT NULL) = (state IN ('ending', 'ended'))),
    CONSTRAINT fk_contracts_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT ck_contracts_contractkind CHECK (kind IN ('activation', 'move', 'amendment', 'partner_change', 'renewal')),
    CONSTRAINT fk_contracts_taken_over_from_id FOREIGN KEY(taken_over_from_id) REFERENCES contracts (id),
    CONSTRAINT ck_contracts_contractstate CHECK (state IN ('draft', 'awaiting_signature', 'awaiting_payment', 'active', 'suspended', 'ending', 'ended', 'declined', 'expired', 'canceled')),
    CONSTRAINT fk_contracts_generation_asked_by_id FOREIGN KEY(generation_asked_by_id) REFERENCES users (id),
    CONSTRAINT fk_contracts_template_id FOREIGN KEY(template_id) REFERENCES contract_templates (id)
);
CREATE INDEX ix_contracts_base_contract_id ON contracts (base_contract_id);
CREATE INDEX ix_contracts_changed_at ON contracts (changed_at);
CREATE INDEX ix_contracts_customer_id_created_at ON contracts (customer_id, created_at);
CREATE INDEX ix_contracts_customer_id_state ON contracts (customer_id, state);
CREATE INDEX ix_contracts_partner_id_changed_at ON contracts (partner_id, changed_at);
CREATE INDEX ix_contracts_partner_id_state_changed_at ON contracts (partner_id, state, changed_at);
CREATE INDEX ix_contracts_quote_id ON contracts (quote_id);
CREATE INDEX ix_contracts_state_changed_at ON contracts (state, changed_at);
CREATE UNIQUE INDEX uq_contracts_version_id ON contracts (version_id) WHERE state NOT IN ('declined', 'expired', 'canceled');

CREATE TABLE contract_requests (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    quote_id BIGINT,
    kind VARCHAR(40) NOT NULL,
    base_contract_id BIGINT,
    taken_over_from_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT NOT NULL,
    CONSTRAINT pk_contract_requests PRIMARY KEY (id),
    CONSTRAINT fk_contract_requests_customer_id_partner_id FOREIGN KEY(customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT fk_contract_requests_quote_id_partner_id_customer_id FOREIGN KEY(quote_id, partner_id, customer_id) REFERENCES quotes (id, partner_id, customer_id),
    CONSTRAINT fk_contract_requests_base_contract_id_partner_id_customer_id FOREIGN KEY(base_contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT ck_contract_requests_kind_has_base CHECK ((kind IN ('move', 'amendment', 'renewal')) = (base_contract_id IS NOT NULL) AND (kind = 'partner_change') = (taken_over_from_id IS NOT NULL)),
    CONSTRAINT ck_contract_requests_of_a_known_contract CHECK (kind <> 'activation'),
    CONSTRAINT ck_contract_requests_has_quote CHECK (kind = 'partner_change' OR quote_id IS NOT NULL),
    CONSTRAINT fk_contract_requests_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT uq_contract_requests_quote_id UNIQUE (quote_id),
    CONSTRAINT ck_contract_requests_contractkind CHECK (kind IN ('activation', 'move', 'amendment', 'partner_change', 'renewal')),
    CONSTRAINT fk_contract_requests_taken_over_from_id FOREIGN KEY(taken_over_from_id) REFERENCES contracts (id),
    CONSTRAINT fk_contract_requests_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id)
);
CREATE INDEX ix_contract_requests_base_contract_id ON contract_requests (base_contract_id);
CREATE INDEX ix_contract_requests_customer_id ON contract_requests (customer_id);
CREATE UNIQUE INDEX uq_contract_requests_open_change ON contract_requests (taken_over_from_id) WHERE quote_id IS NULL;

-- Guards: the database has the last word.

CREATE OR REPLACE FUNCTION contract_templates_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'contract_templates is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER contract_templates_no_delete BEFORE DELETE ON contract_templates FOR EACH ROW EXECUTE FUNCTION contract_templates_no_delete();

CREATE OR REPLACE FUNCTION contract_templates_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'contract_templates is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER contract_templates_no_truncate BEFORE TRUNCATE ON contract_templates FOR EACH STATEMENT EXECUTE FUNCTION contract_templates_no_truncate();

CREATE OR REPLACE FUNCTION contract_templates_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'contract_templates is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER contract_templates_no_update BEFORE UPDATE ON contract_templates FOR EACH ROW EXECUTE FUNCTION contract_templates_no_update();

CREATE OR REPLACE FUNCTION contracts_active_by_money()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF OLD.activated_at IS NULL AND NEW.activated_at IS NOT NULL AND NOT (EXISTS (SELECT 1 FROM payments JOIN invoices ON invoices.id = payments.invoice_id WHERE invoices.contract_id = NEW.id AND invoices.installment_number = 1 AND invoices.state = 'paid' AND payments.outcome = 'settled' AND payments.source || ':' || payments.external_id = COALESCE(NEW.first_payment_key, '')) OR (COALESCE(NEW.amendment_charge_cents, 1) = 0 OR COALESCE(NEW.first_payment_key, '') = 'none:' || NEW.id) AND NOT EXISTS (SELECT 1 FROM invoices WHERE invoices.contract_id = NEW.id)) THEN RAISE EXCEPTION 'a contract becomes active by its first payment' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER contracts_active_by_money BEFORE UPDATE ON contracts FOR EACH ROW EXECUTE FUNCTION contracts_active_by_money();

CREATE OR REPLACE FUNCTION contracts_begin_inactive()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NEW.activated_at IS NOT NULL THEN RAISE EXCEPTION 'a contract begins without being active' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER contracts_begin_inactive BEFORE INSERT ON contracts FOR EACH ROW EXECUTE FUNCTION contracts_begin_inactive();

CREATE OR REPLACE FUNCTION contracts_begun_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'contracts is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER contracts_begun_frozen BEFORE UPDATE ON contracts FOR EACH ROW WHEN (((old.activated_at IS NOT NULL) AND (((old.activated_at)::text IS DISTINCT FROM (new.activated_at)::text) OR ((old.starts_on)::text IS DISTINCT FROM (new.starts_on)::text)))) EXECUTE FUNCTION contracts_begun_frozen();

CREATE OR REPLACE FUNCTION contracts_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'contracts is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER contracts_frozen BEFORE UPDATE ON contracts FOR EACH ROW WHEN ((((old.state)::text <> 'draft'::text) AND (((old.partner_id)::text IS DISTINCT FROM (new.partner_id)::text) OR ((old.customer_id)::text IS DISTINCT FROM (new.customer_id)::text) OR ((old.quote_id)::text IS DISTINCT FROM (new.quote_id)::text) OR ((old.version_id)::text IS DISTINCT FROM (new.version_id)::text) OR ((old.kind)::text IS DISTINCT FROM (new.kind)::text) OR ((old.base_contract_id)::text IS DISTINCT FROM (new.base_contract_id)::text) OR ((old.taken_over_from_id)::text IS DISTINCT FROM (new.taken_over_from_id)::text) OR ((old.template_id)::text IS DISTINCT FROM (new.template_id)::text) OR ((old.terms_on)::text IS DISTINCT FROM (new.terms_on)::text) OR ((old.amendment_charge_cents)::text IS DISTINCT FROM (new.amendment_charge_cents)::text) OR ((old.applies_on)::text IS DISTINCT FROM (new.applies_on)::text) OR ((old.covers_until)::text IS DISTINCT FROM (new.covers_until)::text) OR ((old.created_at)::text IS DISTINCT FROM (new.created_at)::text)))) EXECUTE FUNCTION contracts_frozen();

CREATE OR REPLACE FUNCTION contracts_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'contracts is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER contracts_kept BEFORE DELETE ON contracts FOR EACH ROW WHEN (((old.state)::text <> 'draft'::text)) EXECUTE FUNCTION contracts_kept();

CREATE OR REPLACE FUNCTION contracts_paid_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'contracts is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER contracts_paid_frozen BEFORE UPDATE ON contracts FOR EACH ROW WHEN (((old.paid_at IS NOT NULL) AND (((old.first_payment_key)::text IS DISTINCT FROM (new.first_payment_key)::text) OR ((old.paid_at)::text IS DISTINCT FROM (new.paid_at)::text)))) EXECUTE FUNCTION contracts_paid_frozen();

CREATE OR REPLACE FUNCTION contracts_signed_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'contracts is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER contracts_signed_frozen BEFORE UPDATE ON contracts FOR EACH ROW WHEN (((old.signed_at IS NOT NULL) AND (((old.file_id)::text IS DISTINCT FROM (new.file_id)::text) OR ((old.envelope_id)::text IS DISTINCT FROM (new.envelope_id)::text) OR ((old.signed_at)::text IS DISTINCT FROM (new.signed_at)::text) OR ((old.signed_file_id)::text IS DISTINCT FROM (new.signed_file_id)::text)))) EXECUTE FUNCTION contracts_signed_frozen();

CREATE OR REPLACE FUNCTION contracts_state_no_return()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'contracts has left draft' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER contracts_state_no_return BEFORE UPDATE ON contracts FOR EACH ROW WHEN ((((old.state)::text <> 'draft'::text) AND ((new.state)::text = 'draft'::text))) EXECUTE FUNCTION contracts_state_no_return();

CREATE OR REPLACE FUNCTION envelope_events_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'envelope_events is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER envelope_events_no_delete BEFORE DELETE ON envelope_events FOR EACH ROW EXECUTE FUNCTION envelope_events_no_delete();

CREATE OR REPLACE FUNCTION envelope_events_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'envelope_events is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER envelope_events_no_truncate BEFORE TRUNCATE ON envelope_events FOR EACH STATEMENT EXECUTE FUNCTION envelope_events_no_truncate();

CREATE OR REPLACE FUNCTION envelope_events_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'envelope_events is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER envelope_events_no_update BEFORE UPDATE ON envelope_events FOR EACH ROW EXECUTE FUNCTION envelope_events_no_update();

CREATE OR REPLACE FUNCTION envelopes_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'envelopes is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER envelopes_frozen BEFORE UPDATE ON envelopes FOR EACH ROW WHEN ((((old.state)::text = ANY ((ARRAY['sealing'::character varying, 'signed'::character varying])::text[])) AND (((old.file_id)::text IS DISTINCT FROM (new.file_id)::text) OR ((old.partner_id)::text IS DISTINCT FROM (new.partner_id)::text) OR ((old.customer_id)::text IS DISTINCT FROM (new.customer_id)::text) OR ((old.title)::text IS DISTINCT FROM (new.title)::text) OR ((old.verification_code)::text IS DISTINCT FROM (new.verification_code)::text) OR ((old.agreed_at)::text IS DISTINCT FROM (new.agreed_at)::text) OR ((old.signed_at)::text IS DISTINCT FROM (new.signed_at)::text) OR ((old.signer_name)::text IS DISTINCT FROM (new.signer_name)::text) OR ((old.signer_cpf)::text IS DISTINCT FROM (new.signer_cpf)::text) OR ((old.signer_email)::text IS DISTINCT FROM (new.signer_email)::text) OR ((old.signer_phone)::text IS DISTINCT FROM (new.signer_phone)::text)))) EXECUTE FUNCTION envelopes_frozen();

CREATE OR REPLACE FUNCTION envelopes_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'envelopes is kept' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER envelopes_kept BEFORE DELETE ON envelopes FOR EACH ROW WHEN (((old.state)::text <> 'open'::text)) EXECUTE FUNCTION envelopes_kept();

CREATE OR REPLACE FUNCTION stored_files_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'stored_files is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER stored_files_no_delete BEFORE DELETE ON stored_files FOR EACH ROW EXECUTE FUNCTION stored_files_no_delete();

CREATE OR REPLACE FUNCTION stored_files_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'stored_files is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER stored_files_no_truncate BEFORE TRUNCATE ON stored_files FOR EACH STATEMENT EXECUTE FUNCTION stored_files_no_truncate();

CREATE OR REPLACE FUNCTION stored_files_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'stored_files is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER stored_files_no_update BEFORE UPDATE ON stored_files FOR EACH ROW EXECUTE FUNCTION stored_files_no_update();
