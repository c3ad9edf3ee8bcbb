-- Known reasons not to mail an address, of which only a digest is kept, and what
-- legal decided about the people of a campaign who have one.

-- +goose Up
CREATE TABLE suppression (
  suppression_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest         uuid NOT NULL,
  source         text NOT NULL CONSTRAINT suppression_source CHECK (source IN ('bounce', 'complaint', 'opt_out', 'register', 'other')),
  reason         bytea NOT NULL,
  made_by        bigint NOT NULL REFERENCES user_account,
  made_at        timestamptz NOT NULL,
  release_reason bytea,
  released_by    bigint REFERENCES user_account,
  released_at    timestamptz,
  CONSTRAINT suppression_release_whole CHECK (num_nonnulls(release_reason, released_by, released_at) IN (0, 3))
);
CREATE UNIQUE INDEX suppression_once ON suppression (digest) WHERE released_at IS NULL;

-- Whom of a campaign a suppression names: found where addresses are open, when a
-- plan is made or a suppression comes. Rows stay after a release and count no more.
CREATE TABLE suppression_hit (
  campaign_no    bigint NOT NULL REFERENCES campaign,
  recipient_no   bigint NOT NULL,
  suppression_no bigint NOT NULL REFERENCES suppression,
  PRIMARY KEY (campaign_no, recipient_no, suppression_no)
);

CREATE TABLE suppression_decision (
  decision_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_no bigint NOT NULL REFERENCES campaign,
  decision    text NOT NULL CONSTRAINT suppression_decision_kind CHECK (decision IN ('send', 'other_channel', 'exclude')),
  people      bigint NOT NULL CONSTRAINT suppression_decision_of_somebody CHECK (people > 0),
  root        bytea NOT NULL,
  reason      bytea NOT NULL,
  made_by     bigint NOT NULL REFERENCES user_account,
  made_at     timestamptz NOT NULL,
  entry_id    uuid NOT NULL
);
SELECT make_insert_only('suppression_decision');

-- Whom a decision speaks of; of several about one person the newest counts.
CREATE TABLE suppression_decided (
  campaign_no  bigint NOT NULL,
  recipient_no bigint NOT NULL,
  decision_no  bigint NOT NULL REFERENCES suppression_decision,
  PRIMARY KEY (campaign_no, recipient_no, decision_no)
);
SELECT make_insert_only('suppression_decided');

-- +goose Down
DROP TABLE suppression_decided, suppression_decision, suppression_hit, suppression;
