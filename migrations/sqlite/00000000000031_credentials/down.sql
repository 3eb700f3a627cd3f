DROP TABLE client_secret;
DROP TABLE api_key;
DROP TABLE membership;
DROP TABLE person;
