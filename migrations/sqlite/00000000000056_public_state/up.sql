-- What the state of the public record is counted from, without reading a version. `listed` is a column of the index and not
-- its condition, because otherwise SQLite looks it up in the table.
CREATE INDEX record_version_public ON record_version (listed, public_from);
CREATE INDEX record_withdrawn ON record (withdrawn_at, was_public) WHERE withdrawn_at IS NOT NULL;
