//! Making a backup, putting one back, and what is known of those that the server made.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use serde_json::{Map, json};
use tempfile::TempPath;

use super::rules;
use super::store::{self, Numbers};
use crate::events::{self, Event};
use crate::identity::Act;
use crate::platform::clock::new_id;
use crate::platform::config::{Backups, Config};
use crate::platform::db::claim::Claim;
use crate::platform::db::copy::{self, Fold, beside};
use crate::platform::db::{DatabaseUrl, UtcTime, connection, migrate, work};
use crate::platform::problem::Problem;

/// Begin and end the names of files that are not whole yet; by the beginning those of the server are told from those of people.
const BY_HAND: &str = ".intent-orders-";
const BY_CLOCK: &str = ".intent-orders-by-clock-";
const PART: &str = ".part";
/// Tells in the folder of backups of the last one that failed.
const FAILED: &str = "intent-orders-failed.txt";
/// How far the numbers of events are put on where nobody knows which were given out: a reader walks over that many in a minute.
const UNKNOWN: i64 = 1_000_000;

/// A backup that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub file: PathBuf,
    /// In bytes.
    pub size: u64,
    pub taken_at: UtcTime,
}

/// The last try that failed, where none succeeded since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub at: UtcTime,
    pub reason: String,
}

/// What is known of the backups that the server makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub last: Option<Made>,
    pub failed: Option<Failure>,
}

fn sqlite(url: &DatabaseUrl) -> Result<&Path, String> {
    match url {
        DatabaseUrl::Sqlite(path) => Ok(path),
        DatabaseUrl::Postgres(_) => Err("this is for SQLite; PostgreSQL is backed up by pg_dump and put back by pg_restore, see \"Backup\" in README".into()),
    }
}

/// Makes a backup of a database, whoever uses it meanwhile. The file appears when it is whole, checked and on disk; a failure leaves nothing.
pub fn make(url: &DatabaseUrl, file: &Path, over: bool, now: UtcTime) -> Result<Made, String> {
    make_by(BY_HAND, url, file, over, now)
}

fn make_by(whom: &str, url: &DatabaseUrl, file: &Path, over: bool, now: UtcTime) -> Result<Made, String> {
    let database = sqlite(url)?;
    let failed = |e: io::Error| format!("{}: {e}", file.display());
    if !database.is_file() {
        return Err(format!("there is no file {}", database.display()));
    }
    if file.exists() && !over {
        return Err(format!("{}: is there already; --force writes over it", file.display()));
    }
    if same(database, file) {
        return Err(format!("{}: is the database itself", file.display()));
    }
    let part = part_in(copy::folder(file), whom).map_err(failed)?;
    copy::copy(database, &part)?;
    copy::verify(&part)?;
    let size = fs::metadata(&part).map_err(failed)?.len();
    let named = if over { part.persist(file) } else { part.persist_noclobber(file) };
    named.map_err(|e| failed(e.error))?;
    copy::sync_folder(file).map_err(failed)?;
    Ok(Made { file: file.to_owned(), size, taken_at: now })
}

/// A file in a folder that goes with the value, whatever happens; only its owner reads it.
fn part_in(folder: &Path, whom: &str) -> io::Result<TempPath> {
    Ok(tempfile::Builder::new().prefix(whom).suffix(PART).tempfile_in(folder)?.into_temp_path())
}

fn same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

/// What a restore came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where what was there before is kept, if anything was.
    pub kept: Option<PathBuf>,
    /// How many sessions were ended.
    pub sessions: usize,
    /// The migrations that the backup lacked.
    pub migrations: Vec<String>,
}

/// Puts a backup in the place of a database that nobody has open. All of it is prepared in a file beside; what was there is kept.
pub fn restore(url: &DatabaseUrl, file: &Path, now: UtcTime) -> Result<Restored, String> {
    let database = sqlite(url)?;
    let failed = |e: io::Error| format!("{}: {e}", database.display());
    copy::verify(file)?;
    if same(database, file) {
        return Err(format!("{}: is the database itself", file.display()));
    }
    fs::create_dir_all(copy::folder(database)).map_err(failed)?;
    let _claim = Claim::alone(database)?;
    let there = database.exists();
    // Whoever reads the feed, or has an order's number on paper, may know of more than the backup does.
    let known = there.then(|| connection::open(url).ok().and_then(|mut conn| store::numbers(&mut conn).ok())).flatten();
    if there {
        match copy::fold(database) {
            Ok(()) => {}
            Err(Fold::InUse) => return Err(format!("{}: another program has it open; stop that first", database.display())),
            Err(Fold::Damaged(e)) => log::warn!("the database that is replaced cannot be read: {e}"),
        }
    }
    let part = part_in(copy::folder(database), BY_HAND).map_err(failed)?;
    fs::copy(file, &part).map_err(failed)?;
    let prepared = prepare(&part, known, now);
    if prepared.is_err() {
        for end in ["-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(beside(&part, end));
        }
    }
    let (sessions, migrations) = prepared?;
    let kept = beside(database, &format!(".before-{}", rules::moment(now)));
    copy::replace(database, &part, &kept)?;
    Ok(Restored { kept: there.then_some(kept), sessions, migrations })
}

