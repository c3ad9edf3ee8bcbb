-- Gates: what must be known of a member of a cohort before a campaign mails
-- them. A gate never changes; a row takes it back. What became known is written
-- down by reviews, and of two facts about one person the newer one counts.

-- +goose Up
CREATE TABLE gate (
  gate_no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no bigint NOT NULL REFERENCES incident,
  cohort_no   bigint NOT NULL,
  name        text NOT NULL,
  rule        jsonb NOT NULL,
  made_by     bigint NOT NULL REFERENCES user_account,
  made_at     timestamptz NOT NULL,
  entry_id    uuid NOT NULL
);
CREATE INDEX gate_of_incident ON gate (incident_no, gate_no);
CREATE INDEX gate_of_cohort ON gate (cohort_no);
SELECT make_insert_only('gate');

CREATE TABLE gate_lift (
  gate_no     bigint NOT NULL REFERENCES gate CONSTRAINT gate_lifted_once PRIMARY KEY,
  incident_no bigint NOT NULL REFERENCES incident,
  reason      bytea NOT NULL,
  made_by     bigint NOT NULL REFERENCES user_account,
  made_at     timestamptz NOT NULL,
  entry_id    uuid NOT NULL
);
SELECT make_insert_only('gate_lift');

-- A review compares what lists say with what is on record. The root is over the
-- digests of everybody whom it speaks of.
CREATE TABLE gate_review (
  review_no   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no bigint NOT NULL REFERENCES incident,
  gate_no     bigint NOT NULL REFERENCES gate,
  opened      bigint NOT NULL,
  shut        bigint NOT NULL,
  root        bytea NOT NULL,
  at          timestamptz NOT NULL,
  entry_id    uuid NOT NULL,
  CONSTRAINT gate_review_of_somebody CHECK (opened + shut > 0)
);
CREATE INDEX gate_review_of_gate ON gate_review (gate_no, review_no);
SELECT make_insert_only('gate_review');

CREATE TABLE gate_fact (
  incident_no  bigint NOT NULL,
  gate_no      bigint NOT NULL,
  recipient_no bigint NOT NULL,
  review_no    bigint NOT NULL,
  open         boolean NOT NULL,
  PRIMARY KEY (incident_no, gate_no, recipient_no, review_no)
) PARTITION BY LIST (incident_no);
CREATE INDEX gate_fact_of_review ON gate_fact (incident_no, review_no);
SELECT make_insert_only('gate_fact');

-- Incidents whose lists or gates have changed since they were reviewed, once for
-- each change. No key: an import would wait for the review that takes its row away.
CREATE TABLE gate_due (
  incident_no bigint NOT NULL REFERENCES incident
);

-- The gates of a plan. No foreign key: a preflight would hold its campaign by it
-- from its first moment on.
CREATE TABLE campaign_gate (
  campaign_no bigint NOT NULL,
  plan_no     integer NOT NULL,
  gate_no     bigint NOT NULL REFERENCES gate,
  PRIMARY KEY (campaign_no, plan_no, gate_no)
);
SELECT make_insert_only('campaign_gate');

-- +goose Down
DROP TABLE campaign_gate, gate_due, gate_fact, gate_review, gate_lift, gate;
