ALTER TABLE release_figures DROP COLUMN concealed_digest;
