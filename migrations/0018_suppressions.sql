-- Known reasons not to mail an address, of which only a digest is kept, and what
-- legal decided about the people of a campaign who have one.

-- +goose Up
-- A file of addresses as it came. It has no name here, for a name may be
-- somebody's address, and its hash is sealed: of a file of one line anybody could
-- test addresses. What it changed is counted from the rows that came of it.
CREATE TABLE suppression_file (
  file_no  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256   bytea NOT NULL,
  source   text NOT NULL CONSTRAINT suppression_file_source CHECK (source IN ('bounce', 'complaint', 'opt_out', 'register', 'other')),
  reason   bytea NOT NULL,
  lines    bigint NOT NULL CONSTRAINT suppression_file_of_something CHECK (lines > 0),
  made_by  bigint NOT NULL REFERENCES user_account,
  made_at  timestamptz NOT NULL,
  entry_id uuid NOT NULL
);
SELECT make_insert_only('suppression_file');

-- Lines of a file that hold no usable address, by the rule that they break.
CREATE TABLE suppression_refusal (
  file_no bigint NOT NULL REFERENCES suppression_file,
  line    bigint NOT NULL,
  code    text NOT NULL,
  PRIMARY KEY (file_no, line)
);
SELECT make_insert_only('suppression_refusal');

CREATE TABLE suppression (
  suppression_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_no        bigint REFERENCES suppression_file,
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
CREATE INDEX suppression_of_file ON suppression (file_no, released_at) WHERE file_no IS NOT NULL;

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
DROP TABLE suppression_decided, suppression_decision, suppression_hit, suppression, suppression_refusal, suppression_file;
