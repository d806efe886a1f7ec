-- What the steps in migrations/ leave of a file with nothing in it, without their comments: SQLite keeps each statement as it
-- stands, and every connection reads them all. A new file is made in one go. A step changes this file, too; a test in
-- migrate.rs compares the two.
CREATE TABLE account (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    user_id   TEXT NOT NULL,
    server    TEXT NOT NULL,
    device_id BLOB NOT NULL CHECK (length(device_id) = 16)
, marked INTEGER NOT NULL DEFAULT 0, runs INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0, signed_out INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE sync_state (
    only_row        INTEGER PRIMARY KEY CHECK (only_row = 1),
    epoch           TEXT,
    cursor          TEXT,
    restored        INTEGER NOT NULL DEFAULT 0,
    auth_required   INTEGER NOT NULL DEFAULT 0,
    paused          INTEGER NOT NULL DEFAULT 0,
    failed_runs     INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    wait_until      INTEGER,
    single_until    INTEGER,
    last_success_at INTEGER,
    last_error      TEXT,
    lease_owner     BLOB,
    lease_until     INTEGER
, capabilities TEXT, capabilities_at INTEGER, retry_parked TEXT, app_version TEXT, head_cursor TEXT, lists_cursor TEXT, lists_restored INTEGER NOT NULL DEFAULT 0, older_cursor TEXT, older_left INTEGER NOT NULL DEFAULT 0, restored_records INTEGER NOT NULL DEFAULT 0, restored_total INTEGER, safe_merge INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE profile (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    server_id  TEXT,
    version    INTEGER,
    body       TEXT NOT NULL,
    base       TEXT,
    base_kind  INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3),
    deleted    INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    sort_key   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, shelf INTEGER NOT NULL DEFAULT 0,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE TABLE settings (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), server_id TEXT, version INTEGER, body TEXT NOT NULL, base TEXT,
    base_kind INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3), deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    sort_key INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, shelf INTEGER NOT NULL DEFAULT 0,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE TABLE allergy_list (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), server_id TEXT, version INTEGER, body TEXT NOT NULL, base TEXT,
    base_kind INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3), deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    sort_key INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, shelf INTEGER NOT NULL DEFAULT 0,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE TABLE allergies (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), server_id TEXT, version INTEGER, body TEXT NOT NULL, base TEXT,
    base_kind INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3), deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    sort_key INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, shelf INTEGER NOT NULL DEFAULT 0,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE TABLE history (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), server_id TEXT, version INTEGER, body TEXT NOT NULL, base TEXT,
    base_kind INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3), deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    sort_key INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, shelf INTEGER NOT NULL DEFAULT 0,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE TABLE operations (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    key              BLOB NOT NULL CHECK (length(key) = 16),
    user_id          TEXT NOT NULL,
    collection       INTEGER NOT NULL CHECK (collection BETWEEN 1 AND 5),
    record_id        BLOB NOT NULL CHECK (length(record_id) = 16),
    kind             INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
    payload_version  INTEGER NOT NULL,
    payload          TEXT NOT NULL,
    seen_before      TEXT NOT NULL,
    base_version     INTEGER,
    state            INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    ready_at         INTEGER,
    attempts         INTEGER NOT NULL DEFAULT 0,
    created_at       INTEGER NOT NULL,
    first_attempt_at INTEGER,
    settled_at       INTEGER,
    failure          TEXT,
    server_code      TEXT,
    http_status      INTEGER,
    request_id       TEXT, yields INTEGER NOT NULL DEFAULT 0, receipt INTEGER NOT NULL DEFAULT 0 CHECK (receipt IN (0, 1)),
    CHECK (ready_at IS NULL OR state = 0)
) STRICT;
CREATE TABLE conflicts (
    id             BLOB PRIMARY KEY CHECK (length(id) = 16),
    collection     INTEGER NOT NULL CHECK (collection BETWEEN 1 AND 5),
    record_id      BLOB NOT NULL CHECK (length(record_id) = 16),
    revision       INTEGER NOT NULL,
    base           TEXT,
    local          TEXT,
    remote         TEXT,
    remote_version INTEGER NOT NULL,
    deferred       INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL,
    answered_at    INTEGER
, other_id BLOB CHECK (other_id IS NULL OR length(other_id) = 16)) STRICT;
CREATE TABLE overwritten (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    collection  INTEGER NOT NULL,
    record_id   BLOB NOT NULL,
    field       TEXT NOT NULL,
    value       TEXT NOT NULL,
    noticed_at  INTEGER NOT NULL
) STRICT;
CREATE TABLE unreadable (
    source     TEXT NOT NULL,
    entity     TEXT NOT NULL,
    record     TEXT NOT NULL,
    raw        TEXT NOT NULL,
    reason     TEXT NOT NULL,
    noticed_at INTEGER NOT NULL,
    PRIMARY KEY (source, entity, record)
) STRICT, WITHOUT ROWID;
CREATE TABLE imported (
    record_id BLOB PRIMARY KEY CHECK (length(record_id) = 16)
) STRICT, WITHOUT ROWID;
CREATE TABLE queue_counts (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    gone     INTEGER NOT NULL,
    failed   INTEGER NOT NULL
) STRICT;
CREATE TRIGGER operations_removed AFTER DELETE ON operations WHEN OLD.state <> 3
BEGIN
    UPDATE queue_counts SET gone = gone + 1, failed = failed - (OLD.state = 2);
