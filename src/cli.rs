//! The command line: each command reads the settings, does one thing and says what it did; a bad start names every fault at once.
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::{Parser, Subcommand};

use crate::app;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::state::State;
use crate::platform::telemetry;

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
    /// Print the OpenAPI document.
    Openapi,
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
        Command::Migrate => {
            let state = start()?;
            println!("The tables of {} are up to date.", state.config.database_url);
            Ok(())
        }
        Command::Serve => serve(start()?),
    }
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
    Ok(state)
}

fn serve(state: State) -> Result<(), Vec<String>> {
    let listen = state.config.listen;
    let listener = TcpListener::bind(listen).map_err(|e| vec![format!("LISTEN {listen}: {e}")])?;
    let draining = state.draining.clone();
    let public = state.config.public_url.clone();
    actix_web::rt::System::new().block_on(async move {
        let server = app::serve(state, listener).map_err(one)?;
        log::info!("serving {public}, docs at {public}/docs/");
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            if terminated().await.is_ok() {
                draining.store(true, Ordering::Relaxed);
                log::info!("finishing what runs, then ending");
                handle.stop(true).await;
            }
        });
        server.await.map_err(one)
    })
}

/// Waits for SIGTERM or Ctrl-C.
async fn terminated() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = term.recv() => Ok(()),
            ended = tokio::signal::ctrl_c() => ended,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
