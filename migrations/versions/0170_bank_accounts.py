"""Accounts of several banks as rows: the one from the settings becomes the first.

Files belong to an account and are numbered within it; a remittance is marked as sent; a damaged return is kept
with its faults until finance lets each pass, with a reason, or leaves it.
"""

import os

import sqlalchemy as sa
from alembic import op

revision = "0170"
down_revision = "0165"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE bank_accounts (
    id BIGSERIAL CONSTRAINT pk_bank_accounts PRIMARY KEY,
    series VARCHAR NOT NULL CONSTRAINT uq_bank_accounts_series UNIQUE,
    name VARCHAR NOT NULL,
    bank VARCHAR NOT NULL,
    branch VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    account_digit VARCHAR NOT NULL,
    wallet VARCHAR NOT NULL,
    agreement VARCHAR NOT NULL,
    variation VARCHAR NOT NULL,
    transmission VARCHAR NOT NULL,
    pix_key VARCHAR NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    is_boleto_default BOOLEAN NOT NULL,
    is_pix_default BOOLEAN NOT NULL,
    is_ted_default BOOLEAN NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    lock_version BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT uq_bank_accounts_bank_branch_account_agreement UNIQUE (bank, branch, account, agreement),
    CONSTRAINT ck_bank_accounts_known_bank CHECK (bank IN ('001', '033', '237', '341')),
    CONSTRAINT ck_bank_accounts_has_a_name CHECK (name <> ''),
    CONSTRAINT ck_bank_accounts_numbers_forward CHECK (first_number >= 1 AND last_number >= first_number),
    CONSTRAINT ck_bank_accounts_pix_has_a_key CHECK (NOT is_pix_default OR pix_key <> ''),
    CONSTRAINT ck_bank_accounts_closed_is_no_default CHECK (
        closed_at IS NULL OR NOT (is_boleto_default OR is_pix_default OR is_ted_default))
);
CREATE UNIQUE INDEX uq_bank_accounts_boleto_default ON bank_accounts (is_boleto_default) WHERE is_boleto_default;
CREATE UNIQUE INDEX uq_bank_accounts_pix_default ON bank_accounts (is_pix_default) WHERE is_pix_default;
CREATE UNIQUE INDEX uq_bank_accounts_ted_default ON bank_accounts (is_ted_default) WHERE is_ted_default;

CREATE FUNCTION bank_accounts_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'bank_accounts is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER bank_accounts_frozen BEFORE UPDATE ON bank_accounts FOR EACH ROW
    WHEN ((OLD.series, OLD.bank, OLD.branch, OLD.account, OLD.account_digit, OLD.wallet, OLD.agreement,
            OLD.first_number, OLD.created_at)
        IS DISTINCT FROM (NEW.series, NEW.bank, NEW.branch, NEW.account, NEW.account_digit, NEW.wallet,
            NEW.agreement, NEW.first_number, NEW.created_at))
    EXECUTE FUNCTION bank_accounts_frozen();
CREATE FUNCTION bank_accounts_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'bank_accounts is kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER bank_accounts_kept BEFORE DELETE ON bank_accounts
    FOR EACH ROW EXECUTE FUNCTION bank_accounts_kept();
"""

CONFIGURED = """
INSERT INTO bank_accounts (series, name, bank, branch, account, account_digit, wallet, agreement, variation,
    transmission, pix_key, first_number, last_number, is_boleto_default, is_pix_default, is_ted_default,
    lock_version, created_at)
VALUES (:series, :name, :bank, :branch, :account, :digit, :wallet, '', '', '', :pix_key, 1, 99999999, true, true, true, 1, now())
"""

FILES = """
-- What was numbered under an account that is configured no more is still explained by one.
INSERT INTO bank_accounts (series, name, bank, branch, account, account_digit, wallet, agreement, variation,
    transmission, pix_key, first_number, last_number, is_boleto_default, is_pix_default, is_ted_default,
    closed_at, lock_version, created_at)
SELECT name, concat('Conta anterior ', split_part(name, '/', 2), '/', split_part(name, '/', 3)),
    split_part(name, '/', 1), split_part(name, '/', 2), split_part(name, '/', 3), '', split_part(name, '/', 4),
    '', '', '', '', 1, 99999999, false, false, false, now(), 1, now()
FROM boleto_series ON CONFLICT DO NOTHING;

ALTER TABLE bank_files
    ADD COLUMN account_id BIGINT CONSTRAINT fk_bank_files_account_id REFERENCES bank_accounts (id),
    ADD COLUMN sent_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN sent_by_id BIGINT CONSTRAINT fk_bank_files_sent_by_id REFERENCES users (id);
UPDATE bank_files SET account_id = (SELECT id FROM bank_accounts WHERE is_boleto_default);
ALTER TABLE bank_files
    ALTER COLUMN account_id SET NOT NULL,
    DROP CONSTRAINT uq_bank_files_number,
    DROP CONSTRAINT ck_bank_files_bankfilestate,
    DROP CONSTRAINT ck_bank_files_state_of_kind,
    ADD CONSTRAINT uq_bank_files_account_id_number UNIQUE (account_id, number),
    ADD CONSTRAINT ck_bank_files_bankfilestate CHECK (
        state IN ('made', 'sent', 'damaged', 'read', 'applied')),
    ADD CONSTRAINT ck_bank_files_state_of_kind CHECK ((kind = 'remittance') = (state IN ('made', 'sent'))),
    ADD CONSTRAINT ck_bank_files_sent_at_some_time CHECK ((state = 'sent') = (sent_at IS NOT NULL));
