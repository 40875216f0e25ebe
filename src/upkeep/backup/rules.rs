//! How backups that the server makes are called, which of them are too many, and when the next one is due. Pure.
use chrono::NaiveDateTime;

use crate::platform::db::UtcTime;

const BEGIN: &str = "intent-orders-";
const END: &str = ".db";
const MOMENT: &str = "%Y%m%dT%H%M%SZ";
/// How long after a failure it is tried again, in seconds.
const AGAIN_SECONDS: i64 = 600;

/// A moment as file names have it, in UTC.
#[must_use]
pub fn moment(at: UtcTime) -> String {
    at.to_chrono().format(MOMENT).to_string()
}

/// The name of the backup of a moment.
#[must_use]
pub fn name(at: UtcTime) -> String {
    format!("{BEGIN}{}{END}", moment(at))
}

/// The moment of a backup by its name; none where the name is not of ours.
#[must_use]
pub fn taken_at(file: &str) -> Option<UtcTime> {
    let text = file.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let at = UtcTime::from(NaiveDateTime::parse_from_str(text, MOMENT).ok()?.and_utc());
    // Only as we write it: what looks nearly so belongs to somebody else.
    (name(at) == file).then_some(at)
}

/// The backups among the files of a folder, the oldest first.
#[must_use]
pub fn ours(files: impl IntoIterator<Item = String>) -> Vec<(UtcTime, String)> {
    let mut ours: Vec<_> = files.into_iter().filter_map(|file| Some((taken_at(&file)?, file))).collect();
    ours.sort();
    ours
}

/// Those of them that were made by now. Others were made by a clock that was ahead: they stay until it comes to them, and say nothing of now.
#[must_use]
pub fn by_now(ours: &[(UtcTime, String)], now: UtcTime) -> &[(UtcTime, String)] {
    &ours[..ours.partition_point(|(at, _)| *at <= now)]
}

/// Those that are older than the newest so many.
#[must_use]
pub fn surplus(ours: &[(UtcTime, String)], keep: usize) -> &[(UtcTime, String)] {
    &ours[..ours.len().saturating_sub(keep)]
}

/// Whether it is time for another: so many hours after the last whole one, but not soon after one that failed. A last one of a later time than now is none:
/// the clock was put back.
#[must_use]
pub fn is_due(last: Option<UtcTime>, failed: Option<UtcTime>, every_hours: i64, now: UtcTime) -> bool {
    let passed = |since: Option<UtcTime>, seconds: i64| since.is_none_or(|since| since > now || since.plus_seconds(seconds) <= now);
    passed(last, every_hours * 3600) && passed(failed, AGAIN_SECONDS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AT: UtcTime = UtcTime(1_795_420_800_000_000);

    #[test]
    fn only_names_of_ours_are_ours() {
        assert_eq!(name(AT), "intent-orders-20261123T080000Z.db");
        for (file, ours) in [
            ("intent-orders-20261123T080000Z.db", true),
            ("intent-orders-20261123T080000Z.db-wal", false),
            ("intent-orders-20261123T0800Z.db", false),
            ("intent-orders-20261323T080000Z.db", false),
            ("intent-orders-+20261123T080000Z.db", false),
            ("intent-orders-mine.db", false),
            ("intent-orders.db", false),
            ("20261123T080000Z.db", false),
        ] {
            assert_eq!(taken_at(file).is_some(), ours, "{file}");
        }
    }

    #[test]
    fn the_oldest_are_too_many() {
        let files = ["intent-orders-20261125T000000Z.db", "notes.txt", "intent-orders-20261123T000000Z.db", "intent-orders-20261124T000000Z.db"];
        let ours = ours(files.map(str::to_owned));
        let names = |keep| surplus(&ours, keep).iter().map(|(_, name)| name[14..22].to_owned()).collect::<Vec<_>>();
        let second = ours[1].0;
        assert_eq!((by_now(&ours, second).len(), by_now(&ours, UtcTime(second.0 - 1)).len(), by_now(&ours, UtcTime(0)).len()), (2, 1, 0));
        assert_eq!((names(1), names(2), names(3), names(9)), (vec!["20261123".into(), "20261124".into()], vec!["20261123".into()], vec![], vec![]));
    }

    #[test]
    fn the_next_is_due_after_so_many_hours() {
        let ago = |seconds: i64| Some(AT.plus_seconds(-seconds));
        for (last, failed, due) in [
            (None, None, true),
            (ago(3599), None, false),
            (ago(3600), None, true),
            (ago(3600), ago(10), false),
            (None, ago(599), false),
            (None, ago(600), true),
            (ago(-86_400), None, true),
        ] {
            assert_eq!(is_due(last, failed, 1, AT), due, "{last:?} {failed:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_tells_its_second(seconds in 0_i64..4_000_000_000) {
            let at = UtcTime(seconds * 1_000_000);
            prop_assert_eq!(taken_at(&name(at)), Some(at));
        }
    }
}
