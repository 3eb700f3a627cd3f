DROP TABLE question_sender;
DROP TABLE question_day;
DROP TABLE resident_question;
