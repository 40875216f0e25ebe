//! Settings from the environment and `.env`, read once, checked as a whole: a bad start names every fault at once.
#![allow(clippy::disallowed_methods)] // The one place that reads the environment.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use ipnet::IpNet;

use super::db::DatabaseUrl;
use super::web::cors::Origins;
use super::web::origin;
use super::{decimal, secrets};

/// Everything that the environment decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`: where the data lives.
    pub database_url: DatabaseUrl,
    /// `LISTEN`: address and port to serve on.
    pub listen: SocketAddr,
    /// `PUBLIC_URL`: the address under which callers know this service; without a trailing slash.
    pub public_url: String,
    /// `CORS_ORIGINS`: whose web pages may call.
    pub cors_origins: Origins,
    /// `SECRET`: what token and cursor keys are derived from.
    pub secret: Option<String>,
    /// `SECRET_PREVIOUS`: the secret before, which only verifies.
    pub secret_previous: Option<String>,
    /// `ADMIN_EMAIL` and `ADMIN_PASSWORD`: make the first administrator of an empty database.
    pub first_admin: Option<(String, String)>,
    /// `BASE_CURRENCY`: seeds an empty database.
    pub base_currency: String,
    /// `TIME_ZONE`: seeds an empty database.
    pub time_zone: Tz,
    /// `RATE_LIMIT`: units a minute and caller; `None` is `off`.
    pub rate_limit: Option<u32>,
    /// `LOGIN_RATE_LIMIT`: tries to log in a minute and address; `None` is `off`.
    pub login_rate_limit: Option<u32>,
    /// `TRUSTED_PROXIES`: whose word on a client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// `DATABASE_POOL`: connections to the database, on SQLite those of readers.
    pub pool: u32,
    /// `WORKERS`: threads that serve HTTP.
    pub workers: usize,
    /// `LOG_LEVEL`.
    pub log_level: log::LevelFilter,
    /// `BACKUP_DIR`, `BACKUP_EVERY`, `BACKUP_KEEP`: where to, how often and how many; none is made where there is no folder.
    pub backups: Option<Backups>,
    /// `ACCESS_LOG`: whether each request has a line in the log.
    pub access_log: bool,
    /// `SLOW_REQUEST`: from how much time on a request is slow; `None` is `off`.
    pub slow_request: Option<Duration>,
    /// `METRICS_TOKEN`: who reads the metrics.
    pub metrics_token: Option<String>,
    /// Whether, without a token, who asks from this machine may: where `PUBLIC_URL` says that the service is known elsewhere, everybody seems to.
    pub local_metrics: bool,
    /// How long things on the wire may take; not from the environment, but short in tests.
    pub deadlines: Deadlines,
}

/// Backups that the server makes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backups {
    pub folder: PathBuf,
    pub every_hours: i64,
    /// How many are kept; older ones are deleted.
    pub keep: usize,
}

/// How long things on the wire may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// The head of a request.
    pub head: Duration,
    /// A JSON body, and the next piece of an upload.
    pub body: Duration,
    /// A whole upload; a line of 2 Mbit/s brings 64 MiB.
    pub upload: Duration,
    /// An idle connection, until it is closed.
    pub idle: Duration,
    /// A client that reads nothing of its answer.
    pub answer: Duration,
    /// From the signal to stop to the last connection accepted: long enough for a balancer to see that this instance is not ready.
    pub notice: Duration,
    /// What runs when the program is to stop.
    pub shutdown: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { head: seconds(10), body: seconds(30), upload: seconds(300), idle: seconds(75), answer: seconds(30), notice: seconds(1), shutdown: seconds(30) }
    }
}

