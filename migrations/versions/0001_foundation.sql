-- Log, queue, mail, links; settings, people and partners.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE errands (
    id BIGSERIAL NOT NULL,
    kind VARCHAR NOT NULL,
    lane VARCHAR NOT NULL,
    subject_id BIGINT NOT NULL,
    state VARCHAR NOT NULL,
    rounds BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lease VARCHAR,
    worker_id BIGINT,
    leased_until TIMESTAMP WITH TIME ZONE,
    last_error VARCHAR NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_errands PRIMARY KEY (id),
    CONSTRAINT uq_errands_kind_subject_id UNIQUE (kind, subject_id),
    CONSTRAINT ck_errands_state CHECK (state IN ('waiting', 'done', 'failed'))
);
CREATE INDEX ix_errands_waiting ON errands (lane, next_attempt_at, id) WHERE state = 'waiting';
CREATE INDEX ix_errands_worker_id ON errands (worker_id) WHERE worker_id IS NOT NULL;

CREATE TABLE job_runs (
    id BIGSERIAL NOT NULL,
    job VARCHAR NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    error_type VARCHAR NOT NULL,
    CONSTRAINT pk_job_runs PRIMARY KEY (id),
    CONSTRAINT ck_job_runs_outcome CHECK (outcome IN ('ok', 'failed'))
);
CREATE INDEX ix_job_runs_job_started_at ON job_runs (job, started_at);

CREATE TABLE log_heads (
    stream VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    hash VARCHAR NOT NULL,
    CONSTRAINT pk_log_heads PRIMARY KEY (stream)
);

CREATE TABLE password_reset_requests (
    id BIGSERIAL NOT NULL,
    email VARCHAR NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    address VARCHAR NOT NULL,
    device VARCHAR NOT NULL,
    CONSTRAINT pk_password_reset_requests PRIMARY KEY (id)
);

CREATE TABLE queue_workers (
    id BIGSERIAL NOT NULL,
    name VARCHAR NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_queue_workers PRIMARY KEY (id)
);

CREATE TABLE throttles (
    id BIGSERIAL NOT NULL,
    key VARCHAR NOT NULL,
    failures BIGINT NOT NULL,
    window_started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    blocked_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_throttles PRIMARY KEY (id),
    CONSTRAINT uq_throttles_key UNIQUE (key)
);

CREATE TABLE users (
    id BIGSERIAL NOT NULL,
    email VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    role VARCHAR(40) NOT NULL,
    partner_id BIGINT,
    password_hash VARCHAR,
    invited_at TIMESTAMP WITH TIME ZONE NOT NULL,
    activated_at TIMESTAMP WITH TIME ZONE,
    disabled_at TIMESTAMP WITH TIME ZONE,
    second_factor_since TIMESTAMP WITH TIME ZONE,
    lock_version BIGINT NOT NULL,
    search_text VARCHAR NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT ck_users_partner_for_partner_roles CHECK ((role IN ('seller', 'partner_admin')) = (partner_id IS NOT NULL)),
    CONSTRAINT ck_users_email_lowercase CHECK (email = lower(email)),
    CONSTRAINT uq_users_email UNIQUE (email),
    CONSTRAINT ck_users_role CHECK (role IN ('seller', 'partner_admin', 'account_manager', 'finance', 'support', 'admin'))
);
CREATE INDEX ix_users_partner_id ON users (partner_id);

