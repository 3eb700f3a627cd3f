DROP INDEX response_panel_decision_reference;
DROP INDEX response_panel_decision_responded_on;
ALTER TABLE response DROP COLUMN panel_decision;
