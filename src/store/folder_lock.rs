//! A lock on the folder of an SQLite database, for what SQLite itself cannot do in several processes at the same time.

use std::fs::File;
use std::path::Path;

use diesel::prelude::*;

#[derive(diesel::QueryableByName)]
struct DatabaseFile {
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
    file: Option<String>,
}

/// Locks the folder of a database until the returned handle is dropped; none of a database that is only in memory. A lock of
/// the file itself would end SQLite's own locks when it is closed.
pub(super) fn lock_folder(conn: &mut SqliteConnection) -> Result<Option<File>, String> {
    let found: DatabaseFile = diesel::sql_query("SELECT file FROM pragma_database_list WHERE name = 'main'")
        .get_result(conn)
        .map_err(|error| error.to_string())?;
    let file = found.file.filter(|file| !file.is_empty());
    let Some(folder) = file.as_deref().and_then(|file| Path::new(file).parent()) else { return Ok(None) };
    let lock = || -> std::io::Result<File> {
        let handle = File::open(folder)?;
        handle.lock()?;
        Ok(handle)
    };
    lock().map(Some).map_err(|error| format!("{}: {error}", folder.display()))
}