/// The names of all settings, in the order of `.env.example`.
pub const NAMES: [&str; 22] = [
    "DATABASE_URL",
    "LISTEN",
    "PUBLIC_URL",
    "CORS_ORIGINS",
    "SECRET",
    "SECRET_PREVIOUS",
    "ADMIN_EMAIL",
    "ADMIN_PASSWORD",
    "BASE_CURRENCY",
    "TIME_ZONE",
    "RATE_LIMIT",
    "LOGIN_RATE_LIMIT",
    "TRUSTED_PROXIES",
    "DATABASE_POOL",
    "WORKERS",
    "LOG_LEVEL",
    "ACCESS_LOG",
    "SLOW_REQUEST",
    "METRICS_TOKEN",
    "BACKUP_DIR",
    "BACKUP_EVERY",
    "BACKUP_KEEP",
];

impl Config {
    /// Reads `.env` where there is one, then the environment, which wins.
    pub fn from_environment() -> Result<Self, Vec<String>> {
        let mut values = BTreeMap::new();
        match dotenvy::from_path_iter(".env") {
            Ok(lines) => {
                for line in lines {
                    let (name, value) = line.map_err(|e| vec![format!(".env: {e}")])?;
                    values.insert(name, value);
                }
            }
            Err(e) if e.not_found() => {}
            Err(e) => return Err(vec![format!(".env: {e}")]),
        }
        for name in NAMES {
            match std::env::var(name) {
                Ok(value) => drop(values.insert(name.into(), value)),
                Err(std::env::VarError::NotPresent) => {}
                Err(std::env::VarError::NotUnicode(_)) => return Err(vec![format!("{name}: is not UTF-8")]),
            }
        }
        Self::from_values(&values)
    }

