//! What an answer looks like: which chart suits it, in which words. It counts nothing.
mod accuracy;
mod beyond;
mod conversion;
mod customers;
mod funnel;
mod people;
mod reasons;
mod revenue;
mod review;
mod sources;
mod time;
mod trend;
pub mod words;

use super::dto::{Frame, Group, GroupKey, ToldIn};
use super::rules::{Dimension, Own};
use crate::platform::chart::{Bar, Bars, Chart, Colour, Panel, Series};
use crate::platform::problem::Locale;
use crate::standards::definition::CustomField;

/// Most bars of one panel; more do not read.
const MOST_BARS: usize = 30;

/// What a picture is made for.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub group_by: &'a [Dimension],
    /// The fields that the company defines, for their labels.
    pub custom: &'a [CustomField],
    pub locale: Locale,
}

/// An answer that can be looked at.
pub trait Pictured {
    /// The chart that suits it.
    fn picture(&self, look: Look<'_>) -> Chart;
}

impl Look<'_> {
    fn say(self, en: &str, zh_cn: &str) -> String {
        words::say(self.locale, en, zh_cn)
    }

    /// What a group is called: the labels of its dimensions in the order they were asked in.
    fn label(self, group: &Group) -> String {
        let one = |dimension: &Dimension| self.part(group, *dimension);
        if self.group_by.is_empty() { self.say("All", "全部") } else { self.group_by.iter().map(one).collect::<Vec<_>>().join(" · ") }
    }

    /// What a group is called in one dimension.
    fn part(self, group: &Group, dimension: Dimension) -> String {
        group.get(dimension.as_str()).and_then(|key| key.label.clone()).unwrap_or_else(|| self.say("(none)", "（无）"))
    }

    /// The dimension of time, where there is one, and the others.
    fn in_time(self) -> (Option<Dimension>, Vec<Dimension>) {
        let is_time = |dimension: &Dimension| matches!(dimension, Dimension::Own(Own::Month | Own::Quarter | Own::Year));
        let time = self.group_by.iter().copied().find(is_time);
        (time, self.group_by.iter().copied().filter(|dimension| Some(*dimension) != time).collect())
    }

    /// The bars that are shown of so many: the last ones where they follow each other in time, else the first; and what is said of the others.
    fn shown<T>(self, mut rows: Vec<T>) -> (Vec<T>, Option<String>) {
        let more = rows.len().saturating_sub(MOST_BARS);
        if more == 0 {
            return (rows, None);
        }
        if self.in_time().0.is_some() {
            rows.drain(..more);
            return (rows, Some(self.say(&format!("{more} earlier groups are not shown."), &format!("另有较早的 {more} 组未显示。"))));
        }
        rows.truncate(MOST_BARS);
        (rows, Some(self.say(&format!("{more} further groups are not shown."), &format!("另有 {more} 组未显示。"))))
    }

    /// What is counted within a group, named with the group where there are several.
    fn beside(self, group: &Group, own: &GroupKey) -> String {
        match own.label.as_ref().or(own.key.as_ref()) {
            Some(own) if self.group_by.is_empty() => own.clone(),
            Some(own) => format!("{} · {own}", self.label(group)),
            None if self.group_by.is_empty() => self.say("(none)", "（无）"),
            None => self.label(group),
        }
    }

    /// Bars of one part.
    fn plain(colour: Colour, rows: Vec<Bar>) -> Bars {
        Bars { series: vec![Series { name: String::new(), colour }], rows }
    }

    /// What is said of so many that are not shown.
    fn more(self, more: i64) -> Option<String> {
        (more > 0).then(|| self.say(&format!("{more} more are not shown."), &format!("另有 {more} 项未显示。")))
    }

    /// Into which currency and by which rates amounts are converted, where they are.
    fn rates(self, told: &ToldIn) -> Option<String> {
        words::rates(told, self.locale)
    }

    fn chart(self, title: (&str, &str), frame: &Frame, panels: Vec<Panel>) -> Chart {
        self.drawn(title, vec![words::window(frame, self.locale)], panels, None)
    }

    fn drawn(self, title: (&str, &str), about: Vec<String>, panels: Vec<Panel>, footnote: Option<String>) -> Chart {
        Chart {
            title: words::title(self.locale, title.0, title.1, self.group_by, self.custom),
            about,
            panels,
            nothing: self.say("No orders to show", "没有可显示的订单"),
            footnote,
            locale: self.locale,
        }
    }
}
