//! An import from the command line: the same job, done at once in this process, by the program itself.
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::mapping::Entity;
use super::store::{self, ImportRow};
use super::upload::Upload;
use super::{Imports, report, service, source};
use crate::identity::Act;
use crate::platform::db::Id;
use crate::platform::jobs::{self, JobState};
use crate::platform::problem::{FaultView, Locale, Problem};
use crate::platform::state::State;
use crate::platform::web::json;

/// How many refused rows are shown.
const MOST_SHOWN: i64 = 5;

/// What to import and how.
#[derive(Debug)]
pub struct Options {
    pub entity: String,
    pub file: PathBuf,
    pub mapping: Option<PathBuf>,
    /// Where the refused rows go.
    pub errors: Option<PathBuf>,
    pub validate_only: bool,
    /// Whether a refused row makes the command fail.
    pub strict: bool,
}

/// Imports a file and says what its rows came to.
pub fn run(state: &State, options: &Options) -> Result<(), Vec<String>> {
    let upload = read(options)?;
    let (act, id) = (Act::system(state.clock.now()), service::id());
    let (caller, mapping) = (act.caller.clone(), upload.mapping.clone());
    let custom = state.db.read_here(move |c| service::custom(c, &caller, mapping.as_ref())).map_err(told)?;
    let mut plan = Some(service::plan(upload, &custom, options.validate_only).map_err(told)?);
    let (mut lease, _) = state.db.write_here(move |tx| service::create(tx, &act, &mut plan, id, true)).map_err(told)?;
    jobs::conclude(state, &Imports, &mut lease, &AtomicBool::new(false));
    let (import, job) = state.db.read_here(move |c| service::find(c, id)).map_err(told)?;
    if let Some(path) = &options.errors {
        write_errors(state, id, path).map_err(|e| vec![format!("{}: {e}", path.display())])?;
    }
    say(state, &import, options)?;
    if job.state != JobState::Done.as_str() {
        return Err(vec![format!("the import is {} after {} rows: {}", job.state, import.next_row, job.error.unwrap_or_default())]);
    }
    if options.strict && import.refused > 0 {
        return Err(vec![format!("{} rows were refused", import.refused)]);
    }
    Ok(())
}

fn read(options: &Options) -> Result<Upload, Vec<String>> {
    let open = |path: &Path| std::fs::read(path).map_err(|e| vec![format!("{}: {e}", path.display())]);
    let known = || Entity::ALL.map(Entity::name).join(", ");
    let entity = Entity::parse(&options.entity).ok_or_else(|| vec![format!("there is no entity {}; known are {}", options.entity, known())])?;
    let mapping = match &options.mapping {
        Some(path) => json::parse(&open(path)?).map_err(|problem| vec![format!("{}: {}", path.display(), words(&problem).join("; "))])?,
        None => source::mapping_by_header(entity),
    };
    if let Some(other) = mapping["entity"].as_str().filter(|name| *name != entity.name()) {
        return Err(vec![format!("the mapping is for {other}, not for {}", entity.name())]);
    }
    let file_name = options.file.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Upload { file: Some(open(&options.file)?), file_name, mapping: Some(mapping), faults: Vec::new() })
}

fn say(state: &State, import: &ImportRow, options: &Options) -> Result<(), Vec<String>> {
    let id = import.id;
    let would = if import.validate_only { "would be " } else { "" };
    println!(
        "{} from {}: {would}created {}, updated {}, unchanged {}, refused {}",
        import.entity,
        options.file.display(),
        import.created,
        import.updated,
        import.unchanged,
        import.refused
    );
    for row in state.db.read_here(move |c| store::errors(c, id, 0, MOST_SHOWN)).map_err(told)? {
        println!("  {}", report::line(&row, Locale::En));
    }
    if import.refused > MOST_SHOWN {
        let rest = options.errors.as_ref().map_or("--errors FILE writes them all".to_owned(), |path| format!("all are in {}", path.display()));
        println!("  and {} more; {rest}", import.refused - MOST_SHOWN);
    }
    Ok(())
}

/// Written even where it is empty, so that an old file tells nothing wrong.
fn write_errors(state: &State, id: Id, path: &Path) -> Result<(), String> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(|e| e.to_string())?);
    let first = state.db.read_here(move |c| report::beginning(c, id)).map_err(|p| p.to_string())?;
    file.write_all(&first).map_err(|e| e.to_string())?;
    let mut after = Some(0);
    while let Some(place) = after {
        let part = state.db.read_here(move |c| report::part(c, id, place, Locale::En)).map_err(|p| p.to_string())?;
        file.write_all(&part.bytes).map_err(|e| e.to_string())?;
        after = part.after;
    }
    file.flush().map_err(|e| e.to_string())
}

fn told(problem: Problem) -> Vec<String> {
    words(&problem)
}

/// A problem in English, for a terminal: each fault a line.
fn words(problem: &Problem) -> Vec<String> {
    let view = crate::platform::problem::render(problem, Locale::En, "", "", "");
    if view.errors.is_empty() {
        return vec![view.detail];
    }
    let suggested = |fault: &FaultView| fault.suggestion.as_ref().map(|s| format!(" Did you mean {s}?")).unwrap_or_default();
    view.errors.iter().map(|fault| format!("{}: {}{}", fault.pointer, fault.detail, suggested(fault))).collect()
}
