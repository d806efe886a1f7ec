-- Tells a file that was lost, rolled back or copied from one that is new: see db/mark.rs.
ALTER TABLE account ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;  -- 1: there is a mark beside the file
ALTER TABLE account ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;    -- of sync, ever begun

-- Grows with every sign-out: whoever has the file open from before then can neither read nor write it any more.
ALTER TABLE account ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN signed_out INTEGER NOT NULL DEFAULT 0;
