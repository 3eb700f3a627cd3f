-- What was submitted of the cells whose figures may not be public as they are: hidden or rounded by disclosure control.
-- `staged` and `observation` have them only as the public may see them.
CREATE TABLE concealed (
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
-- The disclosure profile by which the cells of a release were decided on; null without disclosure control.
ALTER TABLE release_figures ADD COLUMN profile text COLLATE "C";
