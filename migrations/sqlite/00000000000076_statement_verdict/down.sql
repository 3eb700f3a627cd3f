DROP TABLE judged_feed;
DROP TABLE statement_waiting;
DROP TABLE statement_verdict;
