ALTER TABLE redaction DROP COLUMN rewritten_at;
