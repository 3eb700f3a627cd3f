DROP TABLE grant_award;
