-- Cohorts and where people were placed. The primary key of placement is the
-- promise that a person hears one first notice in an incident.

-- +goose Up
CREATE TABLE cohort (
  cohort_no      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no    bigint NOT NULL REFERENCES incident,
  name           text NOT NULL,
  kind           text NOT NULL CONSTRAINT cohort_kind CHECK (kind IN ('first', 'follow_up')),
  precedence     integer,
  basis_campaign bigint,
  rule           jsonb NOT NULL,
  lists          bigint[] NOT NULL DEFAULT '{}',
  state          text NOT NULL DEFAULT 'draft' CONSTRAINT cohort_state CHECK (state IN ('draft', 'freezing', 'frozen')),
  size           bigint,
  resolved_size  bigint,
  excluded       bigint,
  lost_to        jsonb,
  figures        jsonb,
  root           bytea,
  frozen_at      timestamptz,
  frozen_by      bigint REFERENCES user_account,
  created_by     bigint NOT NULL REFERENCES user_account,
  created_at     timestamptz NOT NULL DEFAULT now(),
  version        integer NOT NULL DEFAULT 1,
  -- Another version of a frozen cohort has those who came since, in its place.
  previous_no    bigint REFERENCES cohort CONSTRAINT cohort_next_once UNIQUE,
  edition        integer NOT NULL DEFAULT 1,
  CONSTRAINT cohort_name_once UNIQUE (incident_no, name),
  CONSTRAINT cohort_precedence_once UNIQUE (incident_no, precedence, edition),
  CONSTRAINT cohort_edition_follows CHECK (edition > 0 AND (edition = 1) = (previous_no IS NULL) AND (edition = 1 OR kind = 'first')),
  CONSTRAINT cohort_first_has_precedence CHECK ((kind = 'first') = (precedence IS NOT NULL)),
  CONSTRAINT cohort_follow_up_has_basis CHECK ((kind = 'follow_up') = (basis_campaign IS NOT NULL)),
  CONSTRAINT cohort_frozen_whole CHECK (state <> 'frozen' OR (root IS NOT NULL AND resolved_size IS NOT NULL AND frozen_at IS NOT NULL))
);

-- A frozen cohort is evidence; until then it is a draft that may go.
-- +goose StatementBegin
CREATE FUNCTION refuse_thaw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'frozen' THEN
    RAISE EXCEPTION 'cohort % is frozen', OLD.cohort_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cohort_frozen';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER cohort_frozen BEFORE UPDATE OR DELETE ON cohort FOR EACH ROW EXECUTE FUNCTION refuse_thaw();

CREATE TABLE cohort_member (
  incident_no  bigint NOT NULL,
  cohort_no    bigint NOT NULL,
  seq          bigint NOT NULL,
  recipient_no bigint NOT NULL,
  PRIMARY KEY (incident_no, cohort_no, seq),
  CONSTRAINT cohort_member_once UNIQUE (incident_no, cohort_no, recipient_no)
) PARTITION BY LIST (incident_no);
SELECT make_insert_only('cohort_member');

CREATE TABLE placement (
  incident_no  bigint NOT NULL,
  recipient_no bigint NOT NULL,
  cohort_no    bigint NOT NULL,
  reason       jsonb NOT NULL,
  at           timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (incident_no, recipient_no)
) PARTITION BY LIST (incident_no);
SELECT make_insert_only('placement');

-- What was decided about people who match a more specific cohort than the one
-- in which they were placed. A placement never moves: they are told more by a
-- follow-up, or somebody says why what they heard is enough.
CREATE TABLE upgrade_decision (
  decision_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_no bigint NOT NULL REFERENCES incident,
  cohort_no   bigint NOT NULL REFERENCES cohort,
  from_cohort bigint NOT NULL REFERENCES cohort,
  ruling      text NOT NULL CONSTRAINT upgrade_ruling CHECK (ruling IN ('follow_up', 'leave')),
  people      bigint NOT NULL CHECK (people > 0),
  root        bytea NOT NULL,
  reason      bytea NOT NULL,
  made_by     bigint NOT NULL REFERENCES user_account,
  made_at     timestamptz NOT NULL,
  entry_id    uuid NOT NULL
);
CREATE INDEX upgrade_decision_of_incident ON upgrade_decision (incident_no, decision_no);
SELECT make_insert_only('upgrade_decision');

CREATE TABLE upgrade_person (
  incident_no  bigint NOT NULL,
  cohort_no    bigint NOT NULL,
  recipient_no bigint NOT NULL,
  decision_no  bigint NOT NULL,
  PRIMARY KEY (incident_no, cohort_no, recipient_no, decision_no)
) PARTITION BY LIST (incident_no);
SELECT make_insert_only('upgrade_person');

-- +goose Down
DROP TABLE upgrade_person, upgrade_decision, placement, cohort_member, cohort;
DROP FUNCTION refuse_thaw();
