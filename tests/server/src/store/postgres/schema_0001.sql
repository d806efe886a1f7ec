-- The first form of the server's database on PostgreSQL: the rules of the SQLite one, and a wall between users.

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,   -- epoch, cursor_key, cursor_generation
  value TEXT NOT NULL
);

-- Room on each page, so that a new number needs no new entry in an index.
CREATE TABLE users (
  user_id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         TEXT COLLATE "C" NOT NULL UNIQUE,   -- the token's subject
  seq          BIGINT NOT NULL DEFAULT 0,          -- the last sequence number; its row is locked by who writes
  purged       BIGINT NOT NULL DEFAULT 0,          -- the highest version of a tombstone that is no longer kept
  live_history BIGINT NOT NULL DEFAULT 0 CHECK (live_history >= 0)   -- kept by the triggers below
) WITH (fillfactor = 50);

CREATE TABLE records (
  user_id        BIGINT NOT NULL REFERENCES users,
  entity         TEXT COLLATE "C" NOT NULL,
  id             TEXT COLLATE "C" NOT NULL,
  version        BIGINT NOT NULL CHECK (version > 0),
  deleted        BOOLEAN NOT NULL,
  fields         JSON NOT NULL,          -- not JSONB: a number must come back as it was sent, and a text may hold \u0000
  field_versions JSON NOT NULL,          -- also of cleared fields
  received_at    BIGINT NOT NULL,        -- the server's clock, ms
  occurred_at    BIGINT NOT NULL,        -- of a history record: its time in ms; else the lowest number
  server_id      TEXT COLLATE "C" CHECK (length(server_id) BETWEEN 1 AND 200),  -- NULL for single records
  is_nameless    BOOLEAN NOT NULL,       -- made elsewhere, and no device has written to it since
  PRIMARY KEY (user_id, entity, id)
);

-- The feed. Unique: two writes can never share a number.
CREATE UNIQUE INDEX records_feed ON records (user_id, version);
CREATE UNIQUE INDEX records_by_server_id ON records (user_id, entity, server_id);
CREATE INDEX records_tombstones ON records (received_at) WHERE deleted;
CREATE INDEX records_newest ON records (user_id, occurred_at DESC, id DESC) WHERE entity = 'history' AND NOT deleted;

CREATE TABLE answers (
  user_id     BIGINT NOT NULL REFERENCES users,
  key         UUID NOT NULL,             -- the idempotency key
  body_digest BYTEA NOT NULL CHECK (length(body_digest) = 32),
  answer      JSON NOT NULL,
  stored_at   BIGINT NOT NULL,
  PRIMARY KEY (user_id, key)             -- what makes an operation take effect at most once
);

CREATE INDEX answers_by_age ON answers (stored_at);

CREATE FUNCTION count_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET live_history = live_history + CASE WHEN new.deleted THEN -1 ELSE 1 END WHERE user_id = new.user_id;
  RETURN NULL;
END $$;

CREATE TRIGGER history_added AFTER INSERT ON records FOR EACH ROW
  WHEN (new.entity = 'history' AND NOT new.deleted) EXECUTE FUNCTION count_history();
CREATE TRIGGER history_changed AFTER UPDATE OF deleted ON records FOR EACH ROW
  WHEN (new.entity = 'history' AND new.deleted <> old.deleted) EXECUTE FUNCTION count_history();

-- The wall. Forced, since the server's role owns the tables. A transaction says for whom it works; one that says
-- nothing sees nobody's rows. The operator's transactions say so, too.
CREATE FUNCTION current_user_id() RETURNS BIGINT LANGUAGE sql STABLE AS $$
  SELECT user_id FROM users WHERE name = current_setting('foodlens.user', true)
$$;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON users USING (name = current_setting('foodlens.user', true));
CREATE POLICY operator ON users USING (current_setting('foodlens.operator', true) = 'on');

ALTER TABLE records ENABLE ROW LEVEL SECURITY;
ALTER TABLE records FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON records USING (user_id = (SELECT current_user_id()));
CREATE POLICY operator ON records USING (current_setting('foodlens.operator', true) = 'on');

ALTER TABLE answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE answers FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON answers USING (user_id = (SELECT current_user_id()));
CREATE POLICY operator ON answers USING (current_setting('foodlens.operator', true) = 'on');
