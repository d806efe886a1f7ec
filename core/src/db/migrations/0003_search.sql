-- The shelf of a record: what lists are filtered by, in one number. One index serves every filter, and the list of all is
-- the shelves merged: a second B-tree would cost every write. See history/shelf.rs; the other tables have one shelf.
ALTER TABLE profile ADD COLUMN shelf INTEGER NOT NULL DEFAULT 0;
ALTER TABLE settings ADD COLUMN shelf INTEGER NOT NULL DEFAULT 0;
ALTER TABLE allergy_list ADD COLUMN shelf INTEGER NOT NULL DEFAULT 0;
ALTER TABLE allergies ADD COLUMN shelf INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN shelf INTEGER NOT NULL DEFAULT 0;
UPDATE history SET shelf = CASE
    WHEN deleted THEN 8
    WHEN NOT json_valid(body) THEN 0
    ELSE 2 * CASE body ->> '$.kind' WHEN 'scan' THEN 1 WHEN 'meal' THEN 2 WHEN 'search' THEN 3 ELSE 0 END
        + (body -> '$.favourite' IS 'true')
    END;
DROP INDEX history_newest;
CREATE INDEX history_shelves ON history (shelf, sort_key DESC, id DESC);
