-- Words of every stored version; record/search.rs writes them. They are made by the program, with blanks between: no
-- configuration of text search, and no dictionary, has a part in it.
CREATE TABLE search_doc (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record uuid NOT NULL,
    version bigint NOT NULL,
    title text COLLATE "C" NOT NULL,
    words text COLLATE "C" NOT NULL,
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
CREATE UNIQUE INDEX search_doc_version ON search_doc (record, version);
-- What is a table of its own on SQLite.
ALTER TABLE search_doc ADD COLUMN vector tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED;
ALTER TABLE search_doc ALTER COLUMN vector SET STATISTICS 1000;
CREATE INDEX search_words ON search_doc USING gin (vector) WITH (fastupdate = off);
