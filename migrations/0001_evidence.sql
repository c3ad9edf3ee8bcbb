-- What makes a table evidence: rows can be added and never changed or removed.
-- The application's role gets only INSERT and SELECT on such a table (the
-- grants follow the trigger), and the trigger holds for everybody else too.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'evidence in % cannot be changed (%)', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'evidence_insert_only';
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION make_insert_only(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON %s
                  FOR EACH ROW EXECUTE FUNCTION refuse_change()', target);
  EXECUTE format('CREATE TRIGGER insert_only_truncate BEFORE TRUNCATE ON %s
                  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', target);
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION make_insert_only(regclass);
DROP FUNCTION refuse_change();
