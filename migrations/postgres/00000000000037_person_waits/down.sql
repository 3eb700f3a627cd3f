ALTER TABLE person ADD COLUMN failures bigint NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN wait_until timestamptz;
