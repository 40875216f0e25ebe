//! Numbers in the text format of Prometheus.
use std::fmt::{Display, Write as _};

use super::histogram::Seen;

/// A text that grows by one metric after the other.
#[derive(Debug, Default)]
pub struct Exposition(String);

/// The media type of the text.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Exposition {
    /// Begins a metric; its samples follow.
    pub fn metric(&mut self, name: &str, kind: &str, about: &str) {
        let _ = writeln!(self.0, "# HELP {name} {about}\n# TYPE {name} {kind}");
    }
    /// One number of a metric, with labels as they stand between braces.
    pub fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = if labels.is_empty() { writeln!(self.0, "{name} {value}") } else { writeln!(self.0, "{name}{{{labels}}} {value}") };
    }
    /// A metric of one number.
    pub fn single(&mut self, name: &str, kind: &str, about: &str, value: impl Display) {
        self.metric(name, kind, about);
        self.sample(name, "", value);
    }
    /// The samples of a histogram; `unit` is how many of what it counts make one of what is told.
    pub fn histogram(&mut self, name: &str, labels: &str, seen: &Seen, unit: u32) {
        let unit = f64::from(unit);
        let comma = if labels.is_empty() { "" } else { "," };
        let mut up_to = 0;
        for (bound, count) in seen.bounds.iter().zip(seen.counts) {
            up_to += count;
            let _ = writeln!(self.0, "{name}_bucket{{{labels}{comma}le=\"{}\"}} {up_to}", *bound as f64 / unit);
        }
        let total = seen.total();
        let _ = writeln!(self.0, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {total}");
        self.sample(&format!("{name}_sum"), labels, seen.sum as f64 / unit);
        self.sample(&format!("{name}_count"), labels, total);
    }
    /// The whole text.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

/// A text as the value of a label.
#[must_use]
pub fn label(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::watch::histogram::Histogram;

    #[test]
    fn buckets_count_all_below_them() {
        let times = Histogram::of_times();
        [400, 700, 20_000_000].into_iter().for_each(|time| times.observe(time));
        let mut text = Exposition::default();
        text.metric("x_seconds", "histogram", "Times.");
        text.histogram("x_seconds", "operation=\"a\"", &times.seen(), 1_000_000);
        text.single("y", "gauge", "One.", 5);
        let text = text.finish();
        assert!(text.starts_with("# HELP x_seconds Times.\n# TYPE x_seconds histogram\nx_seconds_bucket{operation=\"a\",le=\"0.0005\"} 1\nx_seconds_bucket{operation=\"a\",le=\"0.001\"} 2\n"), "{text}");
        assert!(text.ends_with(
            "le=\"10\"} 2\nx_seconds_bucket{operation=\"a\",le=\"+Inf\"} 3\nx_seconds_sum{operation=\"a\"} 20.0011\nx_seconds_count{operation=\"a\"} 3\n# HELP y One.\n# TYPE y gauge\ny 5\n"
        ), "{text}");
        assert_eq!(label("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
