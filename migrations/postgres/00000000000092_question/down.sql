DROP TABLE question;
