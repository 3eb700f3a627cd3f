DROP INDEX record_reference_in_body;
CREATE UNIQUE INDEX record_reference_in_body ON record (kind, reference, body)
    WHERE body IS NOT NULL AND kind NOT IN ('release', 'report', 'recommendation', 'progress', 'verification');
