-- Questions that residents put without an account. They are no records until they are accepted. A row is emptied (text,
-- asked_by, area, receipt_digest) 28 days after its refusal or its answer; what is left of it is counted.
CREATE TABLE resident_question (
    id BLOB PRIMARY KEY NOT NULL,
    meeting BLOB NOT NULL REFERENCES record (id),
    body BLOB NOT NULL REFERENCES record (id),
    owner BLOB NOT NULL REFERENCES record (id),
    receipt_digest BLOB,
    received_at INTEGER NOT NULL,
    text TEXT,
    asked_by TEXT,
    area BLOB REFERENCES record (id),
    state TEXT NOT NULL,
    reason TEXT,
    question BLOB REFERENCES record (id),
    decided_at INTEGER
) STRICT;
CREATE UNIQUE INDEX resident_question_receipt ON resident_question (receipt_digest) WHERE receipt_digest IS NOT NULL;
CREATE INDEX resident_question_meeting ON resident_question (meeting, state, decided_at);
CREATE INDEX resident_question_inbox ON resident_question (body, received_at, id);
CREATE INDEX resident_question_question ON resident_question (question) WHERE question IS NOT NULL;
-- The key of a day and how often each address has put a question on it, under that key. Both are deleted with the day.
CREATE TABLE question_day (
    day TEXT PRIMARY KEY NOT NULL,
    key BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE question_sender (
    day TEXT NOT NULL,
    sender BLOB NOT NULL,
    questions INTEGER NOT NULL,
    PRIMARY KEY (day, sender)
) STRICT, WITHOUT ROWID;
