-- What people did about the duties of an incident. Duties themselves are reckoned
-- from rules, facts and people as they stand, and are kept nowhere. A tick never
-- goes; the newest of a duty counts.

-- +goose Up
CREATE TABLE obligation_tick (
  tick_no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no bigint NOT NULL REFERENCES incident,
  duty        text NOT NULL,
  done_at     text NOT NULL, -- a date or an instant, as it was given
  reference   bytea NOT NULL,
  ticked_by   bigint NOT NULL REFERENCES user_account,
  ticked_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX obligation_tick_of_incident ON obligation_tick (incident_no, tick_no);
SELECT make_insert_only('obligation_tick');

-- +goose Down
DROP TABLE obligation_tick;
