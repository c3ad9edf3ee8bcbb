-- One installation, its wrapped keys, and the organisation whose notices it
-- sends. Organisation facts are versions: a plan names the version it froze.

-- +goose Up
CREATE TABLE installation (
  one        boolean PRIMARY KEY DEFAULT true CHECK (one),
  origin     text NOT NULL UNIQUE,
  marker     text NOT NULL CONSTRAINT installation_marker CHECK (marker IN ('production', 'sample', 'test')),
  key_check  bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE installation_key (
  purpose text PRIMARY KEY,
  wrapped bytea NOT NULL
);

CREATE TABLE organisation (
  version  integer PRIMARY KEY CHECK (version > 0),
  document jsonb NOT NULL,
  made_by  bigint,
  made_at  timestamptz NOT NULL DEFAULT now()
);
SELECT make_insert_only('organisation');

-- +goose Down
DROP TABLE organisation, installation_key, installation;
