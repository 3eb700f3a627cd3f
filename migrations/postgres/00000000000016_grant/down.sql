DROP TABLE grant;
