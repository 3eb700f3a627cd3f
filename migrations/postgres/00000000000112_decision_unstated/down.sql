UPDATE decision SET delegated = false WHERE delegated IS NULL;
UPDATE decision SET significant = false WHERE significant IS NULL;
ALTER TABLE decision ALTER COLUMN delegated SET NOT NULL;
ALTER TABLE decision ALTER COLUMN significant SET NOT NULL;
