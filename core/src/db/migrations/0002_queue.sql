-- The queue counted as it changes, so that a status walks no index, however many operations wait. A new operation
-- touches nothing here: the number of all there ever were is SQLite's own (AUTOINCREMENT keeps it, without a gap), and
-- what waits is that less what has left.
CREATE TABLE queue_counts (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    gone     INTEGER NOT NULL,                   -- acknowledged or taken out, ever
    failed   INTEGER NOT NULL                    -- parked now
) STRICT;
INSERT INTO queue_counts
    SELECT 1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'operations'), 0) - count(*),
        coalesce(sum(state = 2), 0)
    FROM operations WHERE state <> 3;
CREATE TRIGGER operations_counted AFTER UPDATE OF state ON operations
WHEN OLD.state <> NEW.state AND (OLD.state >= 2 OR NEW.state >= 2)
BEGIN
    UPDATE queue_counts SET gone = gone + (NEW.state = 3) - (OLD.state = 3),
        failed = failed + (NEW.state = 2) - (OLD.state = 2);
END;
CREATE TRIGGER operations_removed AFTER DELETE ON operations WHEN OLD.state <> 3
BEGIN
    UPDATE queue_counts SET gone = gone + 1, failed = failed - (OLD.state = 2);
END;

-- An operation that must not go before another of another record has left the queue. Always for an elder one, or for
-- what took an elder one's place: so no two can wait for each other.
CREATE TABLE waits_for (
    seq    INTEGER NOT NULL,
    on_seq INTEGER NOT NULL,
    PRIMARY KEY (seq, on_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_for_on ON waits_for (on_seq);

-- What the backend says it can do (JSON as it came), when that was asked, and the last "send again" seen in it.
ALTER TABLE sync_state ADD COLUMN capabilities TEXT;
ALTER TABLE sync_state ADD COLUMN capabilities_at INTEGER;
ALTER TABLE sync_state ADD COLUMN retry_parked TEXT;
-- The version of the app that ran last: another one sends parked operations again.
ALTER TABLE sync_state ADD COLUMN app_version TEXT;

-- A first restore, newest history first: where the feed stood when it began, how far each part is. See sync/restore.rs.
ALTER TABLE sync_state ADD COLUMN head_cursor TEXT;
ALTER TABLE sync_state ADD COLUMN lists_cursor TEXT;
ALTER TABLE sync_state ADD COLUMN lists_restored INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_state ADD COLUMN older_cursor TEXT;    -- where the history goes on, further back
ALTER TABLE sync_state ADD COLUMN older_left INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_state ADD COLUMN restored_records INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_state ADD COLUMN restored_total INTEGER;
UPDATE sync_state SET lists_restored = restored;
