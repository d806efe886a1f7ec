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

-- The words of the history. Written in slices by history/search, never on the way of a write; folded before they come
-- here, so that the tokenizer has nothing to do but split at spaces. No text is kept, and what is deleted leaves at once.
-- Its rows are the history's by rowid: nothing may VACUUM this file without a rebuild.
CREATE VIRTUAL TABLE history_words
    USING fts5(words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
INSERT INTO history_words (history_words, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE history_terms USING fts5vocab (history_words, instance);

-- How far the index is: it holds the rows up to `indexed_to`, as they are, or as `history_moved` says.
CREATE TABLE search_state (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    indexed_to INTEGER NOT NULL,
    form       INTEGER NOT NULL                  -- how words were folded
) STRICT;
INSERT INTO search_state VALUES (1, 0, 0);
-- Rows that changed or went since they were indexed. SQLite may give a rowid to another record then: this says so, too.
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
CREATE TRIGGER history_removed AFTER DELETE ON history
BEGIN
    INSERT INTO history_moved
        SELECT OLD.rowid, iif(OLD.deleted, '', OLD.body) FROM search_state
        WHERE OLD.rowid <= indexed_to AND NOT EXISTS (SELECT 1 FROM history_moved WHERE row = OLD.rowid);
END;
