-- What the steps in migrations/ leave of a file with nothing in it, each statement as SQLite has written it down: a new
-- file is made in one go. A step changes this file, too; a test in migrate.rs compares the two.
CREATE TABLE account (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    user_id   TEXT NOT NULL,
    server    TEXT NOT NULL,
    device_id BLOB NOT NULL CHECK (length(device_id) = 16)
, marked INTEGER NOT NULL DEFAULT 0, runs INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0, signed_out INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE sync_state (
    only_row        INTEGER PRIMARY KEY CHECK (only_row = 1),
    epoch           TEXT,                        -- the server's; NULL before the first page
    cursor          TEXT,                        -- opaque, the server's
    restored        INTEGER NOT NULL DEFAULT 0,  -- 1 once the feed has been read to its end
    auth_required   INTEGER NOT NULL DEFAULT 0,
    paused          INTEGER NOT NULL DEFAULT 0,
    failed_runs     INTEGER NOT NULL DEFAULT 0,  -- in a row, for the run's backoff; never an operation's
    next_attempt_at INTEGER,                     -- a hint for the app's scheduler
    wait_until      INTEGER,                     -- the server asked not to come before (Retry-After)
    single_until    INTEGER,                     -- no batch endpoint was found: one request per write until then
    last_success_at INTEGER,
    last_error      TEXT,                        -- a code, never text of a server
    lease_owner     BLOB,                        -- the run that drains now
    lease_until     INTEGER
, capabilities TEXT, capabilities_at INTEGER, retry_parked TEXT, app_version TEXT, head_cursor TEXT, lists_cursor TEXT, lists_restored INTEGER NOT NULL DEFAULT 0, older_cursor TEXT, older_left INTEGER NOT NULL DEFAULT 0, restored_records INTEGER NOT NULL DEFAULT 0, restored_total INTEGER, safe_merge INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE profile (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    server_id  TEXT,
    version    INTEGER,                          -- of the base; NULL: the server never had it
    body       TEXT NOT NULL,
    base       TEXT,
    base_kind  INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3),
    deleted    INTEGER NOT NULL CHECK (deleted IN (0, 1)), -- deleted here, not yet acknowledged
    sort_key   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,                 -- device time, display only
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
    seq              INTEGER PRIMARY KEY AUTOINCREMENT, -- the device's order; within a record, its lane
    key              BLOB NOT NULL CHECK (length(key) = 16), -- idempotency key, one for the life of the operation
    user_id          TEXT NOT NULL,
    collection       INTEGER NOT NULL CHECK (collection BETWEEN 1 AND 5),
    record_id        BLOB NOT NULL CHECK (length(record_id) = 16),
    kind             INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),  -- create, update, delete
    payload_version  INTEGER NOT NULL,                  -- form of payload and seen_before, apart from the tables'
    payload          TEXT NOT NULL,                     -- the fields exactly as they are sent; frozen once attempted
    seen_before      TEXT NOT NULL,                     -- what the person saw in those fields before: the merge base
    base_version     INTEGER,
    state            INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3), -- pending, sending, failed, synced
    ready_at         INTEGER,                           -- only at the head of its lane while pending: when it may go
    attempts         INTEGER NOT NULL DEFAULT 0,        -- counted ones: an answered 5xx, a timeout after bytes left
    created_at       INTEGER NOT NULL,
    first_attempt_at INTEGER,                           -- NULL: never attempted, so it may still be folded
    settled_at       INTEGER,                           -- when it became failed or synced
    failure          TEXT,                              -- reason code
    server_code      TEXT,
    http_status      INTEGER,
    request_id       TEXT, yields INTEGER NOT NULL DEFAULT 0, receipt INTEGER NOT NULL DEFAULT 0 CHECK (receipt IN (0, 1)),                              -- of the last attempt
    CHECK (ready_at IS NULL OR state = 0)
) STRICT;
CREATE TABLE conflicts (
    id             BLOB PRIMARY KEY CHECK (length(id) = 16),
    collection     INTEGER NOT NULL CHECK (collection BETWEEN 1 AND 5),
    record_id      BLOB NOT NULL CHECK (length(record_id) = 16),
    revision       INTEGER NOT NULL,                    -- grows whenever a side moves on
    base           TEXT,                                -- NULL: did not exist
    local          TEXT,                                -- NULL: deleted here
    remote         TEXT,                                -- NULL: deleted there
    remote_version INTEGER NOT NULL,
    deferred       INTEGER NOT NULL DEFAULT 0,          -- the hook left this revision to a person
    created_at     INTEGER NOT NULL,
    answered_at    INTEGER
, other_id BLOB CHECK (other_id IS NULL OR length(other_id) = 16)) STRICT;
CREATE TABLE overwritten (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    collection  INTEGER NOT NULL,
    record_id   BLOB NOT NULL,
    field       TEXT NOT NULL,
    value       TEXT NOT NULL,                          -- JSON
    noticed_at  INTEGER NOT NULL
) STRICT;
CREATE TABLE unreadable (
    source     TEXT NOT NULL,
    entity     TEXT NOT NULL,
    record     TEXT NOT NULL,                           -- the id as it came
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
    gone     INTEGER NOT NULL,                   -- acknowledged or taken out, ever
    failed   INTEGER NOT NULL                    -- parked now
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
    form       INTEGER NOT NULL                  -- how words were folded
) STRICT;
CREATE TABLE history_moved (
    row  INTEGER PRIMARY KEY,
    body TEXT NOT NULL                           -- whose words are in the index; empty: none
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
    position   INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of the report
    source     INTEGER NOT NULL CHECK (source IN (0, 1)), -- an app's export; another user of this device
    collection INTEGER NOT NULL CHECK (collection BETWEEN 1 AND 5),
    legacy_id  TEXT NOT NULL,
    stable_id  BLOB NOT NULL CHECK (length(stable_id) = 16), -- of the record's own, the single ones' too
    raw        TEXT NOT NULL,
    state      INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3), -- waiting, imported, already there, unreadable
    note       TEXT,                              -- why it is unreadable; else the field that is not recognised
    turn       INTEGER NOT NULL,                  -- what comes first, what comes last
    round      INTEGER NOT NULL,                  -- in which import it was settled
    shelf      INTEGER NOT NULL,                  -- as of a record; -1: unreadable
    sort_key   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX legacy_ids ON legacy (stable_id);