/// Makes of a copy what is to be served: with the tables of this program, without sessions, and with numbers that nobody was given before.
fn prepare(part: &Path, known: Option<Numbers>, now: UtcTime) -> Result<(usize, Vec<String>), String> {
    let told = |problem: Problem| problem.to_string();
    let mut conn = connection::open(&DatabaseUrl::Sqlite(part.to_owned())).map_err(|e| e.to_string())?;
    let migrations = migrate::run(&mut conn)?;
    let own = store::numbers(&mut conn).map_err(told)?;
    let order = known.map_or(own.order, |known| known.order.max(own.order));
    let event = known.map_or(own.event + UNKNOWN, |known| known.event.max(own.event)) + 1;
    let sessions = work::attempt(&mut conn, |tx| {
        let record_id = new_id();
        let changes: Map<_, _> = [("number".to_owned(), json!([own.event, event]))].into_iter().collect();
        let told = Event { kind: "database.restored", record_type: "database", record_id, version: 1, changes, occurred_at: now };
        events::append(tx, &Act::system(now), told)?;
        store::renumber(tx, record_id, event)?;
        store::end_sessions(tx, now)
    });
    let sessions = sessions.map_err(told)?;
    conn.batch_execute(&format!("pragma user_version = {}", order.min(i32::MAX.into()))).map_err(|e| e.to_string())?;
    drop(conn);
    copy::fold(part).map_err(|fault| format!("{}: {fault:?}", part.display()))?;
    Ok((sessions, migrations))
}

/// When the last good backup was made that the server fills its folder with.
#[must_use]
pub fn last(config: &Config) -> Option<UtcTime> {
    standing(config.backups.as_ref()?).ok()?.last.map(|made| made.taken_at)
}

/// What is known of the backups in a folder that the server fills.
pub fn standing(backups: &Backups) -> io::Result<Standing> {
    let last = ours(&backups.folder)?.pop().map(|(taken_at, name)| {
        let file = backups.folder.join(name);
        Ok::<_, io::Error>(Made { size: fs::metadata(&file)?.len(), file, taken_at })
    });
    let failed = fs::read_to_string(backups.folder.join(FAILED)).ok().and_then(|text| {
        let (at, reason) = text.trim_end().split_once(' ')?;
        Some(Failure { at: chrono::DateTime::parse_from_rfc3339(at).ok()?.to_utc().into(), reason: reason.to_owned() })
    });
    Ok(Standing { last: last.transpose()?, failed })
}

fn ours(folder: &Path) -> io::Result<Vec<(UtcTime, String)>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(rules::ours(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

/// Whether it is time for another.
pub fn is_due(backups: &Backups, now: UtcTime) -> io::Result<bool> {
    let last = rules::by_now(&ours(&backups.folder)?, now).last().map(|(taken_at, _)| *taken_at);
    Ok(rules::is_due(last, standing(backups)?.failed.map(|failure| failure.at), backups.every_hours, now))
}

/// Makes a backup into the folder if it is time for one, and then deletes what is too many; answers what was made. Of two at once one does it.
pub fn tend(url: &DatabaseUrl, backups: &Backups, now: UtcTime) -> Result<Option<Made>, String> {
    let told = |e: io::Error| format!("BACKUP_DIR {}: {e}", backups.folder.display());
    fs::create_dir_all(&backups.folder).map_err(told)?;
    let Some(_claim) = Claim::unless_taken(&backups.folder.join("intent-orders"))? else { return Ok(None) };
    if !is_due(backups, now).map_err(told)? {
        return Ok(None);
    }
    let note = backups.folder.join(FAILED);
    let file = backups.folder.join(rules::name(now));
    let made = clear_parts(&backups.folder).map_err(told).and_then(|()| make_by(BY_CLOCK, url, &file, false, now));
    match &made {
        // Only now, and only by our own names.
        Ok(_) => {
            let _ = fs::remove_file(note);
            for (_, name) in rules::surplus(rules::by_now(&ours(&backups.folder).map_err(told)?, now), backups.keep) {
                fs::remove_file(backups.folder.join(name)).map_err(told)?;
            }
        }
        // On a full disk this cannot be written either; the log tells all the same.
        Err(reason) => drop(fs::write(note, format!("{now} {}\n", reason.replace('\n', " ")))),
    }
    made.map(Some)
}

/// What a server that was ended meanwhile left behind.
fn clear_parts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.filter_map(Result::ok) {
        let name = entry.file_name().into_string().unwrap_or_default();
        if name.starts_with(BY_CLOCK) && name.ends_with(PART) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
