-- Which verdict on a statement was in force from when to when; the last one has no end.
CREATE TABLE statement_verdict (
    record BLOB NOT NULL REFERENCES record (id),
    since INTEGER NOT NULL,
    until INTEGER,
    verdict TEXT NOT NULL,
    PRIMARY KEY (record, since)
) STRICT, WITHOUT ROWID;
-- The statements that wait to be judged.
CREATE TABLE statement_waiting (
    record BLOB NOT NULL PRIMARY KEY REFERENCES record (id)
) STRICT, WITHOUT ROWID;
-- The number of the last row of the change feed whose statements were put among those that wait.
CREATE TABLE judged_feed (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO judged_feed (id, seq) VALUES (1, 0);
