-- Words of every stored version; record/search.rs fills it. Words are made by the program: no configuration of text
-- search, and no dictionary, has a part in it.
CREATE TABLE search_doc (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record uuid NOT NULL,
    version bigint NOT NULL,
    title text COLLATE "C" NOT NULL,
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
CREATE UNIQUE INDEX search_doc_version ON search_doc (record, version);
-- What is a table of its own on SQLite.
ALTER TABLE search_doc ADD COLUMN words tsvector NOT NULL, ALTER COLUMN words SET STATISTICS 1000;
CREATE INDEX search_words ON search_doc USING gin (words) WITH (fastupdate = off);
