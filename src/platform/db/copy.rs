//! Copies of a SQLite database and their way back: made while others write, held against what they must be, put in the place of what is there. It asks
//! nothing of what the tables say.
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{AnyConnection, migrate, whole};

/// Most faults that are told of a copy.
const MOST_TOLD: usize = 10;

#[derive(QueryableByName)]
struct Mode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

/// Copies a database, as it stands at one moment, into a file that is empty or not there, and waits until that is on disk. Writers go on meanwhile; the log
/// that they write to grows until the copy is done, for its pages may be of the moment. (SQLite's backup interface would begin anew after each commit of
/// another process, and so come to no end; in one step it holds writers up as little as this does.)
pub fn copy(database: &Path, into: &Path) -> Result<(), String> {
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", into.display());
    let target = into.to_str().ok_or_else(|| failed(&"the name is not UTF-8"))?;
    let mut conn = SqliteConnection::establish(&database.to_string_lossy()).map_err(|e| e.to_string())?;
    conn.batch_execute("pragma busy_timeout = 5000; pragma synchronous = full").map_err(|e| e.to_string())?;
    diesel::sql_query("vacuum into ?").bind::<Text, _>(target).execute(&mut conn).map_err(|e| failed(&e))?;
    // Only now, for SQLite loses its locks on a file that is opened and closed beside it.
    drop(conn);
    sync(into).map_err(|e| failed(&e))
}

/// Fails where a file is no sound database of this program, or one that a newer program made. It is read as it stands, and nothing beside it.
pub fn verify(file: &Path) -> Result<(), String> {
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", file.display());
    if fs::metadata(beside(file, "-wal")).is_ok_and(|log| log.len() > 0) {
        return Err(failed(&"has a -wal file with changes that it lacks: it is a database in use and no backup"));
    }
    fs::metadata(file).map_err(|e| failed(&e))?;
    let path = fs::canonicalize(file).map_err(|e| failed(&e))?.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let conn = SqliteConnection::establish(&format!("file:{path}?mode=ro&immutable=1")).map_err(|e| failed(&e))?;
    let mut conn = AnyConnection::Sqlite(conn);
    migrate::require_ours(&mut conn).map_err(|e| failed(&e))?;
    let faults = whole::faults(&mut conn, MOST_TOLD).map_err(|e| failed(&e))?;
    if faults.is_empty() { Ok(()) } else { Err(failed(&format!("is damaged: {}", faults.join("; ")))) }
}

/// Lets a database that nobody else has open stand alone in its file, without a log beside it.
pub fn fold(database: &Path) -> Result<(), Fold> {
    let closed = |e: String| if e.contains("locked") { Fold::InUse } else { Fold::Damaged(e) };
    let mut conn = SqliteConnection::establish(&database.to_string_lossy()).map_err(|e| closed(e.to_string()))?;
    conn.batch_execute("pragma busy_timeout = 1000").map_err(|e| closed(e.to_string()))?;
    let mode = diesel::sql_query("pragma journal_mode = delete").get_result::<Mode>(&mut conn).map_err(|e| closed(e.to_string()))?;
    if mode.journal_mode == "delete" { Ok(()) } else { Err(Fold::InUse) }
}

/// Why a database cannot be made to stand alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Another program has it open.
    InUse,
    /// It cannot be read.
    Damaged(String),
}

/// Puts a file in the place of a database that nobody has open; what was there is kept under another name, with its log if it has one. At every moment
/// there is one or the other in that place.
pub fn replace(database: &Path, with: &Path, kept: &Path) -> Result<(), String> {
    let failed = |e: io::Error| format!("{}: {e}", database.display());
    if database.exists() {
        // A second name where the file system knows such, else a second file.
        fs::hard_link(database, kept).or_else(|_| fs::copy(database, kept).and_then(|_| sync(kept))).map_err(failed)?;
    }
    // A log that belongs to another file would be played into the new one.
    for end in ["-wal", "-shm"] {
        match fs::rename(beside(database, end), beside(kept, end)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
    }
    sync(with).and_then(|()| fs::rename(with, database)).and_then(|()| sync_folder(database)).map_err(failed)
}

/// A file beside another, by what is added to the name.
#[must_use]
pub fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Waits until a file is on disk.
pub fn sync(file: &Path) -> io::Result<()> {
    File::options().read(true).write(true).open(file)?.sync_all()
}

/// Waits until the name of a file is on disk.
pub fn sync_folder(file: &Path) -> io::Result<()> {
    // Elsewhere folders cannot be opened, and names are written through.
    if cfg!(unix) { File::open(folder(file))?.sync_all() } else { Ok(()) }
}

/// The folder of a file.
#[must_use]
pub fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
