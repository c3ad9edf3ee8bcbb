-- Who is not told, and who decided so: everybody of a list, or people one by
-- one, for a reason that is sealed under the incident's key. A row says it and
-- another takes it back; neither ever changes.

-- +goose Up
CREATE TABLE exclusion (
  exclusion_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no  bigint NOT NULL REFERENCES incident,
  list_no      bigint REFERENCES list,
  kind         text NOT NULL CONSTRAINT exclusion_kind CHECK (kind IN ('law_enforcement_hold', 'deceased', 'minor_needs_guardian', 'counsel_decision', 'suppression')),
  people       bigint NOT NULL CONSTRAINT exclusion_of_somebody CHECK (people > 0),
  root         bytea NOT NULL,
  reason       bytea NOT NULL,
  made_by      bigint NOT NULL REFERENCES user_account,
  made_at      timestamptz NOT NULL,
  entry_id     uuid NOT NULL
);
CREATE INDEX exclusion_of_incident ON exclusion (incident_no, exclusion_no);
SELECT make_insert_only('exclusion');

CREATE TABLE exclusion_lift (
  exclusion_no bigint NOT NULL REFERENCES exclusion CONSTRAINT exclusion_lifted_once PRIMARY KEY,
  incident_no  bigint NOT NULL REFERENCES incident,
  reason       bytea NOT NULL,
  made_by      bigint NOT NULL REFERENCES user_account,
  made_at      timestamptz NOT NULL,
  entry_id     uuid NOT NULL
);
CREATE INDEX exclusion_lift_of_incident ON exclusion_lift (incident_no, exclusion_no);
SELECT make_insert_only('exclusion_lift');

-- Whom an exclusion speaks of. Those of a list are written out: its rows never
-- change, and one question answers who is excluded.
CREATE TABLE exclusion_person (
  incident_no  bigint NOT NULL,
  recipient_no bigint NOT NULL,
  exclusion_no bigint NOT NULL,
  PRIMARY KEY (incident_no, recipient_no, exclusion_no)
) PARTITION BY LIST (incident_no);
CREATE INDEX exclusion_person_of ON exclusion_person (incident_no, exclusion_no, recipient_no);
SELECT make_insert_only('exclusion_person');

-- The exclusion list of a frozen cohort: who matched its rule and is no member,
-- and which exclusion it was.
CREATE TABLE cohort_exclusion (
  incident_no  bigint NOT NULL,
  cohort_no    bigint NOT NULL,
  recipient_no bigint NOT NULL,
  exclusion_no bigint NOT NULL,
  PRIMARY KEY (incident_no, cohort_no, recipient_no)
) PARTITION BY LIST (incident_no);
SELECT make_insert_only('cohort_exclusion');

-- +goose Down
DROP TABLE cohort_exclusion, exclusion_person, exclusion_lift, exclusion;
