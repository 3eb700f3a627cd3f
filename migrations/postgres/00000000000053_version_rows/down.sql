-- Only SQLite's table changes: PostgreSQL stores large values apart.
SELECT 1;
