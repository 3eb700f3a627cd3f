-- Words of every stored version; record/search.rs writes them. They are made by the program, with blanks between: the
-- tokenizer has nothing to do but to part them there.
CREATE TABLE search_doc (
    id INTEGER NOT NULL PRIMARY KEY,
    record BLOB NOT NULL,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    words TEXT NOT NULL,
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT;
CREATE UNIQUE INDEX search_doc_version ON search_doc (record, version);
CREATE VIRTUAL TABLE search_words USING fts5 (words, content = 'search_doc', content_rowid = 'id', detail = none, tokenize = 'ascii');
-- Versions are not changed and not deleted, so neither are their words.
CREATE TRIGGER search_doc_words AFTER INSERT ON search_doc BEGIN INSERT INTO search_words (rowid, words) VALUES (new.id, new.words); END;
