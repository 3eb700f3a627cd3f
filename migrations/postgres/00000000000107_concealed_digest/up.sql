-- The digest of what a release conceals: its rows of `concealed`. Null where it conceals nothing, and of what was stored before
-- this column was.
ALTER TABLE release_figures ADD COLUMN concealed_digest bytea;
