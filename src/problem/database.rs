//! The failures of a database as problems.

use super::Problem;
use super::trouble::{Trouble, trouble};

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
                Some(Trouble::Unwritable | Trouble::Away) => Problem::unwritable(info.message()),
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

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn who_waits_for_another_server_waits_less_than_for_room_on_a_disk() {
        for (cause, seconds) in [
            ("could not extend file \"base/1/2\": No space left on device", "60"),
            ("database or disk is full", "60"),
            ("server closed the connection unexpectedly", "5"),
            ("terminating connection due to administrator command", "5"),
            ("cannot execute INSERT in a read-only transaction", "5"),
            ("could not receive data from server: Connection timed out", "5"),
        ] {
            for problem in [Problem::unwritable(cause), Problem::unconfirmed(cause)] {
                let found = problem.headers.iter().find(|(name, _)| *name == "Retry-After");
                assert_eq!(found.map(|(_, value)| value.as_str()), Some(seconds), "{cause}");
            }
        }
    }

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
