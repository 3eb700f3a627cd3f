DROP TABLE panel_decision;
