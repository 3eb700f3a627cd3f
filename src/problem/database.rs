//! The failures of a database as problems.

use super::Problem;

impl From<diesel::result::Error> for Problem {
    /// What the database refuses after all our checks is a conflict with another writer (409), a database that is busy or
    /// cannot be written (503), or a mistake of ours (500).
    fn from(error: diesel::result::Error) -> Problem {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        match &error {
            Error::DatabaseError(Kind::UniqueViolation, info) => {
                let mut problem = Problem::conflict("Another record made at the same time has the same key.");
                problem.cause = Some(info.message().to_owned());
                problem
            }
            Error::DatabaseError(Kind::SerializationFailure, info) => Problem::unavailable(info.message()),
            Error::DatabaseError(
                Kind::ReadOnlyTransaction | Kind::ClosedConnection | Kind::UnableToSendCommand,
                info,
            ) => Problem::unwritable(info.message()),
            Error::DatabaseError(Kind::Unknown, info) => match trouble(info.message()) {
                Some(Trouble::Busy) => Problem::unavailable(info.message()),
                Some(Trouble::Unwritable) => Problem::unwritable(info.message()),
                None => Problem::internal(error),
            },
            Error::BrokenTransactionManager => Problem::unwritable(error),
            Error::RollbackErrorOnCommit { .. } => match error {
                // The transaction failed at its end, and undoing it failed too, as when the disk is full.
                Error::RollbackErrorOnCommit { commit_error, .. } => Problem::from(*commit_error),
                error => Problem::internal(error),
            },
            _ => Problem::internal(error),
        }
    }
}

/// Why a database does not carry a statement out that is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Others are in the way: it passes in a moment.
    Busy,
    /// It cannot write, or cannot be reached, until somebody mends that.
    Unwritable,
}

/// The messages of the databases for their troubles. Diesel does not tell SQLite's result codes and PostgreSQL's SQLSTATEs
/// apart any further.
const TROUBLES: &[(Trouble, &[&str])] = &[
    (
        Trouble::Busy,
        &[
            // SQLite: BUSY, LOCKED, PROTOCOL.
            "database is locked",
            "database table is locked",
            "locking protocol",
            // PostgreSQL: 55P03, 57014, 40P01.
            "lock timeout",
            "statement timeout",
            "canceling statement due to",
            "could not obtain lock",
            "deadlock detected",
        ],
    ),
    (
        Trouble::Unwritable,
        &[
            // SQLite: FULL, IOERR, CANTOPEN, READONLY, NOMEM.
            "database or disk is full",
            "disk I/O error",
            "unable to open database file",
            "attempt to write a readonly database",
            "out of memory",
            // PostgreSQL, class 53: its disk is full, or it has no memory or no connections left.
            "No space left on device",
            "Disk quota exceeded",
            "temporary file size exceeds",
            "too many clients",
            "remaining connection slots",
            "too many connections",
            // Class 57: it stops, starts, recovers, or its operator ends connections.
            "terminating connection",
            "the database system is",
            // Class 58: its disk fails.
            "Input/output error",
            "could not extend file",
            "could not write",
            "could not fsync",
            "could not open file",
            "could not read block",
            // Class 08, as libpq says it.
            "server closed the connection",
            "no connection to the server",
            "connection to server",
            "connection not open",
            "could not receive data from server",
            "could not send data to server",
            "SSL connection has been closed",
            "SSL SYSCALL error",
            // Class 25: another server has taken over.
            "read-only transaction",
        ],
    ),
];

fn trouble(message: &str) -> Option<Trouble> {
    let known = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    TROUBLES.iter().find(|(_, texts)| known(texts)).map(|(trouble, _)| *trouble)
}

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn a_database_in_trouble_is_not_our_mistake() {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        let of = |message: &str| {
            let error = Error::DatabaseError(Kind::Unknown, Box::new(message.to_owned()));
            let problem = Problem::from(error);
            let retry = problem.headers.iter().any(|(name, _)| *name == "Retry-After");
            (problem.kind.status, retry, problem.unwritable)
        };
        for message in [
            "database or disk is full",
            "disk I/O error",
            "could not extend file \"base/16384/16412\": No space left on device",
            "could not write to file \"pg_wal/xlogtemp.31\": No space left on device",
            "terminating connection due to administrator command",
            "the database system is in recovery mode",
            "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally",
            "sorry, too many clients already",
        ] {
            assert_eq!(of(message), (503, true, true), "{message}");
        }
        for message in ["database is locked", "canceling statement due to lock timeout", "deadlock detected"]
        {
            assert_eq!(of(message), (503, true, false), "{message}");
        }
        for message in ["no such column: titel", "syntax error at or near \"SELEC\""] {
            assert_eq!(of(message), (500, false, false), "{message}");
        }
    }
}
