-- The ledger: an entry is written with the change that it records; one
-- sequencer gives it its place in a Merkle log (RFC 6962) and signs
-- checkpoints. A leaf holds no personal data: details are sealed beside it.

-- +goose Up
CREATE TABLE ledger_entry (
  entry_id       uuid PRIMARY KEY,
  at             timestamptz NOT NULL,
  actor          text NOT NULL,
  verb           text NOT NULL,
  object         text NOT NULL,
  incident_no    bigint,
  details_sha256 bytea NOT NULL,
  details        bytea NOT NULL,
  leaf_hash      bytea NOT NULL
);
-- The timeline of an incident: what people did, without the groups of outcomes.
CREATE INDEX ledger_entry_of_incident ON ledger_entry (incident_no, entry_id) WHERE verb <> 'outcomes_recorded';
SELECT make_insert_only('ledger_entry');

CREATE TABLE ledger_pending (
  pending_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id   uuid NOT NULL UNIQUE REFERENCES ledger_entry
);

CREATE TABLE ledger_leaf (
  index     bigint PRIMARY KEY CHECK (index >= 0),
  entry_id  uuid NOT NULL UNIQUE REFERENCES ledger_entry,
  leaf_hash bytea NOT NULL
);
SELECT make_insert_only('ledger_leaf');

CREATE TABLE ledger_node (
  level smallint NOT NULL,
  n     bigint NOT NULL,
  hash  bytea NOT NULL,
  PRIMARY KEY (level, n)
);
SELECT make_insert_only('ledger_node');

CREATE TABLE checkpoint (
  size      bigint PRIMARY KEY CHECK (size > 0),
  root      bytea NOT NULL,
  note      bytea NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT now()
);
SELECT make_insert_only('checkpoint');

CREATE TABLE outbox (
  outbox_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task      text NOT NULL,
  object    bigint NOT NULL,
  at        timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE outbox, checkpoint, ledger_node, ledger_leaf, ledger_pending, ledger_entry;