END;
CREATE TABLE waits_for (
    seq    INTEGER NOT NULL,
    on_seq INTEGER NOT NULL,
    PRIMARY KEY (seq, on_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_for_on ON waits_for (on_seq);
CREATE INDEX history_shelves ON history (shelf, sort_key DESC, id DESC);
CREATE VIRTUAL TABLE history_words
    USING fts5(words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
CREATE VIRTUAL TABLE history_terms USING fts5vocab (history_words, instance);
CREATE TABLE search_state (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    indexed_to INTEGER NOT NULL,
    form       INTEGER NOT NULL
) STRICT;
CREATE TABLE history_moved (
    row  INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
CREATE TRIGGER history_changed AFTER UPDATE OF body, deleted ON history
WHEN OLD.body <> NEW.body OR OLD.deleted <> NEW.deleted
BEGIN
    INSERT INTO history_moved
        SELECT OLD.rowid, iif(OLD.deleted, '', OLD.body) FROM search_state
        WHERE OLD.rowid <= indexed_to AND NOT EXISTS (SELECT 1 FROM history_moved WHERE row = OLD.rowid);
END;
CREATE UNIQUE INDEX conflicts_open ON conflicts (collection, record_id, ifnull(other_id, x'')) WHERE answered_at IS NULL;
CREATE INDEX operations_yielding ON operations (seq) WHERE yields = 1 AND first_attempt_at IS NULL;
CREATE TABLE legacy (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    source     INTEGER NOT NULL CHECK (source IN (0, 1)),
    collection INTEGER NOT NULL CHECK (collection BETWEEN 1 AND 5),
    legacy_id  TEXT NOT NULL,
    stable_id  BLOB NOT NULL CHECK (length(stable_id) = 16),
    raw        TEXT NOT NULL,
    state      INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    note       TEXT,
    turn       INTEGER NOT NULL,
    round      INTEGER NOT NULL,
    shelf      INTEGER NOT NULL,
    sort_key   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX legacy_ids ON legacy (stable_id);
CREATE INDEX legacy_waiting ON legacy (source, turn, position) WHERE state = 0;
CREATE INDEX legacy_shelves ON legacy (source, collection, shelf, sort_key DESC, stable_id DESC);
CREATE TABLE legacy_imports (
    source   INTEGER PRIMARY KEY CHECK (source IN (0, 1)),
    origin   TEXT NOT NULL,
    round    INTEGER NOT NULL,
    stored   INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    reads_on INTEGER NOT NULL
) STRICT;
CREATE TRIGGER history_removed AFTER DELETE ON history
BEGIN
    INSERT INTO history_moved
        SELECT OLD.rowid, iif(OLD.deleted, '', OLD.body) FROM search_state
        WHERE OLD.rowid <= indexed_to AND NOT EXISTS (SELECT 1 FROM history_moved WHERE row = OLD.rowid);
    UPDATE search_state SET indexed_to = (SELECT coalesce(max(rowid), 0) FROM history)
        WHERE indexed_to > (SELECT coalesce(max(rowid), 0) FROM history);
END;
CREATE INDEX operations_lane ON operations (collection, record_id) WHERE receipt = 0;
CREATE INDEX operations_ready ON operations (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX operations_state ON operations (state) WHERE state <> 0;
CREATE TRIGGER operations_parked AFTER UPDATE OF failure ON operations WHEN (OLD.state = 2) <> (NEW.state = 2)
BEGIN
    UPDATE queue_counts SET failed = failed + (NEW.state = 2) - (OLD.state = 2);
END;

INSERT INTO sync_state (only_row) VALUES (1);
INSERT INTO queue_counts VALUES (1, 0, 0);
INSERT INTO search_state VALUES (1, 0, 0);
INSERT INTO legacy_imports VALUES (0, '', 0, 0, 0, 0, 0), (1, '', 0, 0, 0, 0, 0);
INSERT INTO history_words (history_words, rank) VALUES ('secure-delete', 1);
