-- What legal answered to questions about a text, and to what a law asks of it. The
-- newest of a finding counts, in every version of the notice.

-- +goose Up
CREATE TABLE finding_answer (
  answer_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notice_no bigint NOT NULL REFERENCES notice,
  finding   text NOT NULL,
  reason    bytea NOT NULL,
  made_by   bigint NOT NULL REFERENCES user_account,
  at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX finding_answer_of_notice ON finding_answer (notice_no, answer_no);
SELECT make_insert_only('finding_answer');

-- +goose Down
DROP TABLE finding_answer;
