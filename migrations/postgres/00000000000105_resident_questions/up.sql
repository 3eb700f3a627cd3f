-- Questions that residents put without an account. They are no records until they are accepted. A row is emptied (text,
-- asked_by, area, receipt_digest) 28 days after its refusal or its answer; what is left of it is counted.
CREATE TABLE resident_question (
    id uuid PRIMARY KEY NOT NULL,
    meeting uuid NOT NULL REFERENCES record (id),
    body uuid NOT NULL REFERENCES record (id),
    owner uuid NOT NULL REFERENCES record (id),
    receipt_digest bytea,
    received_at timestamptz NOT NULL,
    text text COLLATE "C",
    asked_by text COLLATE "C",
    area uuid REFERENCES record (id),
    state text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    question uuid REFERENCES record (id),
    decided_at timestamptz
);
-- The planner keeps no samples of the texts.
ALTER TABLE resident_question ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE resident_question ALTER COLUMN receipt_digest SET STATISTICS 0;
CREATE UNIQUE INDEX resident_question_receipt ON resident_question (receipt_digest) WHERE receipt_digest IS NOT NULL;
CREATE INDEX resident_question_meeting ON resident_question (meeting, state, decided_at);
CREATE INDEX resident_question_inbox ON resident_question (body, received_at, id);
CREATE INDEX resident_question_question ON resident_question (question) WHERE question IS NOT NULL;
-- The key of a day and how often each address has put a question on it, under that key. Both are deleted with the day.
CREATE TABLE question_day (
    day date PRIMARY KEY NOT NULL,
    key bytea NOT NULL
);
CREATE TABLE question_sender (
    day date NOT NULL,
    sender bytea NOT NULL,
    questions bigint NOT NULL,
    PRIMARY KEY (day, sender)
);
ALTER TABLE question_day ALTER COLUMN key SET STATISTICS 0;
ALTER TABLE question_sender ALTER COLUMN sender SET STATISTICS 0;
