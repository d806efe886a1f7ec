-- History, newest first: an index in that order, and a count, so that a page reads no more than itself.

ALTER TABLE users ADD COLUMN live_history INTEGER NOT NULL DEFAULT 0;  -- kept by the triggers below

-- Of a history record: its time in ms, or the lowest number where it has none that is whole.
ALTER TABLE records ADD COLUMN occurred_at INTEGER GENERATED ALWAYS AS (
  CASE WHEN json_type(fields, '$.occurred_at') = 'integer' AND typeof(json_extract(fields, '$.occurred_at')) = 'integer'
       THEN json_extract(fields, '$.occurred_at')
       ELSE -9223372036854775808 END
) VIRTUAL;

CREATE INDEX records_newest ON records (user_id, occurred_at DESC, id DESC) WHERE entity = 'history' AND deleted = 0;

UPDATE users SET live_history =
  (SELECT count(*) FROM records WHERE records.user_id = users.user_id AND entity = 'history' AND deleted = 0);

CREATE TRIGGER history_added AFTER INSERT ON records WHEN new.entity = 'history' AND new.deleted = 0
BEGIN
  UPDATE users SET live_history = live_history + 1 WHERE user_id = new.user_id;
END;

CREATE TRIGGER history_changed AFTER UPDATE OF deleted ON records WHEN new.entity = 'history' AND new.deleted <> old.deleted
BEGIN
  UPDATE users SET live_history = live_history + old.deleted - new.deleted WHERE user_id = new.user_id;
END;
