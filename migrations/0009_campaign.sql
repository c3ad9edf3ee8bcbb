-- Campaigns and their plans. A plan is one document with one hash; the launch
-- is one row, so that fifty presses at once make one launch.

-- +goose Up
CREATE TABLE campaign (
  campaign_no          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no          bigint NOT NULL REFERENCES incident,
  name                 text NOT NULL,
  state                text NOT NULL DEFAULT 'draft' CONSTRAINT campaign_state CHECK (state IN
                       ('draft', 'preflighting', 'ready', 'approved', 'scheduled', 'sending', 'paused',
                        'complete', 'closed_with_exceptions', 'aborted')),
  cohort_no            bigint NOT NULL REFERENCES cohort,
  version_no           bigint NOT NULL REFERENCES version,
  sender_no            bigint NOT NULL REFERENCES sender,
  relays               bigint[] NOT NULL CONSTRAINT campaign_has_relays CHECK (cardinality(relays) > 0),
  max_rate_per_second  double precision NOT NULL CHECK (max_rate_per_second > 0),
  schedule_at          timestamptz,
  expire_after_seconds bigint NOT NULL DEFAULT 172800 CHECK (expire_after_seconds >= 14400),
  on_indeterminate     text NOT NULL DEFAULT 'hold' CONSTRAINT campaign_policy CHECK (on_indeterminate IN ('hold', 'resend_once')),
  max_per_domain       jsonb,
  max_concurrency      jsonb,
  ramp                 jsonb,
  stop_above_percent   double precision CHECK (stop_above_percent > 0 AND stop_above_percent <= 100),
  send_window          jsonb,
  corrects             bigint REFERENCES campaign CONSTRAINT campaign_corrects_another CHECK (corrects <> campaign_no),
  zones                text[], -- of its people, where it has a window
  plan_no              integer NOT NULL DEFAULT 0,
  plan_sha256          bytea,
  preflight            jsonb,
  preflight_at         timestamptz,
  pace_per_second      double precision CHECK (pace_per_second > 0),
  pace_per_domain      jsonb,
  -- How many steps of the ramp have ended, since when the present one runs, and
  -- until when its answers are waited for.
  ramp_step            smallint NOT NULL DEFAULT 0,
  ramp_since           timestamptz,
  ramp_until           timestamptz,
  reason               jsonb,
  paused_at            timestamptz,
  started_at           timestamptz,
  finished_at          timestamptz,
  created_by           bigint NOT NULL REFERENCES user_account,
  created_at           timestamptz NOT NULL DEFAULT now(),
  version              integer NOT NULL DEFAULT 1,
  CONSTRAINT campaign_name_once UNIQUE (incident_no, name)
);

-- One live campaign per frozen cohort.
CREATE UNIQUE INDEX campaign_live_once ON campaign (cohort_no)
  WHERE state IN ('scheduled', 'sending', 'paused');

-- Everyone who built a plan: the maker of the campaign and whoever edited it.
CREATE TABLE campaign_builder (
  campaign_no bigint NOT NULL REFERENCES campaign,
  user_no     bigint NOT NULL REFERENCES user_account,
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (campaign_no, user_no)
);
SELECT make_insert_only('campaign_builder');

CREATE TABLE plan (
  sha256      bytea PRIMARY KEY,
  campaign_no bigint NOT NULL REFERENCES campaign,
  plan_no     integer NOT NULL,
  document    bytea NOT NULL,
  counts      jsonb NOT NULL,
  made_by     bigint NOT NULL REFERENCES user_account,
  made_at     timestamptz NOT NULL,
  CONSTRAINT plan_no_once UNIQUE (campaign_no, plan_no),
  CONSTRAINT plan_hash_is_of_document CHECK (sha256 = sha256(document))
);
SELECT make_insert_only('plan');

CREATE TABLE launch (
  campaign_no bigint NOT NULL REFERENCES campaign,
  plan_no     integer NOT NULL,
  plan_sha256 bytea NOT NULL REFERENCES plan,
  confirmed   bigint NOT NULL,
  launched_by bigint NOT NULL REFERENCES user_account,
  at          timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT launch_once PRIMARY KEY (campaign_no, plan_no),
  CONSTRAINT launch_of_plan FOREIGN KEY (campaign_no, plan_no) REFERENCES plan (campaign_no, plan_no)
);
SELECT make_insert_only('launch');

-- A person moves a running campaign from one of its approved relays to another.
-- The newest row of its plan that names a relay decides whether it is left aside.
CREATE TABLE failover (
  campaign_no bigint NOT NULL REFERENCES campaign,
  failover_no bigint GENERATED ALWAYS AS IDENTITY,
  plan_no     integer NOT NULL,
  from_relay  bigint NOT NULL REFERENCES relay,
  to_relay    bigint NOT NULL REFERENCES relay,
  actor       text NOT NULL,
  reason      bytea NOT NULL,
  entry_id    uuid NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (campaign_no, failover_no),
  CONSTRAINT failover_moves CHECK (from_relay <> to_relay)
);
SELECT make_insert_only('failover');

