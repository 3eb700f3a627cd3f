-- A response answers a report or a decision of the Panel.
ALTER TABLE response ADD COLUMN panel_decision BLOB REFERENCES record (id);
CREATE INDEX response_panel_decision_reference ON response (panel_decision, reference, record, public_from) WHERE listed;
CREATE INDEX response_panel_decision_responded_on ON response (panel_decision, responded_on, record, public_from) WHERE listed;