    /// Reads settings from a map; answers every fault, not the first.
    pub fn from_values(values: &BTreeMap<String, String>) -> Result<Self, Vec<String>> {
        let mut reader = Reader { values, faults: Vec::new() };
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let database_url = reader.take("DATABASE_URL", "sqlite://data/intent-orders.db", DatabaseUrl::parse);
        let listen =
            reader.take("LISTEN", "127.0.0.1:8080", |v| v.parse::<SocketAddr>().map_err(|_| "must be an address and port such as 127.0.0.1:8080".into()));
        let public_url = reader.optional("PUBLIC_URL", |v| {
            let sound = (v.starts_with("http://") || v.starts_with("https://")) && !v.contains(['?', '#', ' ']);
            if sound { Ok(v.trim_end_matches('/').to_owned()) } else { Err("must be an http or https address".into()) }
        });
        let cors_origins = reader.take("CORS_ORIGINS", "", Origins::parse);
        let secret = reader.optional("SECRET", long_enough);
        let secret_previous = reader.optional("SECRET_PREVIOUS", long_enough);
        let email = reader.optional("ADMIN_EMAIL", |v| if v.contains('@') { Ok(v.to_owned()) } else { Err("must be an e-mail address".into()) });
        let password =
            reader.optional("ADMIN_PASSWORD", |v| if v.chars().count() >= 10 { Ok(v.to_owned()) } else { Err("needs 10 characters or more".into()) });
        if email.is_some() != password.is_some() {
            reader.faults.push("ADMIN_EMAIL and ADMIN_PASSWORD: give both or neither".into());
        }
        let base_currency = reader.take("BASE_CURRENCY", "CNY", |v| {
            if decimal::is_currency(v) { Ok(v.to_owned()) } else { Err("must be a currency code of ISO 4217 such as CNY".into()) }
        });
        let time_zone = reader.take("TIME_ZONE", "Asia/Shanghai", |v| v.parse::<Tz>().map_err(|_| "must be an IANA time zone such as Asia/Shanghai".into()));
        let rate_limit = reader.take("RATE_LIMIT", "1200", limit);
        let login_rate_limit = reader.take("LOGIN_RATE_LIMIT", "30", limit);
        let trusted_proxies = reader
            .optional("TRUSTED_PROXIES", |v| origin::parse_trusted(v).ok_or_else(|| "must be addresses and networks such as 10.0.0.0/8, 2001:db8::1".into()));
        let pool = reader.take("DATABASE_POOL", &(cores * 2 + 2).to_string(), |v| whole(v, 1, 500).map(|n| n as u32));
        let workers = reader.take("WORKERS", &cores.to_string(), |v| whole(v, 1, 256).map(|n| n as usize));
        let log_level = reader.take("LOG_LEVEL", "info", |v| v.parse().map_err(|_| "must be off, error, warn, info, debug or trace".into()));
        let folder = reader.optional("BACKUP_DIR", |v| Ok(PathBuf::from(v)));
        let every = reader.take("BACKUP_EVERY", "24", |v| whole(v, 1, 8_784).map(|n| n as i64));
        let keep = reader.take("BACKUP_KEEP", "7", |v| whole(v, 1, 10_000).map(|n| n as usize));
        let backups = folder.zip(every.zip(keep)).map(|(folder, (every_hours, keep))| Backups { folder, every_hours, keep });
        if matches!(database_url, Some(DatabaseUrl::Postgres(_))) && backups.is_some() {
            reader.faults.push("BACKUP_DIR: is for SQLite; PostgreSQL has pg_dump and archives of its own, README says how".into());
        }
        let access_log = reader.take("ACCESS_LOG", "on", |v| match v {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err("must be on or off".into()),
        });
        let slow_request =
            reader.take("SLOW_REQUEST", "1000", |v| if v == "off" { Ok(None) } else { whole(v, 1, 600_000).map(|n| Some(Duration::from_millis(n))) });
        let metrics_token = reader.optional("METRICS_TOKEN", long_enough);
        if matches!(database_url, Some(DatabaseUrl::Postgres(_))) && secret.is_none() && values.get("SECRET").is_none_or(String::is_empty) {
            reader.faults.push("SECRET: is required with PostgreSQL, where several instances share one".into());
        }
        let local_metrics = public_url.as_deref().is_none_or(origin::names_this_machine);
        let of_log = log_level.zip(access_log).zip(slow_request);
        match (database_url, listen, cors_origins, base_currency, time_zone, rate_limit.zip(login_rate_limit), pool, workers, of_log) {
            (
                Some(database_url),
                Some(listen),
                Some(cors_origins),
                Some(base_currency),
                Some(time_zone),
                Some((rate_limit, login_rate_limit)),
                Some(pool),
                Some(workers),
                Some(((log_level, access_log), slow_request)),
            ) if reader.faults.is_empty() => Ok(Self {
                database_url,
                listen,
                public_url: public_url.unwrap_or_else(|| format!("http://{listen}")),
                cors_origins,
                secret,
                secret_previous,
                first_admin: email.zip(password),
                base_currency,
                time_zone,
                rate_limit,
                login_rate_limit,
                trusted_proxies: trusted_proxies.unwrap_or_default(),
                pool,
                workers,
                log_level,
                backups,
                access_log,
                slow_request,
                metrics_token,
                local_metrics,
                deadlines: Deadlines::default(),
            }),
            _ => Err(reader.faults),
        }
    }

    /// The secret: the one that was set or, with SQLite, one that is made once and kept beside the database, readable by its owner alone.
    pub fn secret(&self) -> Result<String, String> {
        match (&self.secret, &self.database_url) {
            (Some(secret), _) => Ok(secret.clone()),
            (None, DatabaseUrl::Sqlite(database)) => kept_secret(database),
            (None, DatabaseUrl::Postgres(_)) => Err("SECRET: is required with PostgreSQL".into()),
        }
    }
}

fn kept_secret(database: &Path) -> Result<String, String> {
    use std::io::Write as _;
    let path = PathBuf::from(format!("{}.secret", database.display()));
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut file) => {
            let secret = secrets::random_token().map_err(|e| e.to_string())?;
            file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            Ok(secret)
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            let secret = std::fs::read_to_string(&path).map_err(failed)?;
            long_enough(&secret).map_err(|e| format!("{}: {e}", path.display()))
        }
        Err(e) => Err(failed(e)),
    }
}

fn long_enough(value: &str) -> Result<String, String> {
    if value.chars().count() >= 32 { Ok(value.to_owned()) } else { Err("needs 32 characters or more".into()) }
}

