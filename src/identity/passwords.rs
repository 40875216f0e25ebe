//! Passwords: Argon2id with 19 MiB, two passes and one lane, off the async threads, a few at a time.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::platform::problem::{Fault, FaultCode, Problem};

/// Least and most characters of a password.
pub const LENGTH: std::ops::RangeInclusive<usize> = 10..=200;
/// The fault of a password that is too short or too long to be taken.
#[must_use]
pub fn weak(password: &str, pointer: &str) -> Option<Fault> {
    let fault = || Fault::new(pointer, FaultCode::WeakPassword).param("min", LENGTH.start()).param("max", LENGTH.end());
    (!LENGTH.contains(&password.chars().count())).then(fault)
}

/// As many at a time as there are cores: each takes 19 MiB and a few hundredths of a second.
static PERMITS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, std::num::NonZero::get)));

fn argon2() -> Result<Argon2<'static>, Problem> {
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).map_err(Problem::internal)?))
}

/// Hashes a password; takes its time.
pub fn hash(password: &str) -> Result<String, Problem> {
    argon2()?.hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(Problem::internal)
}

/// Whether a password belongs to a hash. Without a hash as much work is done, so that unknown users cannot be told by its time; `checks` counts it.
pub fn verify(password: &str, hash: Option<&str>, checks: &AtomicU64) -> Result<bool, Problem> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let stand_in = match NOBODY.get() {
        Some(hash) => hash,
        None => {
            let hash = self::hash("a password that nobody has")?;
            NOBODY.get_or_init(|| hash)
        }
    };
    let parsed = PasswordHash::new(hash.unwrap_or(stand_in)).map_err(Problem::internal)?;
    let belongs = argon2()?.verify_password(password.as_bytes(), &parsed).is_ok();
    checks.fetch_add(1, Ordering::Relaxed);
    Ok(belongs && hash.is_some())
}

/// Runs [`hash`] or [`verify`] off the async threads.
pub async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    let _permit = PERMITS.acquire().await.map_err(Problem::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_measured_in_characters() {
        for (password, weak_one) in
            [("short", true), ("密码密码密码密码密", true), ("密码密码密码密码密码", false), (&"x".repeat(200), false), (&"x".repeat(201), true)]
        {
            assert_eq!(weak(password, "/password").is_some(), weak_one, "{password}");
        }
    }

    #[test]
    fn a_password_opens_its_own_hash_alone() {
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let checks = AtomicU64::default();
        let verify = |password, hash| verify(password, hash, &checks).unwrap();
        assert!(verify("correct horse", Some(&hash)) && !verify("wrong", Some(&hash)) && !verify("correct horse", None));
        assert_eq!(checks.load(Ordering::Relaxed), 3);
    }
}