CREATE INDEX legacy_waiting ON legacy (source, turn, position) WHERE state = 0;
CREATE INDEX legacy_shelves ON legacy (source, collection, shelf, sort_key DESC, stable_id DESC);
CREATE TABLE legacy_imports (
    source   INTEGER PRIMARY KEY CHECK (source IN (0, 1)),
    origin   TEXT NOT NULL,                       -- whose data these are, as a digest; of an export: empty
    round    INTEGER NOT NULL,                    -- so often has one begun
    stored   INTEGER NOT NULL,                    -- 1: the snapshot is whole
    done     INTEGER NOT NULL,                    -- 1: all of it was settled
    finished INTEGER NOT NULL,                    -- 1: the app has ended it, the snapshot goes
    reads_on INTEGER NOT NULL                     -- 1: reads see the snapshot
) STRICT;
CREATE VIEW legacy_history AS
    SELECT position AS rowid, stable_id AS id, NULL AS server_id, NULL AS version,
        json_remove(raw, '$.legacy_id') AS body, NULL AS base, 0 AS base_kind, 0 AS deleted,
        sort_key AS created_at, sort_key AS updated_at, sort_key, shelf
    FROM legacy WHERE source = 0 AND collection = 5 AND shelf >= 0;
CREATE VIEW legacy_allergies AS
    SELECT stable_id AS id, NULL AS server_id, NULL AS version, json_remove(raw, '$.legacy_id') AS body, NULL AS base,
        0 AS base_kind, 0 AS deleted, sort_key AS created_at, sort_key AS updated_at, sort_key, shelf
    FROM legacy WHERE source = 0 AND collection = 4 AND shelf >= 0;
CREATE VIEW legacy_allergy_list AS
    SELECT zeroblob(16) AS id, NULL AS server_id, NULL AS version, raw AS body, NULL AS base, 0 AS base_kind,
        0 AS deleted, sort_key AS created_at, sort_key AS updated_at
    FROM legacy WHERE source = 0 AND collection = 3 AND shelf >= 0;
CREATE VIEW legacy_profile AS
    SELECT zeroblob(16) AS id, NULL AS server_id, NULL AS version, raw AS body, NULL AS base, 0 AS base_kind,
        0 AS deleted, sort_key AS created_at, sort_key AS updated_at
    FROM legacy WHERE source = 0 AND collection = 1 AND shelf >= 0;
CREATE VIEW legacy_settings AS
    SELECT zeroblob(16) AS id, NULL AS server_id, NULL AS version, raw AS body, NULL AS base, 0 AS base_kind,
        0 AS deleted, sort_key AS created_at, sort_key AS updated_at
    FROM legacy WHERE source = 0 AND collection = 2 AND shelf >= 0;
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
