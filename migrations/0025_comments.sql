-- What readers remark on a version, about one paragraph of a text or about all of
-- it, and that a remark is settled. None of it is part of the version's hash.

-- +goose Up
CREATE TABLE comment (
  comment_no   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version_no   bigint NOT NULL REFERENCES version,
  variant      integer,
  line         integer,
  block_sha256 bytea,
  body         bytea NOT NULL,
  made_by      bigint NOT NULL REFERENCES user_account,
  at           timestamptz NOT NULL,
  CONSTRAINT comment_anchor CHECK (num_nulls(variant, line, block_sha256) IN (0, 3) AND variant >= 0 AND line > 0)
);
CREATE INDEX comment_of_version ON comment (version_no, comment_no);
SELECT make_insert_only('comment');

CREATE TABLE comment_resolved (
  comment_no bigint NOT NULL REFERENCES comment,
  made_by    bigint NOT NULL REFERENCES user_account,
  at         timestamptz NOT NULL,
  CONSTRAINT comment_resolved_once PRIMARY KEY (comment_no)
);
SELECT make_insert_only('comment_resolved');

-- +goose Down
DROP TABLE comment_resolved, comment;
