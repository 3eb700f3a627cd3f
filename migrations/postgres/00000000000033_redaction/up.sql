-- Emergency redaction: what was destroyed, by whom and why, and who looked at that again.
CREATE TABLE redaction (
    id uuid NOT NULL PRIMARY KEY,
    record uuid NOT NULL REFERENCES record (id),
    body uuid REFERENCES record (id),
    -- The numbers of the edits, with spaces between; null for the whole record.
    edits text COLLATE "C",
    reason text COLLATE "C" NOT NULL,
    redacted_at timestamptz NOT NULL,
    redacted_by text COLLATE "C" NOT NULL,
    review_due timestamptz NOT NULL,
    reviewed_at timestamptz,
    reviewed_by text COLLATE "C",
    finding text COLLATE "C" CHECK (finding IN ('upheld', 'not_upheld')),
    remarks text COLLATE "C"
);
CREATE INDEX redaction_record ON redaction (record);
CREATE INDEX redaction_body ON redaction (body, redacted_at, id);
CREATE INDEX redaction_unreviewed ON redaction (body, redacted_at, id) WHERE reviewed_at IS NULL;

ALTER TABLE record_version ADD COLUMN redacted_at timestamptz;
ALTER TABLE record ADD COLUMN redacted_at timestamptz;
