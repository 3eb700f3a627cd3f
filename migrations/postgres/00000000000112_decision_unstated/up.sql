-- Whether a decision is significant or was delegated can be unstated.
ALTER TABLE decision ALTER COLUMN delegated DROP NOT NULL;
ALTER TABLE decision ALTER COLUMN significant DROP NOT NULL;