fn whole(value: &str, least: u64, most: u64) -> Result<u64, String> {
    value.parse().ok().filter(|n| (least..=most).contains(n)).ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

fn limit(value: &str) -> Result<Option<u32>, String> {
    if value == "off" { Ok(None) } else { whole(value, 1, 1_000_000).map(|n| Some(n as u32)) }
}

struct Reader<'a> {
    values: &'a BTreeMap<String, String>,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn take<T>(&mut self, name: &str, default: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let value = self.values.get(name).map(String::as_str).filter(|v| !v.is_empty()).unwrap_or(default);
        read(value).map_err(|e| self.faults.push(format!("{name}: {e}"))).ok()
    }
    fn optional<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let value = self.values.get(name).filter(|v| !v.is_empty())?;
        read(value).map_err(|e| self.faults.push(format!("{name}: {e}"))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        Config::from_values(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn nothing_set_is_a_good_start() {
        let config = read(&[]).unwrap();
        assert_eq!((config.database_url.to_string().as_str(), config.public_url.as_str()), ("sqlite://data/intent-orders.db", "http://127.0.0.1:8080"));
    }

    #[test]
    fn a_bad_start_names_every_fault() {
        let faults = read(&[
            ("DATABASE_URL", "postgres:oops"),
            ("LISTEN", "x"),
            ("CORS_ORIGINS", "https://app.example.com/, *"),
            ("SECRET", "short"),
            ("ADMIN_EMAIL", "a@b"),
            ("TIME_ZONE", "Mars"),
            ("RATE_LIMIT", "-1"),
            ("LOGIN_RATE_LIMIT", "0"),
            ("TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
            ("ACCESS_LOG", "yes"),
            ("SLOW_REQUEST", "0"),
            ("METRICS_TOKEN", "short"),
        ])
        .unwrap_err();
        let names: Vec<_> = faults.iter().map(|f| f.split([':', ' ']).next().unwrap_or_default()).collect();
        assert_eq!(
            names,
            [
                "DATABASE_URL",
                "LISTEN",
                "CORS_ORIGINS",
                "SECRET",
                "ADMIN_EMAIL",
                "TIME_ZONE",
                "RATE_LIMIT",
                "LOGIN_RATE_LIMIT",
                "TRUSTED_PROXIES",
                "ACCESS_LOG",
                "SLOW_REQUEST",
                "METRICS_TOKEN"
            ]
        );
    }

    #[test]
    fn a_server_needs_a_secret() {
        assert_eq!(read(&[("DATABASE_URL", "postgres://x/y")]).unwrap_err().len(), 1);
        assert!(read(&[("DATABASE_URL", "postgres://x/y"), ("SECRET", &"s".repeat(32))]).is_ok());
    }

    #[test]
    fn backups_are_made_where_a_folder_is_named() {
        let backups = |pairs: &[(&str, &str)]| read(pairs).map(|config| config.backups);
        assert_eq!(backups(&[("BACKUP_EVERY", "6")]), Ok(None));
        assert_eq!(backups(&[("BACKUP_DIR", "b")]), Ok(Some(Backups { folder: "b".into(), every_hours: 24, keep: 7 })));
        let faults = backups(&[("BACKUP_DIR", "b"), ("BACKUP_EVERY", "0"), ("BACKUP_KEEP", "none")]).unwrap_err();
        assert!(faults.len() == 2 && faults[0].starts_with("BACKUP_EVERY: ") && faults[1].starts_with("BACKUP_KEEP: "), "{faults:?}");
        let server = [("DATABASE_URL", "postgres://x/y"), ("SECRET", &"s".repeat(32)), ("BACKUP_DIR", "b")];
        assert_eq!(backups(&server).unwrap_err().len(), 1);
    }

    #[test]
    fn every_setting_is_in_the_example_and_the_other_way_round() {
        let example = include_str!("../../.env.example");
        let named: Vec<_> = example
            .lines()
            .filter_map(|l| l.trim_start_matches(['#', ' ']).split_once('='))
            .map(|(n, _)| n)
            .filter(|n| n.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
            .collect();
        assert_eq!(named, NAMES);
    }
}
