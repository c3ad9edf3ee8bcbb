-- The state machine of a campaign, held where no program can get around it:
-- which state may follow which, that what was launched cannot be edited, and
-- that complete is an equation.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION check_campaign_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  edited boolean := (NEW.incident_no, NEW.cohort_no, NEW.version_no, NEW.sender_no, NEW.relays, NEW.max_rate_per_second, NEW.schedule_at,
                     NEW.expire_after_seconds, NEW.on_indeterminate, NEW.max_per_domain, NEW.max_concurrency, NEW.ramp, NEW.stop_above_percent, NEW.send_window, NEW.corrects)
    IS DISTINCT FROM (OLD.incident_no, OLD.cohort_no, OLD.version_no, OLD.sender_no, OLD.relays, OLD.max_rate_per_second, OLD.schedule_at,
                     OLD.expire_after_seconds, OLD.on_indeterminate, OLD.max_per_domain, OLD.max_concurrency, OLD.ramp, OLD.stop_above_percent, OLD.send_window, OLD.corrects);
BEGIN
  IF edited AND NEW.state <> 'draft' THEN
    RAISE EXCEPTION 'campaign % is edited only as a draft', OLD.campaign_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_plan_fixed';
  END IF;
  IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
      'draft>preflighting', 'ready>preflighting', 'preflighting>draft', 'preflighting>ready', 'ready>draft', 'approved>draft', 'scheduled>draft',
      'approved>preflighting', 'ready>approved', 'approved>scheduled', 'scheduled>sending', 'sending>paused', 'paused>sending',
      'scheduled>aborted', 'sending>aborted', 'paused>aborted', 'sending>complete', 'paused>complete', 'paused>closed_with_exceptions', 'sending>closed_with_exceptions']) THEN
    RAISE EXCEPTION 'campaign % cannot go from % to %', OLD.campaign_no, OLD.state, NEW.state
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_state_order';
  END IF;
  IF NEW.state = 'approved' AND OLD.state <> 'approved' AND NOT EXISTS (SELECT 1 FROM approval WHERE kind = 'plan' AND target = NEW.plan_sha256) THEN
    RAISE EXCEPTION 'plan of campaign % is not approved', OLD.campaign_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_needs_approval';
  END IF;
  IF NEW.state IN ('scheduled', 'sending') AND OLD.state IN ('approved', 'scheduled') AND NOT EXISTS
     (SELECT 1 FROM launch WHERE campaign_no = NEW.campaign_no AND plan_no = NEW.plan_no AND plan_sha256 = NEW.plan_sha256) THEN
    RAISE EXCEPTION 'campaign % was not launched', OLD.campaign_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_needs_launch';
  END IF;
  IF NEW.state = 'complete' AND OLD.state <> 'complete' AND EXISTS (SELECT 1 FROM delivery WHERE campaign_no = NEW.campaign_no
     AND status IN ('pending', 'held', 'sending', 'deferred', 'indeterminate')) THEN
    RAISE EXCEPTION 'campaign % still has unexplained deliveries', OLD.campaign_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_complete_adds_up';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER campaign_change BEFORE UPDATE ON campaign FOR EACH ROW EXECUTE FUNCTION check_campaign_change();

-- A relay that the incident excludes, by its host or its id, is never chosen,
-- approved or launched with. What runs already is moved by people.
-- +goose StatementBegin
CREATE FUNCTION check_campaign_relays() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.relays = OLD.relays AND (NEW.state = OLD.state OR NEW.state NOT IN ('approved', 'scheduled')) THEN
    RETURN NEW;
  END IF;
  IF EXISTS (SELECT 1 FROM relay JOIN relay_revision r USING (relay_no, revision),
       (SELECT document->'excluded_relays' AS names FROM incident_fact WHERE incident_no = NEW.incident_no ORDER BY version DESC LIMIT 1) excluded
     WHERE relay_no = ANY (NEW.relays) AND (names ? r.host OR names ? ('rel_' || relay_no))) THEN
    RAISE EXCEPTION 'a relay of campaign % is excluded from its incident', NEW.name
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_relay_excluded';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER campaign_relays BEFORE INSERT OR UPDATE ON campaign FOR EACH ROW EXECUTE FUNCTION check_campaign_relays();

-- The prepared rows of a plan may go while nothing was launched with them.
-- +goose StatementBegin
CREATE FUNCTION check_delivery_delete() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM campaign WHERE campaign_no = (SELECT campaign_no FROM gone LIMIT 1)
             AND state IN ('sending', 'paused', 'complete', 'closed_with_exceptions', 'aborted')) THEN
    RAISE EXCEPTION 'deliveries and codes of a campaign that was started are evidence'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER delivery_kept AFTER DELETE ON delivery REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION check_delivery_delete();
CREATE TRIGGER code_kept AFTER DELETE ON code REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION check_delivery_delete();

REVOKE ALL ON FUNCTION check_campaign_change(), check_campaign_relays(), check_delivery_delete() FROM PUBLIC;

-- +goose Down
DROP TRIGGER code_kept ON code;
DROP TRIGGER delivery_kept ON delivery;
DROP TRIGGER campaign_relays ON campaign;
DROP TRIGGER campaign_change ON campaign;
DROP FUNCTION check_delivery_delete(), check_campaign_relays(), check_campaign_change();
