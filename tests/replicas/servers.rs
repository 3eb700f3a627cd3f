//! A PostgreSQL with replicas, of the test's own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::support::until;

/// A primary and its replicas. They end with it.
pub struct Servers {
    child: Child,
    /// The address of the primary.
    pub primary: String,
    /// The address of all replicas.
    pub replicas: String,
    place: String,
    ctl: Vec<String>,
}

impl Servers {
    pub fn start(replicas: usize) -> Servers {
        let mut child = Command::new("tests/with-postgres")
            .args(["sh", "-c"])
            .arg(r#"printf '%s\n' "$TEST_DATABASE_URL" "$TEST_REPLICAS_URL" "$POSTGRES_PLACE" "$POSTGRES_CTL"; exec sleep 900"#)
            .env_remove("TEST_DATABASE_URL")
            .env("POSTGRES_REPLICAS", replicas.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("the servers did not start").unwrap();
        let (primary, replicas, place) = (line(), line(), line());
        let ctl = line().split_whitespace().map(str::to_owned).collect();
        Servers { child, primary, replicas, place, ctl }
    }

    /// Carries a statement out on a replica, from 1; on the primary for 0.
    pub fn on(&self, server: usize, statement: &str) {
        let url = format!("{}&port={}", self.primary, 5432 + server);
        PgConnection::establish(&url).unwrap().batch_execute(statement).unwrap();
    }

    /// Has a replica show no more of what the primary commits.
    pub fn pause(&self, replica: usize) {
        self.on(replica, "SELECT pg_wal_replay_pause()");
        let paused =
            "DO $$ BEGIN IF pg_get_wal_replay_pause_state() <> 'paused' THEN RAISE 'not yet'; END IF; END $$";
        let url = format!("{}&port={}", self.primary, 5432 + replica);
        let mut conn = PgConnection::establish(&url).unwrap();
        until("the replica pauses", || conn.batch_execute(paused).is_ok());
    }

    pub fn resume(&self, replica: usize) {
        self.on(replica, "SELECT pg_wal_replay_resume()");
    }

    fn data(&self, server: usize) -> String {
        match server {
            0 => format!("{}/data", self.place),
            n => format!("{}/replica{n}", self.place),
        }
    }

    fn ctl(&self, arguments: &[&str]) {
        let mut command = Command::new(&self.ctl[0]);
        command.args(&self.ctl[1..]).args(arguments).current_dir("/");
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{arguments:?}");
    }

    /// Ends a server as a crash does.
    pub fn stop(&self, server: usize) {
        self.ctl(&["--pgdata", &self.data(server), "--mode", "immediate", "--wait", "stop"]);
    }

    pub fn start_again(&self, server: usize) {
        let (data, log) = (self.data(server), format!("{}/server.log", self.data(server)));
        self.ctl(&["--pgdata", &data, "--log", &log, "--wait", "start"]);
    }

    pub fn promote(&self, replica: usize) {
        self.ctl(&["--pgdata", &self.data(replica), "--wait", "promote"]);
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).unwrap();
        #[expect(unsafe_code, reason = "the standard library has no other signal than SIGKILL")]
        // SAFETY: it is our own child, which has not been waited for.
        unsafe {
            libc::kill(pid, libc::SIGTERM);
        }
        let _ = self.child.wait();
    }
}
