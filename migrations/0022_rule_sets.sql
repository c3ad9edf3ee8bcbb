-- Rule files that an admin handed in, and which of them is in use. The rules that
-- the program was built with are no row: they are in use while nothing else was
-- activated, and again after an activation without a set.

-- +goose Up
CREATE TABLE rule_set (
  rule_set_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document    bytea NOT NULL, -- the bytes as they came; every reading checks their hash
  version     text NOT NULL,
  sha256      bytea NOT NULL CONSTRAINT rule_set_once UNIQUE CONSTRAINT rule_set_hash CHECK (sha256 = sha256(document)),
  loaded_by   bigint NOT NULL REFERENCES user_account,
  loaded_at   timestamptz NOT NULL
);
SELECT make_insert_only('rule_set');

-- The newest counts. It holds for every incident at once.
CREATE TABLE rule_set_activation (
  activation_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_set_no   bigint REFERENCES rule_set, -- null: the rules of the program
  activated_by  bigint NOT NULL REFERENCES user_account,
  activated_at  timestamptz NOT NULL
);
SELECT make_insert_only('rule_set_activation');

-- +goose Down
DROP TABLE rule_set_activation, rule_set;
