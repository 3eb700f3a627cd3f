-- The wait after failed sign-ins is counted in the process, so nobody reads these.
ALTER TABLE person DROP COLUMN failures;
ALTER TABLE person DROP COLUMN wait_until;