CREATE FUNCTION bank_files_account_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'bank_files is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER bank_files_account_frozen BEFORE UPDATE ON bank_files FOR EACH ROW
    WHEN (OLD.account_id IS DISTINCT FROM NEW.account_id OR OLD.sent_at IS NOT NULL
        AND (OLD.sent_at, OLD.sent_by_id) IS DISTINCT FROM (NEW.sent_at, NEW.sent_by_id))
    EXECUTE FUNCTION bank_files_account_frozen();

CREATE TABLE bank_file_faults (
    id BIGSERIAL CONSTRAINT pk_bank_file_faults PRIMARY KEY,
    file_id BIGINT NOT NULL CONSTRAINT fk_bank_file_faults_file_id REFERENCES bank_files (id),
    line BIGINT NOT NULL,
    said VARCHAR NOT NULL,
    content VARCHAR NOT NULL,
    waived_at TIMESTAMP WITH TIME ZONE,
    waived_by_id BIGINT CONSTRAINT fk_bank_file_faults_waived_by_id REFERENCES users (id),
    reason VARCHAR NOT NULL,
    CONSTRAINT uq_bank_file_faults_file_id_line_said UNIQUE (file_id, line, said),
    CONSTRAINT ck_bank_file_faults_waived_with_a_reason CHECK (
        num_nonnulls(waived_at, waived_by_id, nullif(reason, '')) IN (0, 3))
);
CREATE FUNCTION bank_file_faults_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'bank_file_faults is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER bank_file_faults_frozen BEFORE UPDATE ON bank_file_faults FOR EACH ROW
    WHEN (OLD.waived_at IS NOT NULL OR (OLD.file_id, OLD.line, OLD.said, OLD.content)
        IS DISTINCT FROM (NEW.file_id, NEW.line, NEW.said, NEW.content))
    EXECUTE FUNCTION bank_file_faults_frozen();
CREATE FUNCTION bank_file_faults_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'bank_file_faults is kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER bank_file_faults_kept BEFORE DELETE ON bank_file_faults
    FOR EACH ROW EXECUTE FUNCTION bank_file_faults_kept();

ALTER TABLE boletos
    DROP CONSTRAINT ck_boletos_boletostate,
    ADD CONSTRAINT ck_boletos_boletostate CHECK (
        state IN ('issued', 'registered', 'rejected', 'paid', 'written_off', 'undone'));
"""

DOWN = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM boletos WHERE state = 'undone') OR EXISTS (
        SELECT FROM bank_files WHERE state = 'damaged'
            OR account_id <> (SELECT min(id) FROM bank_accounts)) THEN
        RAISE EXCEPTION 'files of several accounts, damaged files or undone payments have no place before 0170';
    END IF;
END $$;
ALTER TABLE boletos
    DROP CONSTRAINT ck_boletos_boletostate,
    ADD CONSTRAINT ck_boletos_boletostate CHECK (
        state IN ('issued', 'registered', 'rejected', 'paid', 'written_off'));
DROP TABLE bank_file_faults;
DROP FUNCTION bank_file_faults_frozen();
DROP FUNCTION bank_file_faults_kept();
DROP TRIGGER bank_files_account_frozen ON bank_files;
DROP FUNCTION bank_files_account_frozen();
ALTER TABLE bank_files
    DROP CONSTRAINT ck_bank_files_sent_at_some_time,
    DROP CONSTRAINT ck_bank_files_state_of_kind,
    DROP CONSTRAINT ck_bank_files_bankfilestate,
    DROP CONSTRAINT uq_bank_files_account_id_number;
UPDATE bank_files SET state = 'made' WHERE state = 'sent';
ALTER TABLE bank_files
    ADD CONSTRAINT uq_bank_files_number UNIQUE (number),
    ADD CONSTRAINT ck_bank_files_state_of_kind CHECK ((kind = 'remittance') = (state = 'made')),
    ADD CONSTRAINT ck_bank_files_bankfilestate CHECK (state IN ('made', 'read', 'applied')),
    DROP COLUMN account_id,
    DROP COLUMN sent_at,
    DROP COLUMN sent_by_id;
DROP TABLE bank_accounts;
DROP FUNCTION bank_accounts_frozen();
DROP FUNCTION bank_accounts_kept();
"""


def upgrade() -> None:
    op.execute(UP)
    setting = {  # as the portal read it until now; outside of production a made-up account stands in
        "bank": os.environ.get("PORTAL_BANK_CODE", "341"),
        "branch": os.environ.get("PORTAL_BANK_BRANCH", "0057"),
        "account": os.environ.get("PORTAL_BANK_ACCOUNT", "12345"),
        "digit": os.environ.get("PORTAL_BANK_ACCOUNT_DIGIT", "7"),
        "wallet": os.environ.get("PORTAL_BANK_WALLET", "109"),
        "pix_key": os.environ.get("PORTAL_BANK_PIX_KEY", "11222333000181"),
    }
    setting["series"] = "/".join(setting[part] for part in ("bank", "branch", "account", "wallet"))
    setting["name"] = f"Itaú {setting['branch']}/{setting['account']}-{setting['digit']}"
    op.get_bind().execute(sa.text(CONFIGURED), setting)
    op.execute(FILES)


def downgrade() -> None:
    op.execute(DOWN)
