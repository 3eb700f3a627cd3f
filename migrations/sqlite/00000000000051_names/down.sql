DROP INDEX record_reference_in_body;
DROP INDEX record_reference;
CREATE UNIQUE INDEX record_reference ON record (kind, reference, body) WHERE body IS NOT NULL;
DROP INDEX indicator_slug_of_heads;
CREATE UNIQUE INDEX indicator_slug_of_heads ON indicator (slug) WHERE is_head;
CREATE TABLE series_new (
    number INTEGER PRIMARY KEY,
    measure INTEGER NOT NULL REFERENCES measure (number),
    series_key TEXT NOT NULL UNIQUE,
    codes TEXT NOT NULL,
    frequency TEXT NOT NULL,
    public_from INTEGER
) STRICT;
INSERT INTO series_new SELECT number, measure, series_key, codes, frequency, public_from FROM series;
DROP TABLE series;
ALTER TABLE series_new RENAME TO series;
CREATE INDEX series_measure ON series (measure, series_key);
