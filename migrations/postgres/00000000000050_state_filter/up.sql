-- The filter of lists by state: working versions are few beside what is published.
CREATE INDEX record_version_working ON record_version (kind, head_state, record, version)
    WHERE listed AND is_head AND head_state IN ('draft', 'submitted', 'panel_shared');
