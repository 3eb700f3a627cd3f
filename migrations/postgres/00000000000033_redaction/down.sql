ALTER TABLE record DROP COLUMN redacted_at;
ALTER TABLE record_version DROP COLUMN redacted_at;
DROP TABLE redaction;
