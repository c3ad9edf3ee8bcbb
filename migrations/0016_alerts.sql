-- What people are told of at once. One alert stands for all that happens again
-- until somebody acknowledges it, or what it tells of is over. Names are read
-- where they are shown: nothing about a person is in here.

-- +goose Up
CREATE TABLE alert (
  alert_no        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind            text NOT NULL CONSTRAINT alert_kind CHECK (kind IN ('relay_failed', 'relay_unproven', 'relay_shut', 'campaign_stopped', 'campaign_stranded', 'letters_withheld', 'send_late', 'approval_waits')),
  relay_no        bigint REFERENCES relay,
  campaign_no     bigint REFERENCES campaign,
  version_no      bigint REFERENCES version,
  times           bigint NOT NULL DEFAULT 1,
  raised_at       timestamptz NOT NULL DEFAULT now(),
  last_at         timestamptz NOT NULL DEFAULT now(),
  acknowledged_by bigint REFERENCES user_account,
  acknowledged_at timestamptz,
  over_at         timestamptz,
  state           text NOT NULL GENERATED ALWAYS AS (CASE WHEN acknowledged_at IS NOT NULL THEN 'acknowledged' WHEN over_at IS NOT NULL THEN 'over' ELSE 'open' END) STORED,
  CONSTRAINT alert_of_one CHECK (num_nonnulls(relay_no, campaign_no, version_no) = 1),
  CONSTRAINT alert_seen_by CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
CREATE UNIQUE INDEX alert_once ON alert (kind, coalesce(relay_no, 0), coalesce(campaign_no, 0), coalesce(version_no, 0)) WHERE acknowledged_at IS NULL AND over_at IS NULL;
CREATE INDEX alert_by_state ON alert (state, alert_no);
CREATE INDEX alert_of_campaign ON alert (campaign_no) WHERE campaign_no IS NOT NULL;
CREATE INDEX alert_of_version ON alert (version_no) WHERE version_no IS NOT NULL;

-- +goose Down
DROP TABLE alert;
