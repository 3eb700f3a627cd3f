-- Reports and what follows from them are written by the office and by the Panel, neither of which sees the drafts of the
-- other: their references are unique among the records of one owner, as those of releases are.
DROP INDEX record_reference_in_body;
CREATE UNIQUE INDEX record_reference_in_body ON record (kind, reference, body)
    WHERE body IS NOT NULL AND kind NOT IN ('release', 'report', 'recommendation', 'progress', 'verification');
