-- What was submitted of the cells whose figures may not be public as they are: hidden or rounded by disclosure control.
-- `staged` and `observation` have them only as the public may see them.
CREATE TABLE concealed (
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
-- The disclosure profile by which the cells of a release were decided on; null without disclosure control.
ALTER TABLE release_figures ADD COLUMN profile TEXT;
