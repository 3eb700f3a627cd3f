-- The day that a content has next to the name of another record: by when what an answer says of a recommendation will be done.
ALTER TABLE link ADD COLUMN day TEXT;
UPDATE link SET day = (SELECT v.content ->> ('$.answers[' || link.position || '].action_by') FROM record_version v
WHERE v.record = link.record AND v.version = link.version)
WHERE member = 'answers/*/recommendation';
-- What is due first is read in the order of its day and not sorted.
CREATE INDEX link_day ON link (day, other) WHERE day IS NOT NULL;
CREATE INDEX recommendation_due_respond_by ON recommendation (respond_by, reference, record, public_from) WHERE listed;
CREATE INDEX recommendation_due_act_by ON recommendation (act_by, reference, record, public_from) WHERE listed AND act_by IS NOT NULL;
CREATE INDEX recommendation_body_due_respond_by ON recommendation (body, respond_by, reference, record, public_from) WHERE listed;
CREATE INDEX recommendation_body_due_act_by ON recommendation (body, act_by, reference, record, public_from) WHERE listed AND act_by IS NOT NULL;
CREATE INDEX recommendation_without_day ON recommendation (reference, record, public_from) WHERE listed AND respond_by IS NULL;
