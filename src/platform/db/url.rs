//! The address of the database: which of the two it is, decided by the scheme.
use std::fmt;
use std::path::PathBuf;

/// Where the data lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, from `sqlite://path`.
    Sqlite(PathBuf),
    /// A server, from `postgres://…`, handed to libpq as it stands.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads an address; the error says what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            if path.is_empty() || path == ":memory:" || path.contains(['?', '#']) {
                return Err("names no file: write sqlite://path/to/file.db".into());
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.into()));
        }
        Err("must begin with sqlite:// or postgres://".into())
    }
}

/// Without the password, fit for a log.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                let rest = rest.split_once('@').map_or(rest, |(_, host)| host);
                write!(f, "{scheme}://{}", rest.split_once('?').map_or(rest, |(host, _)| host))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_alone_decides() {
        assert_eq!(DatabaseUrl::parse("sqlite://data/x.db"), Ok(DatabaseUrl::Sqlite("data/x.db".into())));
        assert!(matches!(DatabaseUrl::parse("postgres://a@b/c"), Ok(DatabaseUrl::Postgres(_))));
        for wrong in ["", "x.db", "postgres:oops", "sqlite:", "sqlite://", "sqlite://:memory:", "mysql://a"] {
            assert!(DatabaseUrl::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_printed_address_holds_no_password() {
        let url = DatabaseUrl::parse("postgres://me:hush@host:5432/db?password=hush").map(|u| u.to_string());
        assert_eq!(url.as_deref(), Ok("postgres://host:5432/db"));
    }
}
