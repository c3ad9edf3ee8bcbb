-- The delivery core. These tables are hot, partitioned by campaign and have no
-- foreign keys among each other: attaching a partition would lock their
-- targets and stop a running send. No index names a column that the status
-- update sets, so that the update stays inside its page. What a sent message
-- leaves is narrow: numbers of four bytes where two thousand million are enough,
-- the widest columns first, so that none is padded.

-- +goose Up
-- A worker process holds one lease for all that it claimed. When the lease
-- ends, whoever notices frees its batches and writes down what it left open.
CREATE TABLE worker (
  worker_no   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text NOT NULL,
  started_at  timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL,
  ended_at    timestamptz
);
CREATE INDEX worker_alive ON worker (lease_until) WHERE ended_at IS NULL;

CREATE TABLE block (
  campaign_no bigint NOT NULL,
  plan_no     integer NOT NULL,
  block_no    integer NOT NULL,
  node        bytea NOT NULL,
  PRIMARY KEY (campaign_no, plan_no, block_no)
);
SELECT make_insert_only('block');

-- A batch is a span inside one block, or a list of deliveries: to try again, of
-- one domain that has its fill for now, of one time zone. It is free once the
-- ramp has come to its stage (those of retries are free at any), and while the
-- campaign's window is open in its zone.
CREATE TABLE batch (
  campaign_no bigint NOT NULL,
  batch_no    bigint NOT NULL,
  block_no    integer,
  from_seq    bigint,
  to_seq      bigint,
  seqs        bigint[],
  fence       bigint NOT NULL DEFAULT 0,
  worker_no   integer,
  not_before  timestamptz NOT NULL DEFAULT '-infinity',
  stage       smallint NOT NULL DEFAULT 0,
  domain_key  uuid,
  zone        text,
  done        boolean NOT NULL DEFAULT false,
  PRIMARY KEY (campaign_no, batch_no),
  CONSTRAINT batch_span_or_list CHECK ((seqs IS NULL) = (from_seq IS NOT NULL AND to_seq IS NOT NULL AND block_no IS NOT NULL))
) PARTITION BY LIST (campaign_no);
CREATE INDEX batch_free ON batch (campaign_no, batch_no) WHERE NOT done AND worker_no IS NULL;
CREATE INDEX batch_of_worker ON batch (worker_no) WHERE worker_no IS NOT NULL;
CREATE SEQUENCE batch_number;

-- What the status update sets stands together between what stays: only the
-- difference goes to the log.
CREATE TABLE delivery (
  domain_key    uuid,
  campaign_no   integer NOT NULL,
  seq           integer NOT NULL,
  recipient_no  integer NOT NULL,
  plan_no       integer NOT NULL,
  variant_no    smallint NOT NULL,
  attempts      smallint NOT NULL DEFAULT 0,
  relay_no      integer,
  last_event_at timestamptz,
  status        text NOT NULL,
  leaf          bytea NOT NULL,
  PRIMARY KEY (campaign_no, seq),
  CONSTRAINT delivery_once UNIQUE (campaign_no, recipient_no),
  CONSTRAINT delivery_status CHECK (status IN ('pending', 'held', 'sending', 'deferred', 'indeterminate', 'accepted', 'delivered',
    'complained', 'bounced', 'rejected', 'expired', 'suppressed', 'excluded', 'cancelled', 'unaddressed'))
) PARTITION BY LIST (campaign_no);

-- Deliveries that wait for something else than their turn. The row goes when
-- the delivery is explained.
CREATE TABLE delivery_open (
  campaign_no bigint NOT NULL,
  seq         bigint NOT NULL,
  status      text NOT NULL CONSTRAINT delivery_open_status CHECK (status IN ('deferred', 'held', 'indeterminate')),
  next_at     timestamptz,
  expire_at   timestamptz NOT NULL,
  batch_no    bigint,
  PRIMARY KEY (campaign_no, seq)
) PARTITION BY LIST (campaign_no);
CREATE INDEX delivery_open_due ON delivery_open (campaign_no, next_at);
-- Whoever is in a retry batch, or unclear, has no next_at and does not expire.
-- To ask for the status here too would make it look fit for any question while
-- the table has no statistics.
CREATE INDEX delivery_open_expiry ON delivery_open (campaign_no, expire_at) WHERE next_at IS NOT NULL;

