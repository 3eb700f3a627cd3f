-- Words of every stored version; record/search.rs fills both. Words are made by the program, with blanks between:
-- the tokenizer has nothing to do but to part them there.
CREATE TABLE search_doc (
    id INTEGER NOT NULL PRIMARY KEY,
    record BLOB NOT NULL,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT;
CREATE UNIQUE INDEX search_doc_version ON search_doc (record, version);
CREATE VIRTUAL TABLE search_words USING fts5 (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
