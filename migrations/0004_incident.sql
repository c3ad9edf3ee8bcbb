-- An incident and its facts. A changed fact is a new version of the document,
-- so that what was known when stays answerable. Its keys stand wrapped in one
-- table; shredding deletes the row and leaves a tombstone.

-- +goose Up
CREATE TABLE incident (
  incident_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state       text NOT NULL DEFAULT 'open' CONSTRAINT incident_state CHECK (state IN ('open', 'closed')),
  sample      boolean NOT NULL DEFAULT false,
  version     integer NOT NULL DEFAULT 1,
  created_by  bigint NOT NULL REFERENCES user_account,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE incident_fact (
  incident_no bigint NOT NULL REFERENCES incident,
  version     integer NOT NULL CHECK (version > 0),
  document    jsonb NOT NULL,
  made_by     bigint NOT NULL REFERENCES user_account,
  made_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (incident_no, version)
);
SELECT make_insert_only('incident_fact');

CREATE TABLE incident_key (
  incident_no bigint NOT NULL REFERENCES incident,
  kind        text NOT NULL CONSTRAINT incident_key_kind CHECK (kind IN ('data', 'proof')),
  wrapped     bytea NOT NULL,
  PRIMARY KEY (incident_no, kind)
);

CREATE TABLE key_tombstone (
  incident_no bigint NOT NULL REFERENCES incident,
  kind        text NOT NULL CHECK (kind IN ('data', 'proof')),
  entry_id    uuid NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (incident_no, kind)
);
SELECT make_insert_only('key_tombstone');

-- +goose Down
DROP TABLE key_tombstone, incident_key, incident_fact, incident;
