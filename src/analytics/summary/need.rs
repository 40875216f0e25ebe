//! Why open orders need somebody: which of them are meant, as a condition and as a list. Pure; whose they are is the question's.
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use crate::analytics::drilldown::Drill;
use crate::platform::clock::start_of;
use crate::platform::db::UtcTime;
use crate::platform::db::sql::{Sql, Value};
use crate::word_type;

word_type! {
    /// Why an open order needs somebody.
    Need { Overdue "overdue", ClosingSoon "closing_soon", Quiet "quiet", Returned "returned", InReview "in_review" }
}

/// An order that is to be closed within so many days is closing.
const CLOSING_DAYS: u64 = 7;
/// An order whose last change lies so many days back is quiet.
const QUIET_DAYS: u64 = 14;

const ACTIVE: &[&str] = &["pending", "processed"];

/// The orders that need somebody for one reason on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needy {
    statuses: &'static [&'static str],
    /// The first expected close date that is meant, and the first that no longer is.
    expected: (Option<NaiveDate>, Option<NaiveDate>),
    /// Before which moment they were changed last.
    unchanged_since: Option<UtcTime>,
}

impl Need {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Overdue, Self::ClosingSoon, Self::Quiet, Self::Returned, Self::InReview];

    /// The orders that are meant on a day of a zone.
    #[must_use]
    pub fn on(self, today: NaiveDate, zone: Tz) -> Needy {
        let all = |statuses| Needy { statuses, expected: (None, None), unchanged_since: None };
        match self {
            Self::Overdue => Needy { expected: (None, Some(today)), ..all(ACTIVE) },
            Self::ClosingSoon => Needy { expected: (Some(today), today.checked_add_days(Days::new(CLOSING_DAYS))), ..all(ACTIVE) },
            Self::Quiet => {
                let day = today.checked_sub_days(Days::new(QUIET_DAYS)).unwrap_or(today);
                Needy { unchanged_since: Some(start_of(zone, day)), ..all(ACTIVE) }
            }
            Self::Returned => all(&["returned"]),
            Self::InReview => all(&["in_review"]),
        }
    }
}

impl Needy {
    /// The condition on orders.
    #[must_use]
    pub fn condition(&self) -> Sql {
        let statuses = Sql::new("orders.status in (").list(self.statuses.iter().map(|&status| Value::Text(status.into()))).text(")");
        let bound = |column: &str, value| Sql::new(format!("orders.{column} ")).bind(value);
        let (from, to) = self.expected;
        let from = from.map(|day| bound("expected_close_date >=", Value::Date(day)));
        let to = to.map(|day| bound("expected_close_date <", Value::Date(day)));
        let since = self.unchanged_since.map(|moment| bound("updated_at <", Value::Time(moment)));
        Sql::all([Some(statuses), from, to, since].into_iter().flatten())
    }

    /// The list of them, among those of another.
    #[must_use]
    pub fn list(&self, of: Drill) -> Drill {
        let (from, to) = self.expected;
        of.any_of("status", self.statuses.iter().copied()).days("expected_close_date", from, to).times("updated_at", None, self.unchanged_since)
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;

    use super::*;

    #[test]
    fn who_needs_somebody_is_said_in_the_words_of_the_list() {
        let today = "2026-11-25".parse().unwrap_or_default();
        let told = Need::ALL.map(|need| need.on(today, Shanghai).list(Drill::default()).url());
        assert_eq!(
            told,
            [
                "/api/v1/orders?status=pending%2Cprocessed&expected_close_date%5Blt%5D=2026-11-25",
                "/api/v1/orders?status=pending%2Cprocessed&expected_close_date%5Bgte%5D=2026-11-25&expected_close_date%5Blt%5D=2026-12-02",
                "/api/v1/orders?status=pending%2Cprocessed&updated_at%5Blt%5D=2026-11-10T16%3A00%3A00.000000Z",
                "/api/v1/orders?status=returned",
                "/api/v1/orders?status=in_review",
            ]
        );
        assert_eq!(Need::ALL.map(Need::as_str), Need::WORDS);
    }
}
