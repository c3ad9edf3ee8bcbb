-- Different people write, approve and launch. The service says so in a
-- sentence; here it cannot be got around, by whichever way a row comes in. The
-- advisory lock on the line of the text keeps an author and an approver who
-- act at the same moment from both passing.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION lock_line(notice bigint) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('line of notice', notice));
$$;
-- +goose StatementEnd

-- Whether somebody approved a text and wrote in its line, before or after.
-- +goose StatementBegin
CREATE FUNCTION approver_wrote(text_hash bytea) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT 1 FROM approval a JOIN version v USING (version_no) JOIN version_author w ON w.notice_no = v.notice_no AND w.user_no = a.approver
    WHERE a.kind = 'version' AND a.target = text_hash);
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION check_author() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM lock_line(NEW.notice_no);
  IF EXISTS (SELECT 1 FROM campaign c JOIN version v USING (version_no) JOIN approval a ON a.kind = 'plan' AND a.target = c.plan_sha256
             WHERE v.notice_no = NEW.notice_no AND a.approver = NEW.user_no AND c.state IN ('approved', 'scheduled', 'sending', 'paused')) THEN
    RAISE EXCEPTION 'user % approved a plan with this text', NEW.user_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'author_approved_plan';
  END IF;
  IF EXISTS (SELECT 1 FROM campaign c JOIN version v USING (version_no) JOIN approval a ON a.kind = 'version' AND a.target = v.sha256
             WHERE v.notice_no = NEW.notice_no AND a.approver = NEW.user_no AND c.state IN ('approved', 'scheduled', 'sending', 'paused')
               AND NOT EXISTS (SELECT 1 FROM version_event e WHERE e.version_no = v.version_no AND e.kind = 'withdraw')) THEN
    RAISE EXCEPTION 'user % approved this text', NEW.user_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'author_approved_text';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER different_people BEFORE INSERT ON version_author FOR EACH ROW EXECUTE FUNCTION check_author();

-- A relay that the incident excludes, by its host or its id, joins no campaign.
-- +goose StatementBegin
CREATE FUNCTION refuse_excluded_relays(campaign bigint, amended bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM amendment m, jsonb_array_elements(convert_from(m.document, 'UTF8')::jsonb->'relays') r,
       (SELECT f.document->'excluded_relays' AS names FROM incident_fact f JOIN campaign c USING (incident_no) WHERE c.campaign_no = campaign ORDER BY f.version DESC LIMIT 1) excluded
     WHERE m.sha256 = amended AND (names ? (r->>'host') OR names ? (r->>'id'))) THEN
    RAISE EXCEPTION 'a relay of the amendment of campaign % is excluded from its incident', campaign
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'campaign_relay_excluded';
  END IF;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION check_approval() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE line bigint;