-- What the public page looks codes up in. It names nobody and outlives shredding.
-- What a code is worth is said of its campaign, never of one code.
CREATE TABLE code (
  code_digest uuid PRIMARY KEY,
  campaign_no integer NOT NULL
);

CREATE TABLE intent (
  group_no       bigint NOT NULL,
  date           timestamptz NOT NULL,
  at             timestamptz NOT NULL DEFAULT now(),
  campaign_no    integer NOT NULL,
  seq            integer NOT NULL,
  worker_no      integer NOT NULL,
  relay_no       integer NOT NULL,
  relay_revision integer NOT NULL,
  attempt        smallint NOT NULL,
  message_sha256 bytea NOT NULL,
  PRIMARY KEY (campaign_no, seq, attempt)
) PARTITION BY LIST (campaign_no);
SELECT make_insert_only('intent');

-- Several rows may speak of one attempt: what the lease's end had to assume,
-- and the truth that a stale worker still knew.
CREATE TABLE outcome (
  group_no    bigint NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  campaign_no integer NOT NULL,
  seq         integer NOT NULL,
  attempt     smallint NOT NULL,
  n           smallint NOT NULL,
  position    smallint NOT NULL,
  code        smallint NOT NULL,
  lost        boolean NOT NULL,
  phase       text NOT NULL CONSTRAINT outcome_phase CHECK (phase IN ('connect', 'greeting', 'tls', 'auth', 'mail', 'rcpt', 'data', 'dot', 'lease')),
  enhanced    text,
  queue_id    text,
  tls_version text,
  certificate bytea,
  PRIMARY KEY (campaign_no, seq, attempt, n)
) PARTITION BY LIST (campaign_no);
SELECT make_insert_only('outcome');

-- A decision's code is a sentence of the catalogue; its reason is a person's. One
-- with the number of a plan speaks of the delivery as that plan has it, and of
-- none that a later plan prepares.
CREATE TABLE decision (
  campaign_no bigint NOT NULL,
  decision_no bigint NOT NULL,
  from_seq    bigint NOT NULL,
  to_seq      bigint NOT NULL,
  attempt     smallint NOT NULL DEFAULT 0,
  plan_no     integer,
  kind        text NOT NULL CONSTRAINT decision_kind CHECK (kind IN ('exclude', 'suppress', 'cancel', 'expire', 'resend', 'treat_as_accepted', 'relay_at_fault', 'unmade')),
  code        text,
  actor       text NOT NULL,
  reason      bytea,
  entry_id    uuid NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (campaign_no, decision_no),
  CONSTRAINT decision_unmade_says_why CHECK (kind <> 'unmade' OR code IS NOT NULL)
) PARTITION BY LIST (campaign_no);
CREATE INDEX decision_of_delivery ON decision (campaign_no, from_seq, to_seq);
SELECT make_insert_only('decision');
CREATE SEQUENCE decision_number;

CREATE TABLE export_job (
  export_no    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_no  bigint NOT NULL REFERENCES campaign,
  kind         text NOT NULL CONSTRAINT export_kind CHECK (kind IN ('report')),
  format       text NOT NULL CONSTRAINT export_format CHECK (format IN ('csv', 'json')),
  identifiers  text NOT NULL CONSTRAINT export_identifiers CHECK (identifiers IN ('full', 'masked', 'digests')),
  reason       bytea NOT NULL,
  state        text NOT NULL DEFAULT 'running' CONSTRAINT export_state CHECK (state IN ('running', 'done', 'failed', 'cancelled')),
  rows_done    bigint NOT NULL DEFAULT 0,
  rows_total   bigint NOT NULL,
  sha256       bytea,
  requested_by bigint NOT NULL REFERENCES user_account,
  requested_at timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz
);

CREATE TABLE export_chunk (
  export_no bigint NOT NULL REFERENCES export_job,
  chunk_no  integer NOT NULL,
  sealed    bytea NOT NULL,
  PRIMARY KEY (export_no, chunk_no)
);

-- +goose Down
DROP TABLE export_chunk, export_job, decision, outcome, intent, code, delivery_open, delivery, batch, block, worker;
DROP SEQUENCE decision_number, batch_number;
