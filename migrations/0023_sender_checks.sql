-- What the DNS said of a sender identity, each time that somebody looked. A plan
-- warns by the newest, so what was known when it was approved stays readable: no
-- look-up is rewritten by a later one. Names of the organisation's own domains
-- and their public records are all that it holds.

-- +goose Up
CREATE TABLE sender_check (
  check_no   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sender_no  bigint NOT NULL,
  revision   integer NOT NULL,
  items      jsonb NOT NULL,
  checked_by bigint REFERENCES user_account, -- null: at a terminal
  checked_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT sender_check_of_revision FOREIGN KEY (sender_no, revision) REFERENCES sender_revision
);
CREATE INDEX sender_check_of_sender ON sender_check (sender_no, check_no);
SELECT make_insert_only('sender_check');

-- +goose Down
DROP TABLE sender_check;
