-- What has been returned to its authors: GET /v1/me lists it with the reason until somebody changes or submits it.
CREATE INDEX record_version_returned ON record_version (body, kind, reference, record)
    WHERE listed AND is_head AND head_state = 'draft' AND returned_reason IS NOT NULL;
