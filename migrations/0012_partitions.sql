-- Partitions are made here only, as the owner, so that the application needs
-- no right to create or drop a table. LIKE and ATTACH instead of PARTITION OF:
-- the latter locks the parent exclusively and would stop a running send.
-- Triggers on a parent reach its partitions for UPDATE and DELETE, not for
-- TRUNCATE: that one is added to each.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION make_partition(parent regclass, number bigint) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF to_regclass(parent::text || '_' || number) IS NOT NULL THEN RETURN; END IF;
  PERFORM make_apart(parent, number);
  PERFORM attach_partition(parent, number);
END $$;
-- +goose StatementEnd

-- A table that is to be a partition, without indexes.
-- +goose StatementBegin
CREATE FUNCTION make_apart(parent regclass, number bigint) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  options text := '';
  key text := (SELECT attname FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
               WHERE p.partrelid = parent);
BEGIN
  IF parent::text = 'delivery' THEN options := ' WITH (fillfactor = 65)'; END IF;
  IF parent::text = 'cohort_member' THEN options := ' PARTITION BY LIST (cohort_no)'; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE, CONSTRAINT of_parent CHECK (%I = %s))%s',
    parent::text || '_' || number, parent, key, number, options);
END $$;
-- +goose StatementEnd

-- Its rows get the indexes of the parent here.
-- +goose StatementBegin
CREATE FUNCTION attach_partition(parent regclass, number bigint) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE child text := parent::text || '_' || number;
BEGIN
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I FOR VALUES IN (%s)', parent, child, number);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT of_parent', child);
  IF EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = parent AND tgname = 'insert_only_truncate') THEN
    EXECUTE format('CREATE TRIGGER insert_only_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', child);
  END IF;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION make_incident_partitions(number bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM incident WHERE incident_no = number) THEN
    RAISE EXCEPTION 'there is no incident %', number USING ERRCODE = 'foreign_key_violation';
  END IF;
  PERFORM make_partition('list_reject', number);
  PERFORM make_partition('recipient_similar', number);
  PERFORM make_partition('recipient_flag', number);
  PERFORM make_partition('cohort_member', number);
  PERFORM make_partition('placement', number);
  PERFORM make_partition('upgrade_person', number);
  PERFORM make_partition('exclusion_person', number);
  PERFORM make_partition('cohort_exclusion', number);
  PERFORM make_partition('gate_fact', number);
  PERFORM make_partition('pool_code', number);
  PERFORM make_partition('pool_grant', number);
END $$;
-- +goose StatementEnd

-- A table that stands apart is written without indexes, and its million rows are
-- indexed at once when it is attached, which is less work than one by one. Nobody
-- else sees it before the commit.
-- +goose StatementBegin
CREATE FUNCTION begin_apart(parent regclass, number bigint) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM make_apart(parent, number);
  IF session_user <> current_user THEN
    EXECUTE format('GRANT INSERT ON %I TO %I', parent::text || '_' || number, session_user);
  END IF;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION attach_apart(parent regclass, number bigint) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp SET maintenance_work_mem = '128MB' AS $$
BEGIN
  IF session_user <> current_user THEN
    EXECUTE format('REVOKE ALL ON %I FROM %I', parent::text || '_' || number, session_user);
  END IF;
  PERFORM attach_partition(parent, number);
END $$;
-- +goose StatementEnd

-- The first list of an incident is written apart. False: the incident has its
-- people's tables.
-- +goose StatementBegin
CREATE FUNCTION begin_people(number bigint) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM incident WHERE incident_no = number) THEN
    RAISE EXCEPTION 'there is no incident %', number USING ERRCODE = 'foreign_key_violation';
  END IF;
  IF to_regclass('recipient_' || number) IS NOT NULL THEN RETURN false; END IF;
  PERFORM begin_apart('list_row', number);
  PERFORM begin_apart('recipient', number);
  RETURN true;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION attach_people(number bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM attach_apart('list_row', number);
  PERFORM attach_apart('recipient', number);
END $$;
-- +goose StatementEnd

-- So are the members of each cohort, which are all there when it is frozen.
-- +goose StatementBegin
CREATE FUNCTION begin_members(number bigint, cohort bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM cohort c WHERE c.incident_no = number AND c.cohort_no = cohort) THEN
    RAISE EXCEPTION 'there is no cohort % of incident %', cohort, number USING ERRCODE = 'foreign_key_violation';
  END IF;
  PERFORM begin_apart(format('cohort_member_%s', number)::regclass, cohort);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION attach_members(number bigint, cohort bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET default_statistics_target = 20 AS $$
BEGIN
  PERFORM attach_apart(format('cohort_member_%s', number)::regclass, cohort);
  EXECUTE format('ANALYZE %I, %I', format('cohort_member_%s_%s', number, cohort), 'placement_' || number);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION make_campaign_partitions(number bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM campaign WHERE campaign_no = number) THEN
    RAISE EXCEPTION 'there is no campaign %', number USING ERRCODE = 'foreign_key_violation';
  END IF;
  PERFORM make_partition('batch', number);
  PERFORM make_partition('delivery', number);
  PERFORM make_partition('delivery_open', number);
  PERFORM make_partition('intent', number);
  PERFORM make_partition('outcome', number);
  PERFORM make_partition('decision', number);
END $$;
-- +goose StatementEnd

-- A prepared UPDATE that was planned while a partition was empty scans it for
-- ever. Only the owner may ANALYZE.
-- +goose StatementBegin
CREATE FUNCTION analyze_campaign(number bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF to_regclass('delivery_' || number) IS NULL THEN RETURN; END IF;
  EXECUTE format('ANALYZE %I', 'delivery_' || number);
  EXECUTE format('ANALYZE %I', 'batch_' || number);
END $$;
-- +goose StatementEnd

-- The same for the people of an incident after an import.
-- +goose StatementBegin
CREATE FUNCTION analyze_incident(number bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET default_statistics_target = 20 AS $$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['list_row', 'recipient', 'recipient_similar', 'exclusion_person', 'gate_fact'] LOOP
    IF to_regclass(parent || '_' || number) IS NOT NULL THEN
      EXECUTE format('ANALYZE %I', parent || '_' || number);
    END IF;
  END LOOP;
END $$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION make_partition(regclass, bigint), make_apart(regclass, bigint), attach_partition(regclass, bigint), begin_apart(regclass, bigint), attach_apart(regclass, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION begin_people(bigint), attach_people(bigint), begin_members(bigint, bigint), attach_members(bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION make_incident_partitions(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION make_campaign_partitions(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION analyze_campaign(bigint), analyze_incident(bigint) FROM PUBLIC;

-- +goose Down
DROP FUNCTION analyze_incident(bigint), analyze_campaign(bigint), make_campaign_partitions(bigint), make_incident_partitions(bigint),
  attach_members(bigint, bigint), begin_members(bigint, bigint), attach_people(bigint), begin_people(bigint), attach_apart(regclass, bigint), begin_apart(regclass, bigint),
  make_partition(regclass, bigint), attach_partition(regclass, bigint), make_apart(regclass, bigint);
