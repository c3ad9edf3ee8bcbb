-- Imported lists. The upload waits as encrypted chunks; the import is one
-- transaction that writes rows, rejects and recipients and can start again
-- from the chunks. Rows never change after it.

-- +goose Up
CREATE TABLE list (
  list_no          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no      bigint NOT NULL REFERENCES incident,
  name             text NOT NULL,
  state            text NOT NULL CONSTRAINT list_state
                   CHECK (state IN ('awaiting_confirmation', 'importing', 'imported', 'failed', 'cancelled', 'withdrawn')),
  sha256           bytea NOT NULL,
  bytes            bigint NOT NULL,
  dialect          jsonb NOT NULL,
  columns          jsonb NOT NULL,
  mapping          jsonb,
  rows             bigint NOT NULL DEFAULT 0,
  accepted         bigint NOT NULL DEFAULT 0,
  rejected         bigint NOT NULL DEFAULT 0,
  new_recipients   bigint NOT NULL DEFAULT 0,
  known_recipients bigint NOT NULL DEFAULT 0,
  repeats          bigint NOT NULL DEFAULT 0,
  progress_bytes   bigint NOT NULL DEFAULT 0,
  failure          jsonb,
  uploaded_by      bigint NOT NULL REFERENCES user_account,
  uploaded_at      timestamptz NOT NULL DEFAULT now(),
  imported_at      timestamptz,
  withdrawn_by       bigint REFERENCES user_account,
  withdrawal_reason  bytea,
  withdrawal_asked_at timestamptz,
  withdrawn_at       timestamptz,
  left_recipients    bigint NOT NULL DEFAULT 0,
  version          integer NOT NULL DEFAULT 1,
  CONSTRAINT list_rows_add_up CHECK (rows = accepted + rejected),
  CONSTRAINT list_withdrawal_whole CHECK ((withdrawn_by IS NULL) = (withdrawal_reason IS NULL) AND (withdrawn_by IS NULL) = (withdrawal_asked_at IS NULL)
    AND (state = 'withdrawn') = (withdrawn_at IS NOT NULL) AND (withdrawn_at IS NULL OR withdrawn_by IS NOT NULL)),
  CONSTRAINT list_accepted_add_up CHECK (accepted = new_recipients + known_recipients + repeats)
);
CREATE INDEX list_of_incident ON list (incident_no, list_no);
-- The same file counts once in an incident.
CREATE UNIQUE INDEX list_file_once ON list (incident_no, sha256) WHERE state IN ('importing', 'imported');

CREATE TABLE list_chunk (
  list_no  bigint NOT NULL REFERENCES list,
  chunk_no integer NOT NULL,
  sealed   bytea NOT NULL,
  PRIMARY KEY (list_no, chunk_no)
);

CREATE TABLE list_row (
  incident_no  bigint NOT NULL,
  list_no      bigint NOT NULL,
  row_no       bigint NOT NULL,
  line         bigint NOT NULL,
  recipient_no bigint NOT NULL,
  cells        bytea NOT NULL,
  attributes   jsonb NOT NULL,
  PRIMARY KEY (list_no, row_no, incident_no)
) PARTITION BY LIST (incident_no);
CREATE INDEX list_row_of_recipient ON list_row (recipient_no);
SELECT make_insert_only('list_row');

CREATE TABLE list_reject (
  incident_no bigint NOT NULL,
  list_no     bigint NOT NULL,
  row_no      bigint NOT NULL,
  line        bigint NOT NULL,
  column_name text NOT NULL,
  reason      jsonb NOT NULL,
  cells       bytea NOT NULL,
  PRIMARY KEY (incident_no, list_no, row_no)
) PARTITION BY LIST (incident_no);
SELECT make_insert_only('list_reject');

CREATE TABLE recipient (
  incident_no   bigint NOT NULL,
  recipient_no  bigint NOT NULL,
  address       bytea,
  address_index uuid,
  domain_key    uuid,
  jurisdictions text[] NOT NULL DEFAULT '{}',
  locale        text,
  timezone      text,
  consent       boolean,
  individuals   integer NOT NULL DEFAULT 1 CHECK (individuals > 0),
  proof_digest  bytea NOT NULL,
  PRIMARY KEY (recipient_no, incident_no), -- sorting asks first what differs
  CONSTRAINT recipient_address_whole CHECK ((address IS NULL) = (address_index IS NULL) AND (address IS NULL) = (domain_key IS NULL))
) PARTITION BY LIST (incident_no);
CREATE UNIQUE INDEX recipient_address_once ON recipient (address_index, incident_no) WHERE address_index IS NOT NULL;

-- Who is like whom: look-up keys with the numbers of their people, of each list in
-- the order of the keys, many to a row. A row for each person cost more than the
-- person's own index. No key stands in two rows of one list.
CREATE TABLE recipient_similar (
  incident_no bigint NOT NULL,
  list_no     bigint NOT NULL,
  first_index uuid NOT NULL,
  last_index  uuid NOT NULL,
  entries     bytea NOT NULL,
  PRIMARY KEY (incident_no, list_no, first_index)
) PARTITION BY LIST (incident_no);
ALTER TABLE recipient_similar ALTER COLUMN entries SET STORAGE EXTERNAL; -- nothing in it can be compressed

-- Whom somebody should look at before they are told, and why.
CREATE TABLE recipient_flag (
  incident_no  bigint NOT NULL,
  flag         text NOT NULL,
  recipient_no bigint NOT NULL,
  PRIMARY KEY (incident_no, flag, recipient_no)
) PARTITION BY LIST (incident_no);

CREATE TABLE domain (
  domain_key uuid PRIMARY KEY,
  name       bytea NOT NULL,
  recipients bigint NOT NULL DEFAULT 0,
  mail       text CONSTRAINT domain_mail CHECK (mail IN ('taken', 'null_mx', 'no_host')),
  mail_at    timestamptz, -- when it said so
  asked_at   timestamptz, -- when it was last asked about, answer or not
  CONSTRAINT domain_mail_whole CHECK ((mail IS NULL) = (mail_at IS NULL))
);

-- Whether the domains of an incident are to be asked about: kept here, since the
-- queue may forget. One worker at a time holds a look by a lease.
CREATE TABLE domain_check (
  incident_no  bigint NOT NULL REFERENCES incident PRIMARY KEY,
  state        text NOT NULL CONSTRAINT domain_check_state CHECK (state IN ('due', 'checked', 'open', 'off')),
  due_at       timestamptz,
  leased_until timestamptz,
  failed       integer NOT NULL DEFAULT 0,
  open         bigint NOT NULL DEFAULT 0,
  looked_at    timestamptz
);

-- +goose Down
DROP TABLE domain_check, domain, recipient_flag, recipient_similar, recipient, list_reject, list_row, list_chunk, list;
