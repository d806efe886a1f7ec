-- SQLite gives the numbers after the last row again, also those that the index never had (of rows that went before it came
-- to them). So the index ends where the history ends, from the moment at which the last row goes.
DROP TRIGGER history_removed;
CREATE TRIGGER history_removed AFTER DELETE ON history
BEGIN
    INSERT INTO history_moved
        SELECT OLD.rowid, iif(OLD.deleted, '', OLD.body) FROM search_state
        WHERE OLD.rowid <= indexed_to AND NOT EXISTS (SELECT 1 FROM history_moved WHERE row = OLD.rowid);
    UPDATE search_state SET indexed_to = (SELECT coalesce(max(rowid), 0) FROM history)
        WHERE indexed_to > (SELECT coalesce(max(rowid), 0) FROM history);
END;
-- An entry may be missing in an index that was made before: it is made anew.
UPDATE search_state SET form = 0;
