-- The server's own names of records. Made for every record, shown only where the backend mints ids.

ALTER TABLE records ADD COLUMN server_id TEXT CHECK (length(server_id) BETWEEN 1 AND 200);  -- NULL for single records
-- Made elsewhere, and no device has written to it since; its id is then the derived one.
ALTER TABLE records ADD COLUMN is_nameless INTEGER NOT NULL DEFAULT 0 CHECK (is_nameless IN (0, 1));

-- A version is one record's alone, and what is minted later takes a later one.
UPDATE records SET server_id = 'records/' || version WHERE entity NOT IN ('profile', 'settings', 'allergy_list');

CREATE UNIQUE INDEX records_by_server_id ON records (user_id, entity, server_id);

-- A repeat of an old write must name its record too.
UPDATE answers SET answer = json_set(answer, '$.record.server_id', records.server_id) FROM records
  WHERE records.user_id = answers.user_id AND records.entity = json_extract(answer, '$.record.entity')
    AND records.id = json_extract(answer, '$.record.id') AND records.server_id IS NOT NULL;
