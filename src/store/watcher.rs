//! SQLite: whether anything was committed, by whichever process.
//!
//! `PRAGMA data_version` says so. It takes and gives back locks of the file, and only one thread can ask at a time. Where the
//! index of the write-ahead log has the documented form (sqlite.org/walformat.html), its header says the same to any number of
//! threads: SQLite replaces it at each commit, and compares it itself to find out whether a reader's cache is still valid.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use diesel::prelude::*;
use diesel::sql_types as st;

use super::connection::Conn;
use super::sql::Sql;

/// The version of the index's form that is read here.
const VERSION: u32 = 3_007_000;
/// How many bytes the header has. Its copy follows it.
const HEADER: usize = 48;

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = st::BigInt)]
    data_version: i64,
}

/// Watches the commits of all other connections.
pub(super) struct Watcher {
    /// It never writes. While it is open, nobody removes the index.
    conn: Mutex<Conn>,
    index: Option<File>,
}

impl Watcher {
    /// Watches a database by a connection of its own.
    pub(super) fn new(path: &str, conn: Conn) -> Watcher {
        let mut watcher = Watcher { conn: Mutex::new(conn), index: None };
        // The first read of the connection opens the index.
        if watcher.data_version().is_some() {
            let index = Path::new(path).canonicalize().ok().and_then(|path| {
                let mut name = path.into_os_string();
                name.push("-shm");
                File::open(name).ok()
            });
            watcher.index = index.filter(|index| latest_commit(index).is_some());
        }
        watcher
    }

    /// A text that no other commit has.
    pub(super) fn latest(&self) -> Option<String> {
        // A commit that replaces the header right now is seen by the connection.
        let latest = self.index.as_ref().and_then(latest_commit);
        latest.or_else(|| self.data_version().map(|version| version.to_string()))
    }

    fn data_version(&self) -> Option<i64> {
        let mut conn = self.conn.lock().ok()?;
        let row = Sql::new("PRAGMA data_version").get_result::<Version>(&mut *conn).ok()?;
        Some(row.data_version)
    }
}

/// What the header of the index says of the latest commit: a count of changes, the length of the log, the checksum of its frames and
/// its salts. None while the header is being replaced, and where it has another form.
#[cfg(unix)]
fn latest_commit(index: &File) -> Option<String> {
    use std::os::unix::fs::FileExt;

    let mut both = [0; 2 * HEADER];
    index.read_exact_at(&mut both, 0).ok()?;
    let (header, copy) = both.split_at(HEADER);
    let number = |from: usize| header.get(from..from + 8)?.try_into().ok().map(u64::from_ne_bytes);
    let version = header.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
    if header != copy || version != Some(VERSION) {
        return None;
    }
    Some(format!("{:x} {:x} {:x} {:x}", number(8)?, number(16)?, number(24)?, number(32)?))
}

#[cfg(not(unix))]
fn latest_commit(_index: &File) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use diesel::connection::SimpleConnection;

    use super::super::connection::Conn;
    use super::super::pool::Manager;
    use super::super::target::Target;
    use super::{Watcher, latest_commit};

    /// A database in a folder of its own, which is removed with it.
    struct Scratch(std::path::PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let folder = std::env::temp_dir().join(format!("onrecord-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            Scratch(folder)
        }

        fn path(&self) -> String {
            self.0.join("a.sqlite").to_string_lossy().into_owned()
        }

        fn open(&self, read_only: bool) -> Conn {
            Manager { location: Target::Lite(self.path()), read_only }.open().unwrap()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn carry_out(conn: &mut Conn, sql: &str) {
        match conn {
            Conn::Lite(lite) => lite.batch_execute(sql).unwrap(),
            Conn::Pg(_) => panic!("not SQLite"),
        }
    }

    #[test]
    fn each_commit_and_nothing_else_changes_it() {
        let scratch = Scratch::new("commits");
        // As two processes: each has connections of its own.
        let (mut ours, mut others) = (scratch.open(false), scratch.open(false));
        carry_out(&mut ours, "CREATE TABLE t (n)");
        let watcher = Watcher::new(&scratch.path(), scratch.open(true));
        assert!(watcher.index.is_some(), "it is read without locks");
        let mut seen = vec![watcher.latest().unwrap()];
        let mut version = watcher.data_version();
        for round in 0..40 {
            let by = if round % 2 == 0 { &mut ours } else { &mut others };
            carry_out(by, "INSERT INTO t VALUES (1)");
            let now = watcher.latest().unwrap();
            // Neither a read, nor what is rolled back, nor a commit of nothing.
            carry_out(&mut ours, "SELECT count(*) FROM t");
            carry_out(&mut others, "BEGIN IMMEDIATE; INSERT INTO t VALUES (2); ROLLBACK");
            carry_out(&mut ours, "BEGIN IMMEDIATE; COMMIT");
            assert_eq!(watcher.latest().as_ref(), Some(&now));
            assert!(!seen.contains(&now), "round {round}: {now:?} in {seen:?}");
            seen.push(now);
            let latest_version = watcher.data_version();
            assert_ne!(latest_version, version, "the connection sees it, too");
            version = latest_version;
            // The log begins again: the same length says something else.
            if round % 5 == 4 {
                carry_out(&mut ours, "PRAGMA wal_checkpoint(TRUNCATE)");
                version = watcher.data_version();
            }
        }
    }

    #[test]
    fn an_index_of_another_form_is_not_read() {
        let scratch = Scratch::new("forms");
        let mut writer = scratch.open(false);
        carry_out(&mut writer, "CREATE TABLE t (n)");
        let bytes = std::fs::read(scratch.0.join("a.sqlite-shm")).unwrap();
        let latest = |change: fn(&mut Vec<u8>)| {
            let mut bytes = bytes.clone();
            change(&mut bytes);
            let path = scratch.0.join("another");
            std::fs::write(&path, bytes).unwrap();
            latest_commit(&File::open(path).unwrap())
        };
        assert!(latest(|_| ()).is_some());
        assert_eq!(latest(|bytes| bytes[16] ^= 1), None, "it is being replaced");
        assert_eq!(latest(|bytes| [0, 48].map(|at| bytes[at] ^= 1).fill(())), None, "another version");
        assert_eq!(latest(|bytes| bytes.truncate(90)), None);
        // The connection says it then.
        let watcher = Watcher::new("/nowhere/a.sqlite", scratch.open(true));
        assert!(watcher.index.is_none());
        let before = watcher.latest();
        assert!(before.is_some());
        carry_out(&mut writer, "INSERT INTO t VALUES (1)");
        assert_ne!(watcher.latest(), before);
    }
}
