//! The claim to a database file, held by every process of this program that has it open: so nobody puts another file in its place meanwhile. It is a lock on
//! a file of its own beside the database, for SQLite would lose its locks on a file that this process opens and closes a second time.
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::DatabaseUrl;

/// A claim; it ends when it is dropped, and with the process however that ends.
#[derive(Debug)]
pub struct Claim(#[allow(dead_code)] Option<File>); // Held, never read.

impl Claim {
    /// Claims a database together with others; a server's database is claimed by nobody here.
    pub fn shared(url: &DatabaseUrl) -> Result<Self, String> {
        let DatabaseUrl::Sqlite(path) = url else { return Ok(Self(None)) };
        let claim = take(path, File::try_lock_shared)?;
        claim.ok_or_else(|| format!("{}: a backup is being put in its place; try again when that is done", path.display()))
    }

    /// Claims a database file alone.
    pub fn alone(path: &Path) -> Result<Self, String> {
        Self::unless_taken(path)?.ok_or_else(|| format!("{}: a server or another command has it open; stop that first", path.display()))
    }

    /// Claims something alone; none where others have claimed it.
    pub fn unless_taken(path: &Path) -> Result<Option<Self>, String> {
        take(path, File::try_lock)
    }
}

fn take(path: &Path, lock: impl Fn(&File) -> Result<(), TryLockError>) -> Result<Option<Claim>, String> {
    let beside = PathBuf::from(format!("{}.lock", path.display()));
    let failed = |e: std::io::Error| format!("{}: {e}", beside.display());
    let file = OpenOptions::new().create(true).write(true).truncate(false).open(&beside).map_err(failed)?;
    match lock(&file) {
        Ok(()) => Ok(Some(Claim(Some(file)))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(failed(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alone_keeps_out_all_others_and_they_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("x.db");
        let url = DatabaseUrl::Sqlite(path.clone());
        let (one, two) = (Claim::shared(&url).unwrap(), Claim::shared(&url).unwrap());
        assert!(Claim::alone(&path).unwrap_err().contains("has it open"));
        drop(one);
        assert!(Claim::alone(&path).is_err());
        drop(two);
        let alone = Claim::alone(&path).unwrap();
        assert!(Claim::shared(&url).unwrap_err().contains("try again") && Claim::alone(&path).is_err());
        drop(alone);
        assert!(Claim::shared(&url).is_ok());
    }
}