-- What a campaign under way may do beyond its plan: further relays, a higher
-- rate. It counts once legal has approved it by its hash.
CREATE TABLE amendment (
  amendment_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_no  bigint NOT NULL REFERENCES campaign,
  no           integer NOT NULL,
  sha256       bytea NOT NULL CONSTRAINT amendment_hash_once UNIQUE,
  document     bytea NOT NULL,
  reason       bytea NOT NULL,
  made_by      bigint NOT NULL REFERENCES user_account,
  made_at      timestamptz NOT NULL,
  CONSTRAINT amendment_no_once UNIQUE (campaign_no, no),
  CONSTRAINT amendment_hash_is_of_document CHECK (sha256 = sha256(document))
);
SELECT make_insert_only('amendment');

-- Mail to staff: a test of a plan, or word of what waits for legal. It is no
-- delivery: nothing counts it.
CREATE TABLE staff_send (
  send_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  users   bigint[] NOT NULL CONSTRAINT staff_send_few CHECK (cardinality(users) BETWEEN 1 AND 20),
  at      timestamptz NOT NULL DEFAULT now()
);
SELECT make_insert_only('staff_send');

-- The notice of a plan, filled for somebody who is made up, sent to staff so
-- that they can look at it.
CREATE TABLE test_send (
  send_no     bigint PRIMARY KEY REFERENCES staff_send,
  campaign_no bigint NOT NULL REFERENCES campaign,
  plan_sha256 bytea NOT NULL REFERENCES plan,
  asked_by    bigint NOT NULL REFERENCES user_account,
  entry_id    uuid NOT NULL
);
CREATE INDEX test_send_of_campaign ON test_send (campaign_no, send_no);
SELECT make_insert_only('test_send');

-- What one user of legal is told that it waits, once for each user: a version,
-- a plan by its campaign and number, an amendment.
CREATE TABLE staff_wait (
  send_no bigint NOT NULL REFERENCES staff_send,
  user_no bigint NOT NULL REFERENCES user_account,
  kind    text NOT NULL CONSTRAINT staff_wait_kind CHECK (kind IN ('text', 'plan', 'amendment')),
  object  bigint NOT NULL,
  no      integer NOT NULL,
  since   timestamptz NOT NULL,
  CONSTRAINT staff_wait_once PRIMARY KEY (user_no, kind, object, no)
);
CREATE INDEX staff_wait_of_send ON staff_wait (send_no);
SELECT make_insert_only('staff_wait');

-- Written before the wire, so that nobody gets a letter twice. Without a relay
-- nothing was to be sent, and the outcome says why.
CREATE TABLE staff_intent (
  send_no        bigint NOT NULL REFERENCES staff_send,
  user_no        bigint NOT NULL REFERENCES user_account,
  relay_no       bigint REFERENCES relay,
  message_sha256 bytea,
  worker_no      integer NOT NULL,
  at             timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT staff_intent_once PRIMARY KEY (send_no, user_no),
  CONSTRAINT staff_intent_names_bytes CHECK ((relay_no IS NULL) = (message_sha256 IS NULL))
);
CREATE INDEX staff_intent_of_worker ON staff_intent (worker_no);
SELECT make_insert_only('staff_intent');

-- What the end of a lease had to assume stands beside the truth that a stale
-- worker still knew.
CREATE TABLE staff_outcome (
  send_no  bigint NOT NULL,
  user_no  bigint NOT NULL,
  assumed  boolean NOT NULL,
  unsent   text,
  phase    text,
  code     smallint NOT NULL DEFAULT 0,
  enhanced text NOT NULL DEFAULT '',
  lost     boolean NOT NULL DEFAULT false,
  at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (send_no, user_no, assumed),
  CONSTRAINT staff_outcome_of_intent FOREIGN KEY (send_no, user_no) REFERENCES staff_intent,
  CONSTRAINT staff_outcome_one_kind CHECK ((unsent IS NULL) = (phase IS NOT NULL))
);
SELECT make_insert_only('staff_outcome');

ALTER TABLE approval ADD CONSTRAINT approval_of_campaign FOREIGN KEY (campaign_no) REFERENCES campaign;

-- +goose Down
ALTER TABLE approval DROP CONSTRAINT approval_of_campaign;
DROP TABLE staff_outcome, staff_intent, staff_wait, test_send, staff_send, amendment, failover, launch, plan, campaign_builder, campaign;
