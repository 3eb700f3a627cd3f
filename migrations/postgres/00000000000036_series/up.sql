-- An indicator that has figures: its small number, and what is frozen of it from then on.
CREATE TABLE measure (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record uuid NOT NULL UNIQUE REFERENCES record (id),
    slug text COLLATE "C" NOT NULL,
    dimensions text COLLATE "C" NOT NULL
);
-- A code for each dimension, and a frequency. Public from the first publication of a figure of it.
CREATE TABLE series (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    measure bigint NOT NULL REFERENCES measure (number),
    series_key text COLLATE "C" NOT NULL UNIQUE,
    codes text COLLATE "C" NOT NULL,
    frequency text COLLATE "C" NOT NULL,
    public_from timestamptz
);
CREATE INDEX series_measure ON series (measure, series_key);
-- The figures of a release as a whole: what they are, and how they changed what was public before.
CREATE TABLE release_figures (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record uuid NOT NULL UNIQUE REFERENCES record (id),
    measure bigint NOT NULL REFERENCES measure (number),
    cells bigint NOT NULL,
    digest bytea NOT NULL,
    inserted bigint NOT NULL,
    revised bigint NOT NULL,
    unchanged bigint NOT NULL,
    deleted bigint NOT NULL,
    valid_from timestamptz,
    ended_at timestamptz
);
CREATE INDEX release_figures_measure ON release_figures (measure, valid_from);
-- Observations that are submitted and not published. Days since 1970; values times a million.
CREATE TABLE staged (
    value bigint,
    numerator bigint,
    denominator bigint,
    release integer NOT NULL,
    series integer NOT NULL,
    starts integer NOT NULL,
    ends integer NOT NULL,
    flags smallint NOT NULL,
    reason text COLLATE "C",
    note text COLLATE "C",
    PRIMARY KEY (release, series, starts, ends)
);
-- Published figures, each revision with the interval of publication time in which it is valid; null while nothing has
-- replaced it. The widest columns come first, so that no space is lost between them. A release adds a few periods to every
-- series: space for them is left in the index, or each page would be split in two.
CREATE TABLE observation (
    valid_from timestamptz NOT NULL,
    value bigint,
    valid_to timestamptz,
    numerator bigint,
    denominator bigint,
    measure integer NOT NULL,
    series integer NOT NULL,
    starts integer NOT NULL,
    ends integer NOT NULL,
    release integer NOT NULL,
    revision smallint NOT NULL,
    flags smallint NOT NULL,
    reason text COLLATE "C",
    note text COLLATE "C",
    PRIMARY KEY (measure, series, starts, ends, valid_from) WITH (fillfactor = 70)
) PARTITION BY HASH (measure);
CREATE TABLE observation_0 PARTITION OF observation FOR VALUES WITH (MODULUS 8, REMAINDER 0);
CREATE TABLE observation_1 PARTITION OF observation FOR VALUES WITH (MODULUS 8, REMAINDER 1);
CREATE TABLE observation_2 PARTITION OF observation FOR VALUES WITH (MODULUS 8, REMAINDER 2);
CREATE TABLE observation_3 PARTITION OF observation FOR VALUES WITH (MODULUS 8, REMAINDER 3);
CREATE TABLE observation_4 PARTITION OF observation FOR VALUES WITH (MODULUS 8, REMAINDER 4);
CREATE TABLE observation_5 PARTITION OF observation FOR VALUES WITH (MODULUS 8, REMAINDER 5);
CREATE TABLE observation_6 PARTITION OF observation FOR VALUES WITH (MODULUS 8, REMAINDER 6);
CREATE TABLE observation_7 PARTITION OF observation FOR VALUES WITH (MODULUS 8, REMAINDER 7);
-- What statistics know of an indicator is out of date when figures of it have just come, and a plan that expects one row
-- of it looks at all of them again and again. Without any, every look-up goes by the whole key.
ALTER TABLE observation ALTER COLUMN measure SET STATISTICS 0;
ALTER TABLE staged ALTER COLUMN release SET STATISTICS 0;
