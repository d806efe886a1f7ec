-- A question may be about two records of the same allergen, made on two devices.
ALTER TABLE conflicts ADD COLUMN other_id BLOB CHECK (other_id IS NULL OR length(other_id) = 16);
DROP INDEX conflicts_open;
CREATE UNIQUE INDEX conflicts_open ON conflicts (collection, record_id, ifnull(other_id, x'')) WHERE answered_at IS NULL;

-- 1: nobody is asked. Every question is decided at once, by the more cautious side.
ALTER TABLE sync_state ADD COLUMN safe_merge INTEGER NOT NULL DEFAULT 0;
