-- Made by an import: the write gives way to what the server knows of the record (merge/yielding.rs).
ALTER TABLE operations ADD COLUMN yields INTEGER NOT NULL DEFAULT 0;
-- Those that may still give way: a run looks at the feed before it sends any.
CREATE INDEX operations_yielding ON operations (seq) WHERE yields = 1 AND first_attempt_at IS NULL;

-- Old data as they were handed in, record by record. Only what became of a record changes, until the import is finished.
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

-- How far each import is.
CREATE TABLE legacy_imports (
    source   INTEGER PRIMARY KEY CHECK (source IN (0, 1)),
    origin   TEXT NOT NULL,                       -- whose data these are, as a digest; of an export: empty
    round    INTEGER NOT NULL,                    -- so often has one begun
    stored   INTEGER NOT NULL,                    -- 1: the snapshot is whole
    done     INTEGER NOT NULL,                    -- 1: all of it was settled
    finished INTEGER NOT NULL,                    -- 1: the app has ended it, the snapshot goes
    reads_on INTEGER NOT NULL                     -- 1: reads see the snapshot
) STRICT;
INSERT INTO legacy_imports VALUES (0, '', 0, 0, 0, 0, 0), (1, '', 0, 0, 0, 0, 0);

-- The snapshot in the form of the record tables, for reads while the gate is on.
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
