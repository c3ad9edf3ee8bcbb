-- Figures without counting: how many deliveries of each block of a plan have a
-- status, kept by the database with every change of a status. The application
-- reads them and cannot write them. A row belongs to one backend, which adds
-- what it changed: nobody waits for anybody, and the sum over backends is exact
-- in every snapshot. The rows come with the plan.

-- +goose Up
CREATE TABLE delivery_sum (
  campaign_no bigint NOT NULL,
  status      text NOT NULL,
  block_no    integer NOT NULL,
  backend     integer NOT NULL,
  n           bigint NOT NULL,
  PRIMARY KEY (campaign_no, status, block_no, backend)
) WITH (fillfactor = 70);

-- How many attempts were answered in each span of five seconds.
CREATE TABLE delivery_pace (
  campaign_no bigint NOT NULL,
  slot        timestamptz NOT NULL,
  backend     integer NOT NULL,
  n           bigint NOT NULL,
  PRIMARY KEY (campaign_no, slot, backend)
) WITH (fillfactor = 70);

-- +goose StatementBegin
CREATE FUNCTION count_delivery_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO delivery_sum AS s (campaign_no, status, block_no, backend, n)
  SELECT campaign_no, status, (seq - 1) / 512, pg_backend_pid(), sum(n)
  FROM (SELECT campaign_no, status, seq, -1 AS n FROM was UNION ALL SELECT campaign_no, status, seq, 1 FROM became) c
  GROUP BY 1, 2, 3 HAVING sum(n) <> 0
  ON CONFLICT (campaign_no, status, block_no, backend) DO UPDATE SET n = s.n + excluded.n;
  INSERT INTO delivery_pace AS p (campaign_no, slot, backend, n)
  SELECT campaign_no, date_bin('5 s', now(), 'epoch'), pg_backend_pid(), sum(n)
  FROM (SELECT campaign_no, -1 AS n FROM was WHERE status IN ('accepted', 'rejected', 'indeterminate')
        UNION ALL SELECT campaign_no, 1 FROM became WHERE status IN ('accepted', 'rejected', 'indeterminate')) c
  GROUP BY 1 HAVING sum(n) > 0
  ON CONFLICT (campaign_no, slot, backend) DO UPDATE SET n = p.n + excluded.n;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER delivery_counted AFTER UPDATE ON delivery REFERENCING OLD TABLE AS was NEW TABLE AS became
  FOR EACH STATEMENT EXECUTE FUNCTION count_delivery_change();

-- A plan's deliveries are written in blocks of many rows; they are counted
-- once, when the plan is there. A trigger on INSERT would make COPY go row by row.
-- +goose StatementBegin
CREATE FUNCTION count_plan() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM delivery_sum WHERE campaign_no = NEW.campaign_no;
  INSERT INTO delivery_sum (campaign_no, status, block_no, backend, n)
  SELECT campaign_no, status, (seq - 1) / 512, 0, count(*) FROM delivery WHERE campaign_no = NEW.campaign_no GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER campaign_counted AFTER UPDATE ON campaign FOR EACH ROW
  WHEN (OLD.state = 'preflighting' AND NEW.state = 'ready') EXECUTE FUNCTION count_plan();

REVOKE ALL ON FUNCTION count_delivery_change(), count_plan() FROM PUBLIC;

-- +goose Down
DROP TRIGGER campaign_counted ON campaign;
DROP TRIGGER delivery_counted ON delivery;
DROP FUNCTION count_plan(), count_delivery_change();
DROP TABLE delivery_pace, delivery_sum;
