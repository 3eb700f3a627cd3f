//! The troubles of databases, by their messages.

/// Why a database does not carry out a valid statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Other transactions hold locks, or took too long: a retry soon succeeds.
    Busy,
    /// It cannot write until its operator fixes the cause.
    Unwritable,
    /// PostgreSQL cannot be reached. Where it is a cluster, another server takes over in some seconds.
    Away,
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
            // Class 58: its disk fails.
            "Input/output error",
            "could not extend file",
            "could not write",
            "could not fsync",
            "could not open file",
            "could not read block",
        ],
    ),
    (
        Trouble::Away,
        &[
            // PostgreSQL, class 53: it has no connections left.
            "too many clients",
            "remaining connection slots",
            "too many connections",
            // Class 57: it stops, starts, recovers, or its operator ends connections.
            "terminating connection",
            "the database system is",
            // Class 08, as libpq and Diesel say it.
            "transaction manager is broken",
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

/// The `Retry-After` of a change that could not be written, in seconds.
pub(super) fn seconds_to_wait(cause: &str) -> &'static str {
    match trouble(cause) {
        Some(Trouble::Away) => "5",
        _ => "60",
    }
}

/// The trouble that a message means. None if it is unknown.
pub(super) fn trouble(message: &str) -> Option<Trouble> {
    let known = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    TROUBLES.iter().find(|(_, texts)| known(texts)).map(|(trouble, _)| *trouble)
}
