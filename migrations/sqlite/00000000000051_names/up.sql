-- A name that only one record may have says nothing of records that its writer does not see. Releases are written by
-- several organisations of a body, none of which sees the drafts of the others; slugs by several bodies.
DROP INDEX record_reference;
CREATE UNIQUE INDEX record_reference ON record (kind, reference, body, owner) WHERE body IS NOT NULL;
CREATE UNIQUE INDEX record_reference_in_body ON record (kind, reference, body) WHERE body IS NOT NULL AND kind <> 'release';
DROP INDEX indicator_slug_of_heads;
CREATE UNIQUE INDEX indicator_slug_of_heads ON indicator (body, slug) WHERE is_head;
CREATE TABLE series_new (
    number INTEGER PRIMARY KEY,
    measure INTEGER NOT NULL REFERENCES measure (number),
    series_key TEXT NOT NULL,
    codes TEXT NOT NULL,
    frequency TEXT NOT NULL,
    public_from INTEGER
) STRICT;
INSERT INTO series_new SELECT number, measure, series_key, codes, frequency, public_from FROM series;
DROP TABLE series;
ALTER TABLE series_new RENAME TO series;
CREATE UNIQUE INDEX series_measure ON series (measure, series_key);
CREATE INDEX series_by_key ON series (series_key);
