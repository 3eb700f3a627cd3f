DROP INDEX record_reference_in_body;
DROP INDEX record_reference;
CREATE UNIQUE INDEX record_reference ON record (kind, reference, body) WHERE body IS NOT NULL;
DROP INDEX indicator_slug_of_heads;
CREATE UNIQUE INDEX indicator_slug_of_heads ON indicator (slug) WHERE is_head;
DROP INDEX series_by_key;
DROP INDEX series_measure;
CREATE INDEX series_measure ON series (measure, series_key);
ALTER TABLE series ADD CONSTRAINT series_series_key_key UNIQUE (series_key);