CREATE TABLE access_events (
    id BIGSERIAL NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind VARCHAR(40) NOT NULL,
    user_id BIGINT,
    by_id BIGINT,
    address VARCHAR NOT NULL,
    device VARCHAR NOT NULL,
    endpoint VARCHAR NOT NULL,
    CONSTRAINT pk_access_events PRIMARY KEY (id),
    CONSTRAINT ck_access_events_endpoint_of_refusals CHECK ((kind = 'forbidden') = (endpoint <> '')),
    CONSTRAINT ck_access_events_accesskind CHECK (kind IN ('signed_in', 'sign_in_failed', 'signed_out', 'signed_out_everywhere', 'session_ended', 'reset_asked', 'password_reset', 'password_changed', 'second_step_failed', 'confirmed', 'confirmation_failed', 'recovery_code_used', 'factor_added', 'factor_removed', 'factors_reset', 'forbidden')),
    CONSTRAINT fk_access_events_user_id FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT fk_access_events_by_id FOREIGN KEY(by_id) REFERENCES users (id)
);
CREATE INDEX ix_access_events_at ON access_events (at);
CREATE INDEX ix_access_events_user_id_at ON access_events (user_id, at);

CREATE TABLE auth_challenges (
    id BIGSERIAL NOT NULL,
    user_id BIGINT NOT NULL,
    ceremony VARCHAR(40) NOT NULL,
    secret_hash VARCHAR NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_auth_challenges PRIMARY KEY (id),
    CONSTRAINT fk_auth_challenges_user_id FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT ck_auth_challenges_ceremony CHECK (ceremony IN ('sign_in', 'prove', 'add_passkey')),
    CONSTRAINT uq_auth_challenges_secret_hash UNIQUE (secret_hash)
);
CREATE INDEX ix_auth_challenges_expires_at ON auth_challenges (expires_at);

