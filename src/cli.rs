//! The command line: each command reads the settings, does one thing and says what it did; a bad start names every fault at once.
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::app;
use crate::demo::load::{self, Outset};
use crate::identity::users;
use crate::integrations::import::command;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::DatabaseUrl;
use crate::platform::problem::{Locale, Problem, render};
use crate::platform::state::State;
use crate::platform::telemetry;
use crate::system;
use crate::upkeep::backup::service as backup;
use crate::upkeep::check;

/// The orders that customers intend to place: a JSON REST API on SQLite or PostgreSQL. Settings are in .env.example.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API.
    Serve,
    /// Bring the tables of the database up to date.
    Migrate,
    /// Import a CSV file of products, customers, users or orders; rows that are refused are told, and do not stop it.
    Import {
        /// products, customers, users or orders.
        entity: String,
        /// CSV in UTF-8 with a header.
        file: PathBuf,
        /// How its columns become fields (JSON); without one the header names the fields.
        #[arg(long)]
        mapping: Option<PathBuf>,
        /// Where the refused rows go, with their reasons.
        #[arg(long)]
        errors: Option<PathBuf>,
        /// Only tell what would be refused.
        #[arg(long)]
        validate_only: bool,
        /// Fail if a row is refused.
        #[arg(long)]
        strict: bool,
    },
    /// Put the demo into an empty database and say how to begin with it.
    Demo {
        /// No fault where the database holds data already: leave them alone.
        #[arg(long)]
        if_empty: bool,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Copy the database, while others use it, into a file that appears when it is whole (SQLite).
    Backup {
        file: PathBuf,
        /// Write over a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Put a backup in the place of the database, which nobody may have open; what was there is kept beside it (SQLite).
    Restore { file: PathBuf },
    /// Look through the whole database, while others use it, for anything that is not as it must be; fails with a line for each fault.
    Check,
    /// Care for administrators.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Make an administrator, who can then make all other users.
    Create {
        /// What the administrator logs in with.
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// From 10 to 200 characters; without it one line of standard input is read, which no process list shows.
        #[arg(long)]
        password: Option<String>,
    },
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    match execute(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(faults) => {
            for fault in faults {
                eprintln!("error: {fault}");
            }
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> Result<(), Vec<String>> {
    match command {
        Command::Openapi => {
            // The document of the repository speaks of no particular server.
            println!("{}", serde_json::to_string_pretty(&app::document("http://127.0.0.1:8080")).map_err(one)?);
            Ok(())
        }
        Command::Backup { file, force } => back_up(&file, force),
        Command::Restore { file } => restore(&file),
        Command::Check => look_through(),
        Command::Migrate => {
            let state = start()?;
            println!("The tables of {} are up to date.", state.config.database_url);
            Ok(())
        }
        Command::Import { entity, file, mapping, errors, validate_only, strict } => {
            command::run(&start()?, &command::Options { entity, file, mapping, errors, validate_only, strict })
        }
        Command::Demo { if_empty } => show_demo(if_empty),
        Command::Serve => serve(start()?),
        Command::Admin { command: AdminCommand::Create { email, name, password } } => create_admin(&email, &name, password),
    }
}

fn back_up(file: &Path, force: bool) -> Result<(), Vec<String>> {
    let config = Config::from_environment()?;
    let url = &config.database_url;
    let made = backup::make(url, file, force, Clock::system().now()).map_err(one)?;
    println!("{} holds {url} as it was at {}: {} bytes, sound, on disk.", made.file.display(), made.taken_at, made.size);
    if let (DatabaseUrl::Sqlite(path), None) = (url, &config.secret) {
        println!("Keep {}.secret as well, in another place: it signs sessions and cursors and is in no backup.", path.display());
    }
    Ok(())
}

fn restore(file: &Path) -> Result<(), Vec<String>> {
    let config = Config::from_environment()?;
    let url = &config.database_url;
    telemetry::start(config.log_level);
    let done = backup::restore(url, file, Clock::system().now()).map_err(one)?;
    println!("{} is in the place of {url} now.", file.display());
    if let Some(kept) = done.kept {
        println!("What was there is kept as {}.", kept.display());
    }
    if !done.migrations.is_empty() {
        println!("The backup was older than this program; migrations run: {}.", done.migrations.join(", "));
    }
    println!("Ended {} sessions: everybody logs in anew. API keys and passwords are those of the backup.", done.sessions);
    println!("`intent-orders check` looks through all of it.");
    Ok(())
}

fn look_through() -> Result<(), Vec<String>> {
    let config = Config::from_environment()?;
    let url = &config.database_url;
    let report = check::run(url).map_err(|e| vec![format!("DATABASE_URL {url}: {e}")])?;
    println!("Looked at in {url}:");
    report.seen().iter().for_each(|line| println!("{line}"));
    if !report.is_clean() {
        return Err(report.told());
    }
    println!("All of it is as it must be.");
    Ok(())
}

fn create_admin(email: &str, name: &str, password: Option<String>) -> Result<(), Vec<String>> {
    let password = match password {
        Some(password) => password,
        None => {
            eprintln!("Password of {email}:");
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map_err(one)?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    let state = start()?;
    let admin = users::service::create_admin(&state, name, email, &password).map_err(|problem| told(&problem))?;
    println!("{} <{}> administers {} now.", admin.name, admin.email, state.config.database_url);
    Ok(())
}

/// Makes the first administrator of an empty database; where the settings name none, says how to make one.
fn first_admin(state: &State) -> Result<(), Vec<String>> {
    if let Some((email, password)) = &state.config.first_admin {
        if users::service::ensure_admin(state, email, password).map_err(|problem| told(&problem))? {
            log::warn!("there was no user; made the administrator {email} from ADMIN_EMAIL and ADMIN_PASSWORD");
        }
    } else if state.db.read_here(users::store::is_empty).map_err(|problem| told(&problem))? {
        log::error!("THERE IS NO USER, so nobody can log in. Make one: intent-orders admin create --email you@example.com --name You");
    }
    Ok(())
}

/// A problem as lines of text: its detail, then every fault.
fn told(problem: &Problem) -> Vec<String> {
    let view = render(problem, Locale::En, "", "", "");
    let cause = problem.cause().filter(|_| problem.code().status().is_server_error()).map(|cause| format!("{}: {cause}", problem.code().as_str()));
    let faults = view.errors.iter().map(|fault| format!("{}: {}", fault.pointer.trim_start_matches('/'), fault.detail));
    std::iter::once(view.detail.clone()).chain(faults).chain(cause).collect()
}

/// Loads the demo where nothing is, and prints docs address, accounts and first steps.
fn show_demo(if_empty: bool) -> Result<(), Vec<String>> {
    let state = start()?;
    let server = &state.config.public_url;
    let outset = load::load(&state).map_err(|problem| told(&problem))?;
    match outset {
        Outset::Loaded => println!("The demo is in {}: 5 users, 10 products, 40 customers, 300 orders.", state.config.database_url),
        Outset::There => println!("The demo is in {} already.", state.config.database_url),
        Outset::Taken if if_empty => println!("{} holds data of its own; they are left alone.", state.config.database_url),
        Outset::Taken => return Err(one(format!("{} holds data of its own; the demo goes into an empty database only", state.config.database_url))),
    }
    println!("Docs, once the server runs: {server}/docs/\n");
    if outset != Outset::Taken {
        println!("{}", load::first_steps(server, state.clock.now()));
    }
    Ok(())
}

fn one(fault: impl ToString) -> Vec<String> {
    vec![fault.to_string()]
}

/// Reads the settings and opens the database, saying which one it is and what was done to it.
fn start() -> Result<State, Vec<String>> {
    let config = Config::from_environment()?;
    telemetry::start(config.log_level);
    let url = config.database_url.clone();
    let (state, migrations) = State::open(config, Clock::system()).map_err(|e| vec![format!("DATABASE_URL {url}: {e}")])?;
    if migrations.is_empty() {
        log::info!("opened {url}");
    } else {
        log::warn!("opened {url}, which was new or older; migrations run: {}", migrations.join(", "));
    }
    app::prepare(&state).map_err(|e| vec![format!("DATABASE_URL {url}: {e}")])?;
    Ok(state)
}

/// How long jobs and what counts may take to come to a rest when all is answered.
const MOST_LEAVING: Duration = Duration::from_secs(15);

fn serve(state: State) -> Result<(), Vec<String>> {
    first_admin(&state)?;
    let listen = state.config.listen;
    let listener = TcpListener::bind(listen).map_err(|e| vec![format!("LISTEN {listen}: {e}")])?;
    let _jobs = app::start_jobs(&state).map_err(one)?;
    let address = listener.local_addr().map_err(one)?.to_string();
    let (draining, notice) = (state.draining.clone(), state.config.deadlines.notice);
    let (public, watched) = (state.config.public_url.clone(), state.clone());
    let served = actix_web::rt::System::new().block_on(async move {
        let server = app::serve(state, listener).map_err(one)?;
        log::info!(address = address.as_str(); "serving {public}, docs at {public}/docs/");
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            let Ok(mut signals) = Signals::listen() else { return };
            if signals.next().await.is_ok() {
                draining.store(true, Ordering::Relaxed);
                log::info!("not ready from now on; finishing what runs, then ending");
                let finish = async {
                    tokio::time::sleep(notice).await;
                    handle.stop(true).await;
                };
                tokio::select! {
                    () = finish => {}
                    // Who signals twice does not want to wait. What was acknowledged is on disk; what was not is undone by the database, as after a power cut.
                    Ok(()) = signals.next() => {
                        log::warn!("second signal: leaving at once");
                        std::process::exit(1);
                    }
                }
            }
        });
        let ended = server.await.map_err(one);
        leave_soon();
        ended
    });
    system::leave(&watched);
    served
}

/// All is answered; what still holds a thread, as for a database that has fallen silent, is not waited for without end.
fn leave_soon() {
    let leave = || {
        std::thread::sleep(MOST_LEAVING);
        log::warn!("what still runs takes too long: leaving without it");
        std::process::exit(1);
    };
    if let Err(e) = std::thread::Builder::new().name("leave".into()).spawn(leave) {
        log::warn!("nobody sees to it that this ends: {e}");
    }
}

/// SIGTERM and Ctrl-C, listened to from one moment on: none that comes between two waits is missed.
struct Signals {
    #[cfg(unix)]
    term: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { term: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }
    #[cfg(not(unix))]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) -> std::io::Result<()> {
        #[cfg(unix)]
        {
            tokio::select! {
                _ = self.term.recv() => Ok(()),
                _ = self.interrupt.recv() => Ok(()),
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    }
}
