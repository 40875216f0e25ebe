//! What the use of a refresh token means, decided from what is stored of its session. Pure.
use crate::platform::db::UtcTime;

/// How long a refresh token may be used again after its rotation: a phone may have lost the answer.
pub const GRACE_SECONDS: i64 = 30;

const GRACE: u64 = GRACE_SECONDS as u64 * 1_000_000;

/// A session as far as the decision goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub expires_at: UtcTime,
    /// When its refresh token was first used.
    pub rotated_at: Option<UtcTime>,
    /// When its family ended, or when it was revoked unused.
    pub ended_at: Option<UtcTime>,
}

/// What to do with a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Rotate it: its first use.
    Rotate,
    /// Revoke the successor, which nobody has used, and give another.
    Replace,
    /// Two hold what only one was given: end the whole family.
    Theft,
    /// Too old to mean anything.
    Expired,
}

/// Decides on the use of a refresh token; `successor` is the session that its last use opened.
#[must_use]
pub fn decide(step: Step, successor: Option<Step>, now: UtcTime) -> Use {
    let unused = |successor: Step| successor.rotated_at.is_none() && successor.ended_at.is_none();
    match step {
        Step { expires_at, .. } if expires_at <= now => Use::Expired,
        // Who holds a revoked successor was given it by a token that somebody else used, too.
        Step { ended_at: Some(_), .. } => Use::Theft,
        Step { rotated_at: None, .. } => Use::Rotate,
        // The clock may have been put back since; that makes the grace no longer.
        Step { rotated_at: Some(at), .. } if now.0.abs_diff(at.0) <= GRACE && successor.is_some_and(unused) => Use::Replace,
        _ => Use::Theft,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_once_and_within_the_grace_again() {
        let at = |seconds| UtcTime(0).plus_seconds(seconds);
        let step = |rotated: Option<i64>, ended: Option<i64>| Step { expires_at: at(1000), rotated_at: rotated.map(at), ended_at: ended.map(at) };
        let fresh = step(None, None);
        for (token, successor, now, expected) in [
            (fresh, None, 0, Use::Rotate),
            (fresh, None, 999, Use::Rotate),
            (fresh, None, 1000, Use::Expired),
            (step(Some(10), None), Some(fresh), 10, Use::Replace),
            (step(Some(10), None), Some(fresh), 40, Use::Replace),
            (step(Some(10), None), Some(fresh), 41, Use::Theft),
            (step(Some(110), None), Some(fresh), 80, Use::Replace),
            (step(Some(110), None), Some(fresh), 79, Use::Theft),
            (step(Some(10), None), Some(step(Some(12), None)), 15, Use::Theft),
            (step(Some(10), None), Some(step(None, Some(12))), 15, Use::Theft),
            (step(Some(10), None), None, 15, Use::Theft),
            (step(None, Some(5)), None, 6, Use::Theft),
            (step(Some(4), Some(5)), Some(fresh), 6, Use::Theft),
            (step(Some(4), Some(5)), Some(fresh), 1000, Use::Expired),
        ] {
            assert_eq!(decide(token, successor, at(now)), expected, "{token:?} {successor:?} at {now}");
        }
    }
}
