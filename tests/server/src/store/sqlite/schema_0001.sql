-- The first form of the server's database. Its number is the user_version.

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,   -- epoch, cursor_key, cursor_generation
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  user_id INTEGER PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,         -- the token's subject
  seq     INTEGER NOT NULL DEFAULT 0,   -- the last sequence number; taken in the transaction that writes
  purged  INTEGER NOT NULL DEFAULT 0    -- the highest version of a tombstone that is no longer kept
) STRICT;

CREATE TABLE records (
  user_id        INTEGER NOT NULL REFERENCES users (user_id),
  entity         TEXT NOT NULL,
  id             TEXT NOT NULL,
  version        INTEGER NOT NULL CHECK (version > 0),
  deleted        INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  fields         TEXT NOT NULL CHECK (json_valid(fields)),
  field_versions TEXT NOT NULL CHECK (json_valid(field_versions)),  -- also of cleared fields
  received_at    INTEGER NOT NULL,      -- the server's clock, ms
  PRIMARY KEY (user_id, entity, id)
) STRICT;

-- The feed. Unique: two writes can never share a number.
CREATE UNIQUE INDEX records_feed ON records (user_id, version);
CREATE INDEX records_tombstones ON records (received_at) WHERE deleted = 1;

CREATE TABLE answers (
  user_id     INTEGER NOT NULL REFERENCES users (user_id),
  key         TEXT NOT NULL,            -- the idempotency key
  body_digest BLOB NOT NULL CHECK (length(body_digest) = 32),
  answer      TEXT NOT NULL CHECK (json_valid(answer)),
  stored_at   INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)            -- what makes an operation take effect at most once
) STRICT;

CREATE INDEX answers_by_age ON answers (stored_at);
