-- Notices. A version is immutable text named by its hash; what happened to it
-- stands in rows beside it. An approval binds one person to one exact hash.

-- +goose Up
CREATE TABLE notice (
  notice_no   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no bigint NOT NULL REFERENCES incident,
  name        text NOT NULL,
  created_by  bigint NOT NULL REFERENCES user_account,
  created_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT notice_name_once UNIQUE (incident_no, name)
);

CREATE TABLE version (
  version_no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notice_no      bigint NOT NULL REFERENCES notice,
  no             integer NOT NULL CHECK (no > 0),
  sha256         bytea NOT NULL CONSTRAINT version_hash_once UNIQUE,
  document       bytea NOT NULL,
  created_by     bigint NOT NULL REFERENCES user_account,
  created_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT version_no_once UNIQUE (notice_no, no),
  CONSTRAINT version_target UNIQUE (version_no, sha256),
  CONSTRAINT version_hash_is_of_document CHECK (sha256 = sha256(document))
);
SELECT make_insert_only('version');

-- What an author typed into the editor and did not save. It goes when a version
-- is made of it.
CREATE TABLE notice_draft (
  notice_no    bigint NOT NULL REFERENCES notice,
  author       bigint NOT NULL REFERENCES user_account,
  from_version bigint REFERENCES version,
  body         bytea NOT NULL,
  kept_at      timestamptz NOT NULL,
  PRIMARY KEY (notice_no, author)
);

CREATE TABLE version_author (
  notice_no  bigint NOT NULL REFERENCES notice,
  user_no    bigint NOT NULL REFERENCES user_account,
  version_no bigint NOT NULL REFERENCES version,
  PRIMARY KEY (notice_no, user_no, version_no)
);
SELECT make_insert_only('version_author');

CREATE TABLE version_event (
  version_no bigint NOT NULL REFERENCES version,
  event_no   integer NOT NULL,
  kind       text NOT NULL CONSTRAINT version_event_kind CHECK (kind IN ('submit', 'approve', 'reject', 'withdraw')),
  made_by    bigint NOT NULL REFERENCES user_account,
  comment    bytea,
  at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (version_no, event_no)
);
SELECT make_insert_only('version_event');

CREATE TABLE approval (
  approval_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL CONSTRAINT approval_kind CHECK (kind IN ('version', 'plan', 'amendment')),
  target      bytea NOT NULL,
  version_no  bigint,
  campaign_no bigint,
  approver    bigint NOT NULL REFERENCES user_account,
  method      text NOT NULL CONSTRAINT approval_method CHECK (method IN ('totp')),
  comment     bytea,
  at          timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT approval_once UNIQUE (kind, target, approver),
  CONSTRAINT approval_of_text FOREIGN KEY (version_no, target) REFERENCES version (version_no, sha256),
  CONSTRAINT approval_names_its_object CHECK ((kind = 'version') = (version_no IS NOT NULL) AND (kind <> 'version') = (campaign_no IS NOT NULL))
);
SELECT make_insert_only('approval');

-- +goose Down
DROP TABLE approval, version_event, version_author, notice_draft, version, notice;
