-- What is on its way to the public: GET /v1/me tells it to each as far as they see it.
CREATE INDEX record_version_handed_in ON record_version (body, kind, reference, record)
    WHERE listed AND is_head AND head_state IN ('submitted', 'panel_shared', 'scheduled', 'scheduled_shared');
