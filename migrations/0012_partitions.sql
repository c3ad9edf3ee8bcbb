-- Partitions are made here only, as the owner, so that the application needs
-- no right to create or drop a table. LIKE and ATTACH instead of PARTITION OF:
-- the latter locks the parent exclusively and would stop a running send.
-- Triggers on a parent reach its partitions for UPDATE and DELETE, not for
-- TRUNCATE: that one is added to each.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION make_partition(parent regclass, number bigint) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  child text := parent::text || '_' || number;
  options text := '';
  key text := (SELECT attname FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
               WHERE p.partrelid = parent);
BEGIN
  IF to_regclass(child) IS NOT NULL THEN RETURN; END IF;
  IF parent::text = 'delivery' THEN options := ' WITH (fillfactor = 65)'; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE, CONSTRAINT of_parent CHECK (%I = %s))%s', child, parent, key, number, options);
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
  PERFORM make_partition('list_row', number);
  PERFORM make_partition('list_reject', number);
  PERFORM make_partition('recipient', number);
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

-- The same for the people of an incident after an import or a freeze.
-- +goose StatementBegin
CREATE FUNCTION analyze_incident(number bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['list_row', 'recipient', 'recipient_similar', 'cohort_member', 'placement', 'exclusion_person', 'gate_fact'] LOOP
    IF to_regclass(parent || '_' || number) IS NOT NULL THEN
      EXECUTE format('ANALYZE %I', parent || '_' || number);
    END IF;
  END LOOP;
END $$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION make_partition(regclass, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION make_incident_partitions(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION make_campaign_partitions(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION analyze_campaign(bigint), analyze_incident(bigint) FROM PUBLIC;

-- +goose Down
DROP FUNCTION analyze_incident(bigint), analyze_campaign(bigint), make_campaign_partitions(bigint), make_incident_partitions(bigint), make_partition(regclass, bigint);
