-- Which verdict on a statement was in force from when to when; the last one has no end.
CREATE TABLE statement_verdict (
    record uuid NOT NULL REFERENCES record (id),
    since timestamptz NOT NULL,
    until timestamptz,
    verdict text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, since)
);
-- The statements that wait to be judged.
CREATE TABLE statement_waiting (
    record uuid NOT NULL PRIMARY KEY REFERENCES record (id)
);
-- The number of the last row of the change feed whose statements were put among those that wait.
CREATE TABLE judged_feed (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    seq bigint NOT NULL
);
INSERT INTO judged_feed (id, seq) VALUES (1, 0);
