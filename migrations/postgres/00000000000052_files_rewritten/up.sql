-- When the database's files were rewritten, and so hold nothing of the content any more.
ALTER TABLE redaction ADD COLUMN rewritten_at timestamptz;
