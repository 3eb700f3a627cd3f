-- An indicator that has figures: its small number, and what is frozen of it from then on.
CREATE TABLE measure (
    number INTEGER PRIMARY KEY,
    record BLOB NOT NULL UNIQUE REFERENCES record (id),
    slug TEXT NOT NULL,
    dimensions TEXT NOT NULL
) STRICT;
-- A code for each dimension, and a frequency. Public from the first publication of a figure of it.
CREATE TABLE series (
    number INTEGER PRIMARY KEY,
    measure INTEGER NOT NULL REFERENCES measure (number),
    series_key TEXT NOT NULL UNIQUE,
    codes TEXT NOT NULL,
    frequency TEXT NOT NULL,
    public_from INTEGER
) STRICT;
CREATE INDEX series_measure ON series (measure, series_key);
-- The figures of a release as a whole: what they are, and how they changed what was public before.
CREATE TABLE release_figures (
    number INTEGER PRIMARY KEY,
    record BLOB NOT NULL UNIQUE REFERENCES record (id),
    measure INTEGER NOT NULL REFERENCES measure (number),
    cells INTEGER NOT NULL,
    digest BLOB NOT NULL,
    inserted INTEGER NOT NULL,
    revised INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    valid_from INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX release_figures_measure ON release_figures (measure, valid_from);
-- Observations that are submitted and not published. Days since 1970; values times a million.
CREATE TABLE staged (
    value INTEGER,
    numerator INTEGER,
    denominator INTEGER,
    release INTEGER NOT NULL,
    series INTEGER NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    reason TEXT,
    note TEXT,
    PRIMARY KEY (release, series, starts, ends)
) STRICT, WITHOUT ROWID;
-- Published figures, each revision with the interval of publication time in which it is valid; null while nothing has
-- replaced it. Rows are in the order in which series are read.
CREATE TABLE observation (
    valid_from INTEGER NOT NULL,
    value INTEGER,
    valid_to INTEGER,
    numerator INTEGER,
    denominator INTEGER,
    measure INTEGER NOT NULL,
    series INTEGER NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    release INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    reason TEXT,
    note TEXT,
    PRIMARY KEY (measure, series, starts, ends, valid_from)
) STRICT, WITHOUT ROWID;
