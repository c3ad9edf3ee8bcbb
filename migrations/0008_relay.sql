-- Relays and sender identities. What a plan was approved with is a revision;
-- state and pace of a relay may change without touching it.

-- +goose Up
CREATE TABLE sender (
  sender_no  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL CONSTRAINT sender_name_once UNIQUE,
  revision   integer NOT NULL DEFAULT 1
);

CREATE TABLE sender_revision (
  sender_no     bigint NOT NULL REFERENCES sender,
  revision      integer NOT NULL,
  from_address  text NOT NULL,
  from_name     text NOT NULL,
  reply_to      text NOT NULL,
  bounce_domain text NOT NULL,
  link_hosts    text[] NOT NULL,
  made_by       bigint NOT NULL REFERENCES user_account,
  at            timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (sender_no, revision)
);
SELECT make_insert_only('sender_revision');

-- A key signs from the moment that somebody says that its record is published,
-- until it is retired. Its private half is sealed, and never shown.
CREATE TABLE dkim_key (
  key_no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sender_no  bigint NOT NULL REFERENCES sender,
  domain     text NOT NULL,
  selector   text NOT NULL,
  algorithm  text NOT NULL CONSTRAINT dkim_key_algorithm CHECK (algorithm IN ('ed25519', 'rsa2048')),
  public     bytea NOT NULL,
  private    bytea NOT NULL,
  made_by    bigint NOT NULL REFERENCES user_account,
  made_at    timestamptz NOT NULL DEFAULT now(),
  used_at    timestamptz,
  retired_at timestamptz,
  retired_by bigint REFERENCES user_account,
  CONSTRAINT dkim_selector_once UNIQUE (domain, selector),
  CONSTRAINT dkim_key_retired_by CHECK ((retired_at IS NULL) = (retired_by IS NULL))
);
CREATE INDEX dkim_key_of_sender ON dkim_key (sender_no);

CREATE TABLE relay (
  relay_no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         text NOT NULL CONSTRAINT relay_name_once UNIQUE,
  revision     integer NOT NULL DEFAULT 1,
  state        text NOT NULL DEFAULT 'healthy' CONSTRAINT relay_state CHECK (state IN ('healthy', 'open', 'quarantined')),
  password     bytea,
  probe_at     timestamptz CONSTRAINT relay_open_is_probed CHECK (state <> 'open' OR probe_at IS NOT NULL),
  rotate       boolean NOT NULL DEFAULT false, -- its password may be known to others
  shut_on_tls_failure boolean NOT NULL DEFAULT false, -- the rule that quarantines it
  last_failure jsonb,
  failed_at    timestamptz,
  accepted_at  timestamptz
);

-- The password is no part of the revision: changing it voids no approval.
CREATE TABLE relay_revision (
  relay_no            bigint NOT NULL REFERENCES relay,
  revision            integer NOT NULL,
  host                text NOT NULL,
  port                integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
  tls                 text NOT NULL CONSTRAINT relay_tls CHECK (tls IN ('starttls', 'implicit', 'none')),
  auth                text NOT NULL CONSTRAINT relay_auth CHECK (auth IN ('none', 'auto', 'plain', 'login', 'scram', 'xoauth2')),
  username            bytea,
  max_rate_per_second double precision NOT NULL CHECK (max_rate_per_second > 0),
  max_connections     integer NOT NULL CHECK (max_connections > 0),
  warm_up             jsonb,
  made_by             bigint NOT NULL REFERENCES user_account,
  at                  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (relay_no, revision)
);
SELECT make_insert_only('relay_revision');

-- What changed a relay's state. A person's reason is sealed.
CREATE TABLE relay_event (
  relay_no bigint NOT NULL REFERENCES relay,
  event_no bigint GENERATED ALWAYS AS IDENTITY,
  kind     text NOT NULL CONSTRAINT relay_event_kind CHECK (kind IN ('opened', 'recovered', 'quarantined', 'shut_by_rule', 'released')),
  actor    text NOT NULL,
  reason   bytea,
  entry_id uuid NOT NULL,
  at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (relay_no, event_no)
);
SELECT make_insert_only('relay_event');

-- +goose Down
DROP TABLE relay_event, relay_revision, relay, dkim_key, sender_revision, sender;
