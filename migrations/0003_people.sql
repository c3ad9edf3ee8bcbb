-- Staff: one role a user; a token acts as its user within its scopes, and one
-- that may approve never may launch.

-- +goose Up
CREATE TABLE user_account (
  user_no       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email         text NOT NULL CONSTRAINT user_email_once UNIQUE,
  name          text NOT NULL,
  role          text NOT NULL CONSTRAINT user_role CHECK (role IN ('legal', 'ops', 'auditor', 'admin', 'support')),
  password_hash text,
  password_at   timestamptz,
  sample        boolean NOT NULL DEFAULT false,
  disabled_at   timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  version       integer NOT NULL DEFAULT 1,
  zone          text NOT NULL DEFAULT 'UTC',
  scheme        text NOT NULL DEFAULT 'system' CONSTRAINT user_scheme CHECK (scheme IN ('system', 'light', 'dark')),
  keys          boolean NOT NULL DEFAULT true
);

CREATE TABLE invitation (
  token_hash bytea PRIMARY KEY,
  user_no    bigint NOT NULL REFERENCES user_account,
  expires_at timestamptz NOT NULL
);

CREATE TABLE factor (
  factor_no  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_no    bigint NOT NULL REFERENCES user_account,
  kind       text NOT NULL CONSTRAINT factor_kind CHECK (kind IN ('totp', 'recovery')),
  secret     bytea NOT NULL,
  last_step  bigint NOT NULL DEFAULT 0,
  used_at    timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX factor_of_user ON factor (user_no);

-- A session stands at its first factor (asked for a code) until the second is
-- given; then it is replaced by another with another token.
CREATE TABLE session (
  session_no   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash   bytea NOT NULL CONSTRAINT session_token_once UNIQUE,
  user_no      bigint NOT NULL REFERENCES user_account,
  asked_code   boolean NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz
);
CREATE INDEX session_of_user ON session (user_no);

CREATE TABLE api_token (
  token_no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_no      bigint NOT NULL REFERENCES user_account,
  token_hash   bytea NOT NULL CONSTRAINT token_hash_once UNIQUE,
  name         text NOT NULL,
  scopes       text[] NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz,
  CONSTRAINT token_approves_or_launches CHECK (NOT scopes @> ARRAY['approve', 'launch'])
);
CREATE INDEX token_of_user ON api_token (user_no);

-- The holder is a token or a session, by its hash: a second factor given to one
-- does not open another.
CREATE TABLE step_up (
  holder  bytea PRIMARY KEY,
  user_no bigint NOT NULL REFERENCES user_account,
  until   timestamptz NOT NULL
);

-- Tries at a password or a code, by account: back-off survives a restart.
CREATE TABLE sign_in_try (
  subject    bytea PRIMARY KEY,
  tries      integer NOT NULL,
  next_at    timestamptz NOT NULL
);

CREATE TABLE idempotency_key (
  user_no    bigint NOT NULL REFERENCES user_account,
  route      text NOT NULL,
  key_hash   bytea NOT NULL,
  body_hash  bytea NOT NULL,
  status     integer,
  headers    jsonb,
  body       bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_no, route, key_hash)
);

-- +goose Down
DROP TABLE idempotency_key, sign_in_try, step_up, api_token, session, factor, invitation, user_account;
