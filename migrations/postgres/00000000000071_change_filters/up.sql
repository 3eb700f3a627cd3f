-- The change feed by kind, by moment, and of one record.
CREATE INDEX change_kind ON change (kind, seq) WHERE public;
CREATE INDEX change_at ON change (at, seq) WHERE public;
CREATE INDEX change_record ON change (record, seq);