BEGIN
  IF NEW.kind = 'version' THEN
    SELECT notice_no INTO line FROM version WHERE version_no = NEW.version_no;
  ELSE
    SELECT v.notice_no INTO line FROM campaign c JOIN version v USING (version_no) WHERE c.campaign_no = NEW.campaign_no;
  END IF;
  PERFORM lock_line(line);
  IF NOT EXISTS (SELECT 1 FROM user_account WHERE user_no = NEW.approver AND role = 'legal' AND disabled_at IS NULL) THEN
    RAISE EXCEPTION 'user % is not in legal', NEW.approver
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approver_is_legal';
  END IF;
  IF EXISTS (SELECT 1 FROM version_author WHERE notice_no = line AND user_no = NEW.approver) THEN
    RAISE EXCEPTION 'user % wrote in the line of this text', NEW.approver
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approver_is_author';
  END IF;
  IF NEW.kind = 'plan' THEN
    IF NOT EXISTS (SELECT 1 FROM plan WHERE sha256 = NEW.target AND campaign_no = NEW.campaign_no) THEN
      RAISE EXCEPTION 'no such plan of campaign %', NEW.campaign_no
        USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'approval_of_plan';
    END IF;
    IF EXISTS (SELECT 1 FROM campaign_builder WHERE campaign_no = NEW.campaign_no AND user_no = NEW.approver) THEN
      RAISE EXCEPTION 'user % built this plan', NEW.approver
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approver_is_builder';
    END IF;
    IF approver_wrote((SELECT v.sha256 FROM campaign c JOIN version v USING (version_no) WHERE c.campaign_no = NEW.campaign_no)) THEN
      RAISE EXCEPTION 'who approved the text of campaign % wrote in its line', NEW.campaign_no
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'text_approver_is_author';
    END IF;
  END IF;
  IF NEW.kind = 'amendment' THEN
    IF NOT EXISTS (SELECT 1 FROM amendment m JOIN campaign c USING (campaign_no) WHERE m.sha256 = NEW.target AND m.campaign_no = NEW.campaign_no AND c.state = 'paused'
                   AND m.no = (SELECT max(no) FROM amendment WHERE campaign_no = m.campaign_no)) THEN
      RAISE EXCEPTION 'no such amendment of campaign %, or it is not paused', NEW.campaign_no
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_of_amendment';
    END IF;
    IF EXISTS (SELECT 1 FROM campaign_builder WHERE campaign_no = NEW.campaign_no AND user_no = NEW.approver)
       OR EXISTS (SELECT 1 FROM amendment WHERE sha256 = NEW.target AND made_by = NEW.approver) THEN
      RAISE EXCEPTION 'user % built this plan', NEW.approver
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approver_is_builder';
    END IF;
    IF EXISTS (SELECT 1 FROM launch JOIN campaign USING (campaign_no, plan_no) WHERE campaign_no = NEW.campaign_no AND launched_by = NEW.approver) THEN
      RAISE EXCEPTION 'user % launched this', NEW.approver
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approver_is_launcher';
    END IF;
    PERFORM refuse_excluded_relays(NEW.campaign_no, NEW.target);
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER different_people BEFORE INSERT ON approval FOR EACH ROW EXECUTE FUNCTION check_approval();

-- +goose StatementBegin
CREATE FUNCTION check_launch() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE line bigint; text_hash bytea;
BEGIN
  SELECT v.notice_no, v.sha256 INTO line, text_hash FROM campaign c JOIN version v USING (version_no) WHERE c.campaign_no = NEW.campaign_no;
  PERFORM lock_line(line);
  IF NOT EXISTS (SELECT 1 FROM user_account WHERE user_no = NEW.launched_by AND role = 'ops' AND disabled_at IS NULL) THEN
    RAISE EXCEPTION 'user % is not in ops', NEW.launched_by
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'launcher_is_ops';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM approval WHERE kind = 'plan' AND target = NEW.plan_sha256) THEN
    RAISE EXCEPTION 'plan of campaign % is not approved', NEW.campaign_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'launch_needs_approval';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM approval WHERE kind = 'version' AND target = text_hash)
     OR EXISTS (SELECT 1 FROM version_event JOIN version USING (version_no) WHERE sha256 = text_hash AND kind = 'withdraw') THEN
    RAISE EXCEPTION 'text of campaign % is not approved', NEW.campaign_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'launch_needs_approved_text';
  END IF;
  IF EXISTS (SELECT 1 FROM version_author WHERE notice_no = line AND user_no = NEW.launched_by) THEN
    RAISE EXCEPTION 'user % wrote in the line of this text', NEW.launched_by
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'launcher_is_author';
  END IF;
  IF approver_wrote(text_hash) THEN
    RAISE EXCEPTION 'who approved the text of campaign % wrote in its line', NEW.campaign_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'text_approver_is_author';
  END IF;
  IF EXISTS (SELECT 1 FROM approval WHERE target IN (NEW.plan_sha256, text_hash) AND approver = NEW.launched_by) THEN
    RAISE EXCEPTION 'user % approved this', NEW.launched_by
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'launcher_is_approver';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER different_people BEFORE INSERT ON launch FOR EACH ROW EXECUTE FUNCTION check_launch();

REVOKE ALL ON FUNCTION lock_line(bigint), approver_wrote(bytea), refuse_excluded_relays(bigint, bytea), check_author(), check_approval(), check_launch() FROM PUBLIC;

-- +goose Down
DROP TRIGGER different_people ON launch;
DROP TRIGGER different_people ON approval;
DROP TRIGGER different_people ON version_author;
DROP FUNCTION check_launch(), check_approval(), check_author(), refuse_excluded_relays(bigint, bytea), approver_wrote(bytea), lock_line(bigint);
