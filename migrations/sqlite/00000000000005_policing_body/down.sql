DROP TABLE policing_body;
