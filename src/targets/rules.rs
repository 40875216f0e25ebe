//! Months, and whose targets a caller reads and sets. Pure.
use chrono::{Datelike, NaiveDate};

use crate::identity::{Caller, Permission, Role};
use crate::platform::db::Id;

/// Whose target it is: a user with the team of the moment, or a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    User(Id, Option<Id>),
    Team(Id),
}

impl Holder {
    /// Its id.
    #[must_use]
    pub const fn id(self) -> Id {
        match self {
            Self::User(id, _) | Self::Team(id) => id,
        }
    }
    /// The word for it in the table.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(..) => "user",
            Self::Team(_) => "team",
        }
    }
    const fn team(self) -> Option<Id> {
        match self {
            Self::User(_, team) => team,
            Self::Team(id) => Some(id),
        }
    }
    fn is_led_by(self, caller: &Caller) -> bool {
        self.team().is_some_and(|team| caller.leads.contains(&team))
    }
}

/// Whether a caller reads the target: reps their own and that of their team, leads those of the teams led and of their members, others all.
#[must_use]
pub fn reads(caller: &Caller, holder: Holder) -> bool {
    caller.role != Role::Rep
        || holder.is_led_by(caller)
        || match holder {
            Holder::User(id, _) => caller.user == Some(id),
            Holder::Team(id) => caller.team == Some(id),
        }
}

/// Whether a caller sets the target: administrators all, leads those of the teams led and of their members.
#[must_use]
pub fn sets(caller: &Caller, holder: Holder) -> bool {
    caller.holds(Permission::TargetsEdit) && (caller.role == Role::Admin || holder.is_led_by(caller))
}

/// Reads `2027-03` as the first day of the month.
#[must_use]
pub fn parse_month(text: &str) -> Option<NaiveDate> {
    let plain = text.len() == 7 && text.bytes().enumerate().all(|(i, b)| if i == 4 { b == b'-' } else { b.is_ascii_digit() });
    plain.then(|| format!("{text}-01").parse().ok()).flatten().filter(|day: &NaiveDate| day.year() > 0)
}

/// A month as it is written.
#[must_use]
pub fn month_text(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::new_id;

    #[test]
    fn months_are_read_and_written() {
        for good in ["2027-03", "0001-01", "9999-12"] {
            assert_eq!(parse_month(good).map(month_text).as_deref(), Some(good));
        }
        for bad in ["2027-13", "2027-00", "0000-01", "2027-3", "2027-03-01", "2027/03", "+027-03", "２０２７-03", ""] {
            assert_eq!(parse_month(bad), None, "{bad}");
        }
    }

    #[test]
    fn who_reads_and_who_sets() {
        let (own_team, other_team, me, mate) = (new_id(), new_id(), new_id(), new_id());
        let caller =
            |role, leads: &[Id]| Caller { user: Some(me), name: "x".into(), role, team: Some(own_team), leads: leads.into(), zone: None, scopes: None };
        let holders = [
            Holder::User(me, Some(own_team)),
            Holder::User(mate, Some(own_team)),
            Holder::User(new_id(), Some(other_team)),
            Holder::User(new_id(), None),
            Holder::Team(own_team),
            Holder::Team(other_team),
        ];
        for (role, leads, reads_, sets_) in [
            (Role::Rep, vec![], "x---x-", "------"),
            (Role::Rep, vec![own_team], "xx--x-", "xx--x-"),
            (Role::Rep, vec![other_team], "x-x-xx", "--x--x"),
            (Role::Reviewer, vec![], "xxxxxx", "------"),
            (Role::Reviewer, vec![other_team], "xxxxxx", "--x--x"),
            (Role::Admin, vec![], "xxxxxx", "xxxxxx"),
        ] {
            let caller = caller(role, &leads);
            let told = |may: fn(&Caller, Holder) -> bool| holders.iter().map(|holder| if may(&caller, *holder) { 'x' } else { '-' }).collect::<String>();
            assert_eq!((told(reads).as_str(), told(sets).as_str()), (reads_, sets_), "{role:?} {leads:?}");
        }
    }
}