CREATE TABLE known_devices (
    id BIGSERIAL NOT NULL,
    user_id BIGINT NOT NULL,
    token_hash VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_known_devices PRIMARY KEY (id),
    CONSTRAINT uq_known_devices_user_id_token_hash UNIQUE (user_id, token_hash),
    CONSTRAINT fk_known_devices_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE partners (
    id BIGSERIAL NOT NULL,
    document VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    trade_name VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,
    arrangement VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    phone VARCHAR NOT NULL,
    account_manager_id BIGINT NOT NULL,
    substitute_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    lock_version BIGINT NOT NULL,
    search_text VARCHAR NOT NULL,
    CONSTRAINT pk_partners PRIMARY KEY (id),
    CONSTRAINT ck_partners_substitute_is_another CHECK (substitute_id IS NULL OR substitute_id <> account_manager_id),
    CONSTRAINT uq_partners_document UNIQUE (document),
    CONSTRAINT fk_partners_account_manager_id FOREIGN KEY(account_manager_id) REFERENCES users (id),
    CONSTRAINT fk_partners_substitute_id FOREIGN KEY(substitute_id) REFERENCES users (id)
);
CREATE INDEX ix_partners_account_manager_id ON partners (account_manager_id);
CREATE INDEX ix_partners_substitute_id ON partners (substitute_id);

CREATE TABLE passkeys (
    id BIGSERIAL NOT NULL,
    user_id BIGINT NOT NULL,
    credential_id VARCHAR NOT NULL,
    public_key VARCHAR NOT NULL,
    sign_count BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_passkeys PRIMARY KEY (id),
    CONSTRAINT fk_passkeys_user_id FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT uq_passkeys_credential_id UNIQUE (credential_id)
);
CREATE INDEX ix_passkeys_user_id ON passkeys (user_id);

CREATE TABLE recovery_codes (
    id BIGSERIAL NOT NULL,
    user_id BIGINT NOT NULL,
    code_hash VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery_codes PRIMARY KEY (id),
    CONSTRAINT uq_recovery_codes_user_id_code_hash UNIQUE (user_id, code_hash),
    CONSTRAINT fk_recovery_codes_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE scheduled_jobs (
    name VARCHAR NOT NULL,
    next_run_at TIMESTAMP WITH TIME ZONE NOT NULL,
    failures_in_a_row BIGINT NOT NULL,
    last_run_id BIGINT,
    CONSTRAINT pk_scheduled_jobs PRIMARY KEY (name),
    CONSTRAINT fk_scheduled_jobs_last_run_id FOREIGN KEY(last_run_id) REFERENCES job_runs (id)
);

CREATE TABLE settings (
    id BIGSERIAL NOT NULL,
    name VARCHAR NOT NULL,
    value BIGINT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by_id BIGINT,
    changed_by_name VARCHAR NOT NULL,
    pending_value BIGINT,
    pending_at TIMESTAMP WITH TIME ZONE,
    pending_by_id BIGINT,
    pending_by_name VARCHAR NOT NULL,
    CONSTRAINT pk_settings PRIMARY KEY (id),
    CONSTRAINT uq_settings_name UNIQUE (name),
    CONSTRAINT fk_settings_changed_by_id FOREIGN KEY(changed_by_id) REFERENCES users (id),
    CONSTRAINT fk_settings_pending_by_id FOREIGN KEY(pending_by_id) REFERENCES users (id)
);

CREATE TABLE totp_secrets (
    id BIGSERIAL NOT NULL,
    user_id BIGINT NOT NULL,
    sealed_secret VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    last_step BIGINT NOT NULL,
    CONSTRAINT pk_totp_secrets PRIMARY KEY (id),
    CONSTRAINT uq_totp_secrets_user_id UNIQUE (user_id),
    CONSTRAINT fk_totp_secrets_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE user_sessions (
    id BIGSERIAL NOT NULL,
    token_hash VARCHAR NOT NULL,
    user_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    device VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_user_sessions PRIMARY KEY (id),
    CONSTRAINT uq_user_sessions_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_user_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_user_sessions_user_id ON user_sessions (user_id);

CREATE TABLE link_tokens (
    id BIGSERIAL NOT NULL,
    purpose VARCHAR(40) NOT NULL,
    nonce VARCHAR NOT NULL,
    token_hash VARCHAR NOT NULL,
    subject_id BIGINT NOT NULL,
    partner_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_link_tokens PRIMARY KEY (id),
    CONSTRAINT ck_link_tokens_purpose CHECK (purpose IN ('invitation', 'password_reset', 'proposal', 'signature', 'card_registration', 'invoice')),
    CONSTRAINT uq_link_tokens_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_link_tokens_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id)
);
CREATE INDEX ix_link_tokens_subject ON link_tokens (purpose, subject_id);

CREATE TABLE log_entries (
    id BIGSERIAL NOT NULL,
    stream VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    action VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    subject_type VARCHAR NOT NULL,
    subject_id BIGINT NOT NULL,
    partner_id BIGINT,
    customer_id BIGINT,
    actor_id BIGINT,
    actor_label VARCHAR NOT NULL,
    facts JSONB NOT NULL,
    previous_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    CONSTRAINT pk_log_entries PRIMARY KEY (id),
    CONSTRAINT uq_log_entries_stream_position UNIQUE (stream, position),
    CONSTRAINT fk_log_entries_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT fk_log_entries_actor_id FOREIGN KEY(actor_id) REFERENCES users (id)
);
CREATE INDEX ix_log_entries_partner_id_at ON log_entries (partner_id, at);
CREATE INDEX ix_log_entries_subject ON log_entries (subject_type, subject_id);

CREATE TABLE mail_messages (
    id BIGSERIAL NOT NULL,
    key VARCHAR NOT NULL,
    template VARCHAR NOT NULL,
    to_address VARCHAR NOT NULL,
    to_name VARCHAR NOT NULL,
    reply_to VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    text_body VARCHAR NOT NULL,
    html_body VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    link_token_id BIGINT,
    partner_id BIGINT,
    caused_by_id BIGINT,
    is_urgent BOOLEAN NOT NULL,
    state VARCHAR NOT NULL,
    last_error VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    let_go_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_mail_messages PRIMARY KEY (id),
    CONSTRAINT ck_mail_messages_state CHECK (state IN ('queued', 'held', 'sent', 'failed', 'dropped')),
    CONSTRAINT ck_mail_messages_sent_has_instant CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CONSTRAINT ck_mail_messages_held_says_why CHECK (state <> 'held' OR (let_go_at IS NULL AND last_error <> '')),
    CONSTRAINT uq_mail_messages_key UNIQUE (key),
    CONSTRAINT uq_mail_messages_message_id UNIQUE (message_id),
    CONSTRAINT fk_mail_messages_link_token_id FOREIGN KEY(link_token_id) REFERENCES link_tokens (id),
    CONSTRAINT fk_mail_messages_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT fk_mail_messages_caused_by_id FOREIGN KEY(caused_by_id) REFERENCES users (id)
);
CREATE INDEX ix_mail_messages_caused_by_id_let_go_at ON mail_messages (caused_by_id, let_go_at);
CREATE INDEX ix_mail_messages_created_at ON mail_messages (created_at);
CREATE INDEX ix_mail_messages_link_token_id ON mail_messages (link_token_id);
CREATE INDEX ix_mail_messages_partner_id_let_go_at ON mail_messages (partner_id, let_go_at);
CREATE INDEX ix_mail_messages_receiver_let_go_at ON mail_messages (lower(to_address), let_go_at);
CREATE INDEX ix_mail_messages_sent_at ON mail_messages (sent_at);
CREATE INDEX ix_mail_messages_state_created_at ON mail_messages (state, created_at);

ALTER TABLE users ADD CONSTRAINT fk_users_partner_id FOREIGN KEY (partner_id) REFERENCES partners (id);

-- Guards: the database has the last word.

CREATE OR REPLACE FUNCTION access_events_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - INTERVAL '6 months' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'access_events is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $function$;
CREATE TRIGGER access_events_kept BEFORE DELETE OR UPDATE ON access_events FOR EACH ROW EXECUTE FUNCTION access_events_kept();

CREATE OR REPLACE FUNCTION ring_the_queue()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
        PERFORM pg_notify('portal_queue', '');
        RETURN NULL;
    END $function$;
CREATE TRIGGER errands_ring AFTER INSERT OR UPDATE OF rounds, next_attempt_at ON errands FOR EACH STATEMENT EXECUTE FUNCTION ring_the_queue();

CREATE OR REPLACE FUNCTION log_entries_no_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'log_entries is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER log_entries_no_delete BEFORE DELETE ON log_entries FOR EACH ROW EXECUTE FUNCTION log_entries_no_delete();

CREATE OR REPLACE FUNCTION log_entries_no_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'log_entries is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER log_entries_no_truncate BEFORE TRUNCATE ON log_entries FOR EACH STATEMENT EXECUTE FUNCTION log_entries_no_truncate();

CREATE OR REPLACE FUNCTION log_entries_no_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN RAISE EXCEPTION 'log_entries is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $function$;
CREATE TRIGGER log_entries_no_update BEFORE UPDATE ON log_entries FOR EACH ROW EXECUTE FUNCTION log_entries_no_update();

CREATE OR REPLACE FUNCTION recovery_codes_once()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF OLD.used_at IS NOT NULL OR NEW.code_hash <> OLD.code_hash OR NEW.user_id <> OLD.user_id THEN
        RAISE EXCEPTION 'a recovery code is used once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $function$;
CREATE TRIGGER recovery_codes_once BEFORE UPDATE ON recovery_codes FOR EACH ROW EXECUTE FUNCTION recovery_codes_once();
CREATE TRIGGER scheduled_jobs_ring AFTER INSERT OR UPDATE OF next_run_at ON scheduled_jobs FOR EACH STATEMENT EXECUTE FUNCTION ring_the_queue();

CREATE OR REPLACE FUNCTION totp_secrets_forward()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.sealed_secret = OLD.sealed_secret AND NEW.last_step < OLD.last_step THEN
        RAISE EXCEPTION 'a code is used once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $function$;
CREATE TRIGGER totp_secrets_forward BEFORE UPDATE ON totp_secrets FOR EACH ROW EXECUTE FUNCTION totp_secrets_forward();
