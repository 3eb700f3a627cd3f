-- Meetings, papers and questions are each the office's or the Panel's too: their references are unique among the records of
-- one owner.
DROP INDEX record_reference_in_body;
CREATE UNIQUE INDEX record_reference_in_body ON record (kind, reference, body)
    WHERE body IS NOT NULL AND kind NOT IN ('release', 'report', 'recommendation', 'progress', 'verification', 'paper',
        'meeting', 'question');
