//! What was looked at and what was found, bounded: the first faults of each kind are told, all are counted.
use std::collections::BTreeMap;

/// Most faults of one kind that are told.
pub const MOST_TOLD: usize = 100;

/// What a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Database,
    Amounts,
    History,
    SideTables,
    SearchIndex,
    Facts,
    Orphans,
    Events,
    StoredAnswers,
    Jobs,
}

impl Kind {
    /// How it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Amounts => "amounts",
            Self::History => "history",
            Self::SideTables => "side tables",
            Self::SearchIndex => "search index",
            Self::Facts => "facts",
            Self::Orphans => "orphans",
            Self::Events => "events",
            Self::StoredAnswers => "stored answers",
            Self::Jobs => "jobs",
        }
    }
}

#[derive(Debug, Default)]
struct Found {
    count: usize,
    told: Vec<String>,
}

/// What a check came to.
#[derive(Debug, Default)]
pub struct Report {
    looked_at: Vec<(&'static str, usize)>,
    found: BTreeMap<Kind, Found>,
}

impl Report {
    /// Adds a fault.
    pub fn fault(&mut self, kind: Kind, line: impl Into<String>) {
        let found = self.found.entry(kind).or_default();
        found.count += 1;
        if found.told.len() < MOST_TOLD {
            found.told.push(line.into());
        }
    }

    /// Adds faults.
    pub fn faults<L: Into<String>>(&mut self, kind: Kind, lines: impl IntoIterator<Item = L>) {
        lines.into_iter().for_each(|line| self.fault(kind, line));
    }

    /// Counts what was looked at, in the order in which it was first looked at.
    pub fn looked_at(&mut self, what: &'static str, count: usize) {
        match self.looked_at.iter_mut().find(|(known, _)| *known == what) {
            Some((_, sum)) => *sum += count,
            None => self.looked_at.push((what, count)),
        }
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.found.is_empty()
    }

    /// A line for each thing that was looked at.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        self.looked_at.iter().map(|(what, count)| format!("{count:>10} {what}")).collect()
    }

    /// A line for each fault that is told and, where there are more, one for how many.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let of_kind = |(kind, found): (&Kind, &Found)| {
            let name = kind.as_str();
            let more = (found.count > found.told.len()).then(|| format!("{name}: {} faults and more, of which {} are told", found.count, found.told.len()));
            found.told.iter().map(|line| format!("{name}: {line}")).chain(more).collect::<Vec<_>>()
        };
        self.found.iter().flat_map(of_kind).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_faults_are_counted_and_some_are_told() {
        let mut report = Report::default();
        assert!(report.is_clean() && report.told().is_empty());
        report.looked_at("orders", 7);
        report.looked_at("lines", 2);
        report.looked_at("orders", 1);
        report.faults(Kind::Events, (0..MOST_TOLD + 20).map(|n| format!("number {n}")));
        report.fault(Kind::Amounts, "a line");
        let told = report.told();
        assert_eq!((told.len(), told[0].as_str(), told[1].as_str()), (MOST_TOLD + 2, "amounts: a line", "events: number 0"));
        assert_eq!(told.last().map(String::as_str), Some("events: 120 faults and more, of which 100 are told"));
        assert_eq!(report.seen(), ["         8 orders", "         2 lines"]);
        assert!(!report.is_clean());
    }
}
