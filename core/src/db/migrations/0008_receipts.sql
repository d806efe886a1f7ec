-- The index of lanes named the state in its condition, so that each change of a state wrote it anew: when an operation was
-- claimed, and once more when it was acknowledged. What leaves a lane for good has a mark of its own.
ALTER TABLE operations ADD COLUMN receipt INTEGER NOT NULL DEFAULT 0 CHECK (receipt IN (0, 1)); -- 1: acknowledged
UPDATE operations SET receipt = 1 WHERE state = 3;
DROP INDEX operations_lane;
DROP INDEX operations_ready;
DROP INDEX operations_state;
-- In the order of `seq` without naming it: it is the number of the row, with which every entry of an index ends.
CREATE INDEX operations_lane ON operations (collection, record_id) WHERE receipt = 0;
CREATE INDEX operations_ready ON operations (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX operations_state ON operations (state) WHERE state <> 0;
-- A statement that could fire a trigger pays for it at every row, also where it does not: SQLite keeps a journal for it. So
-- none is on the way from claimed to acknowledged. What is parked, or was, has its `failure` set; the acknowledged are counted
-- where they are written (outbox/store.rs).
DROP TRIGGER operations_counted;
CREATE TRIGGER operations_parked AFTER UPDATE OF failure ON operations WHEN (OLD.state = 2) <> (NEW.state = 2)
BEGIN
    UPDATE queue_counts SET failed = failed + (NEW.state = 2) - (OLD.state = 2);
END;
