-- Whose file this is. Checked at every open.
CREATE TABLE account (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    user_id   TEXT NOT NULL,
    server    TEXT NOT NULL,
    device_id BLOB NOT NULL CHECK (length(device_id) = 16)
) STRICT;

-- Where sync stands. The cursor is written in the same transaction as the page that it follows.
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
) STRICT;
INSERT INTO sync_state (only_row) VALUES (1);

-- The records: five tables of one form. `body` is what the app reads: the base with the pending patches laid over it.
-- `base` is the last server copy, stored only where it differs from the body, i.e. while operations wait.
--   base_kind 0: nothing waits, the body is the base   1: the server never had it   2: in `base`
--             3: deleted there; `base` is what it was before, on which the waiting edits stand
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
    updated_at INTEGER NOT NULL,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE TABLE settings (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), server_id TEXT, version INTEGER, body TEXT NOT NULL, base TEXT,
    base_kind INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3), deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    sort_key INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE TABLE allergy_list (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), server_id TEXT, version INTEGER, body TEXT NOT NULL, base TEXT,
    base_kind INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3), deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    sort_key INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE TABLE allergies (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), server_id TEXT, version INTEGER, body TEXT NOT NULL, base TEXT,
    base_kind INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3), deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    sort_key INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE TABLE history (
    id BLOB PRIMARY KEY CHECK (length(id) = 16), server_id TEXT, version INTEGER, body TEXT NOT NULL, base TEXT,
    base_kind INTEGER NOT NULL CHECK (base_kind BETWEEN 0 AND 3), deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    sort_key INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    CHECK ((base_kind IN (2, 3)) = (base IS NOT NULL))
) STRICT;
CREATE INDEX history_newest ON history (sort_key DESC, id DESC); -- an export pages through deleted ones, too

-- The outbox. A row leaves it by a server's verdict or by an explicit call, never otherwise.
-- No unique index on the key: verdicts are matched in memory to the claimed rows, keys are random,
-- and one B-tree less is written for every edit.
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
    request_id       TEXT,                              -- of the last attempt
    CHECK (ready_at IS NULL OR state = 0)
) STRICT;
CREATE INDEX operations_lane ON operations (collection, record_id, seq) WHERE state <> 3;
CREATE INDEX operations_ready ON operations (ready_at, seq) WHERE ready_at IS NOT NULL;
-- What no longer waits: a new edit does not touch this one. SQLite uses it only where a statement says `state <> 0` too.
CREATE INDEX operations_state ON operations (state, seq) WHERE state <> 0;

-- Questions for the merge hook or a person, kept until answered; answered ones remain as a bounded journal.
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
) STRICT;
CREATE UNIQUE INDEX conflicts_open ON conflicts (collection, record_id) WHERE answered_at IS NULL;

-- What a later write replaced, so that the app can show it and bring it back.
CREATE TABLE overwritten (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    collection  INTEGER NOT NULL,
    record_id   BLOB NOT NULL,
    field       TEXT NOT NULL,
    value       TEXT NOT NULL,                          -- JSON
    noticed_at  INTEGER NOT NULL
) STRICT;

-- What this build could not read, raw: from the feed (source 'feed') or from a legacy export ('legacy').
CREATE TABLE unreadable (
    source     TEXT NOT NULL,
    entity     TEXT NOT NULL,
    record     TEXT NOT NULL,                           -- the id as it came
    raw        TEXT NOT NULL,
    reason     TEXT NOT NULL,
    noticed_at INTEGER NOT NULL,
    PRIMARY KEY (source, entity, record)
) STRICT, WITHOUT ROWID;

-- Legacy records that were taken over, so that a repeated import does not bring back what was deleted since.
CREATE TABLE imported (
    record_id BLOB PRIMARY KEY CHECK (length(record_id) = 16)
) STRICT, WITHOUT ROWID;
