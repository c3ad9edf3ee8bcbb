-- Codes that a third party gave for the people of an incident, one each, such
-- as for enrolling in credit monitoring. A code is a secret: it is sealed under
-- the incident's key, and its blind index keeps it from standing twice. Which
-- person holds which is a row that never changes: one code of a pool for each
-- recipient, one recipient for each code, whatever crashes or runs twice.

-- +goose Up
CREATE TABLE code_pool (
  pool_no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no bigint NOT NULL REFERENCES incident,
  name        text NOT NULL CONSTRAINT pool_name_is_of_a_field CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  created_by  bigint NOT NULL REFERENCES user_account,
  created_at  timestamptz NOT NULL,
  CONSTRAINT pool_name_once UNIQUE (incident_no, name)
);

-- A file of codes, in the order in which they came.
CREATE TABLE pool_file (
  pool_no     bigint NOT NULL REFERENCES code_pool,
  from_code   bigint NOT NULL,
  codes       bigint NOT NULL CONSTRAINT pool_file_of_something CHECK (codes > 0),
  sha256      bytea NOT NULL,
  uploaded_by bigint NOT NULL REFERENCES user_account,
  uploaded_at timestamptz NOT NULL,
  entry_id    uuid NOT NULL,
  PRIMARY KEY (pool_no, from_code)
);
SELECT make_insert_only('pool_file');

CREATE TABLE pool_code (
  incident_no bigint NOT NULL,
  pool_no     bigint NOT NULL,
  code_no     bigint NOT NULL,
  code        bytea NOT NULL,
  code_index  uuid NOT NULL,
  PRIMARY KEY (incident_no, pool_no, code_no),
  CONSTRAINT pool_code_once UNIQUE (code_index, pool_no, incident_no)
) PARTITION BY LIST (incident_no);
SELECT make_insert_only('pool_code');

-- Incident and pool stand last in the keys: a preflight that fills this table
-- asks it about people before anybody could count its rows, and a key that began
-- with what all rows share would be read whole each time.
CREATE TABLE pool_grant (
  incident_no  bigint NOT NULL,
  pool_no      bigint NOT NULL,
  recipient_no bigint NOT NULL,
  code_no      bigint NOT NULL,
  campaign_no  bigint NOT NULL,
  plan_no      integer NOT NULL,
  entry_id     uuid NOT NULL,
  CONSTRAINT one_code_for_each PRIMARY KEY (recipient_no, pool_no, incident_no),
  CONSTRAINT one_holder_for_each UNIQUE (code_no, pool_no, incident_no)
) PARTITION BY LIST (incident_no);
SELECT make_insert_only('pool_grant');

-- A question that was planned while a pool was empty reads all of it for ever.
-- Only the owner may ANALYZE.
-- +goose StatementBegin
CREATE FUNCTION analyze_codes(number bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF to_regclass('pool_code_' || number) IS NULL THEN RETURN; END IF;
  EXECUTE format('ANALYZE %I', 'pool_code_' || number);
  EXECUTE format('ANALYZE %I', 'pool_grant_' || number);
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION analyze_codes(bigint) FROM PUBLIC;

-- +goose Down
DROP FUNCTION analyze_codes(bigint);
DROP TABLE pool_grant, pool_code, pool_file, code_pool;
