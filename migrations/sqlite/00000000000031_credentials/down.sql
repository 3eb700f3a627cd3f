CREATE TABLE client_after AS SELECT * FROM client;
CREATE TABLE client_secret_after AS SELECT * FROM client_secret;
DROP TABLE client_secret;
DROP TABLE client;
CREATE TABLE client (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    body BLOB REFERENCES record (id),
    organisation BLOB REFERENCES record (id),
    roles TEXT NOT NULL,
    stands_for_person INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
-- A client keeps the membership and the secret that came last; one that has none keeps its name and opens nothing.
INSERT INTO client (id, label, secret_hash, body, organisation, roles, stands_for_person, created_at, revoked_at)
SELECT c.id, c.label,
coalesce((SELECT s.secret_hash FROM client_secret_after s WHERE s.client = c.id ORDER BY s.created_at DESC, s.id LIMIT 1), ''),
m.body, m.organisation, coalesce(m.roles, ''), c.stands_for_person, c.created_at, c.revoked_at
FROM client_after c LEFT JOIN membership m
ON m.id = (SELECT l.id FROM membership l WHERE l.subject = c.id ORDER BY l.valid_from DESC LIMIT 1);
DROP TABLE client_after;
DROP TABLE client_secret_after;
DROP TABLE api_key;
DROP TABLE membership;
DROP TABLE person;
