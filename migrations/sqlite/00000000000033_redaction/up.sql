-- Emergency redaction: what was destroyed, by whom and why, and who looked at that again.
CREATE TABLE redaction (
    id BLOB NOT NULL PRIMARY KEY,
    record BLOB NOT NULL REFERENCES record (id),
    body BLOB REFERENCES record (id),
    -- The numbers of the edits, with spaces between; null for the whole record.
    edits TEXT,
    reason TEXT NOT NULL,
    redacted_at INTEGER NOT NULL,
    redacted_by TEXT NOT NULL,
    review_due INTEGER NOT NULL,
    reviewed_at INTEGER,
    reviewed_by TEXT,
    finding TEXT CHECK (finding IN ('upheld', 'not_upheld')),
    remarks TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX redaction_record ON redaction (record);
CREATE INDEX redaction_body ON redaction (body, redacted_at, id);
CREATE INDEX redaction_unreviewed ON redaction (body, redacted_at, id) WHERE reviewed_at IS NULL;

ALTER TABLE record_version ADD COLUMN redacted_at INTEGER;
ALTER TABLE record ADD COLUMN redacted_at INTEGER;

-- The words of what is redacted go too, also from the pages that they stood on.
CREATE TRIGGER search_doc_gone AFTER DELETE ON search_doc BEGIN INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.id, old.words); END;
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);
