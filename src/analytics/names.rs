//! What is shown for the keys that come out of a question, in the language of the caller.
use std::collections::HashMap;

use super::plan::Plan;
use super::rules::{Dimension, Own};
use super::store::{self, Key};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Locale, Problem};
use crate::standards::{self, entity::Entity};

impl Plan<'_> {
    /// The names of all keys that came out.
    pub(super) fn names<'r>(&self, c: &mut AnyConnection, rows: impl Iterator<Item = &'r Vec<Key>>) -> Result<Names, Problem> {
        let mut ids: Vec<Vec<Id>> = vec![Vec::new(); self.ask.group_by.len()];
        for keys in rows {
            for (all, key) in ids.iter_mut().zip(keys) {
                if let Key::Id(id) = key {
                    all.push(*id);
                }
            }
        }
        let mut names = Names::default();
        for (&dimension, mut ids) in self.ask.group_by.iter().zip(ids) {
            ids.sort_unstable();
            ids.dedup();
            match dimension {
                Dimension::Own(Own::Product) => names.ids.extend(store::product_names(c, &ids)?),
                Dimension::Own(Own::Owner) => names.ids.extend(store::user_names(c, &ids)?),
                Dimension::Own(Own::Team) => names.ids.extend(store::team_names(c, &ids)?),
                Dimension::Own(Own::Customer) => names.ids.extend(store::customer_names(c, &ids)?),
                Dimension::Own(Own::Source) => names.sources = item_labels(c, "sources", self.locale)?,
                Dimension::Own(Own::Stage) => {
                    names.codes.extend(item_labels(c, "stages", self.locale)?.into_iter().map(|(code, label)| (("stage", code), label)))
                }
                Dimension::Own(Own::Reason) => {
                    for list in ["cancel-reasons", "loss-reasons"] {
                        names.codes.extend(item_labels(c, list, self.locale)?.into_iter().map(|(code, label)| (("reason", code), label)));
                    }
                }
                Dimension::Custom { path, is_flag } => names.choices.extend(choice_labels(c, path, is_flag, self.locale)?),
                _ => {}
            }
        }
        Ok(names)
    }
}

/// What to show for keys.
#[derive(Default)]
pub(super) struct Names {
    pub(super) ids: HashMap<Id, String>,
    pub(super) sources: HashMap<String, String>,
    /// Of stages and reasons, by dimension and code.
    pub(super) codes: Choices,
    pub(super) choices: Choices,
}

/// Labels by custom field and value.
type Choices = HashMap<(&'static str, String), String>;

pub(super) const fn everybody_else(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Team",
        Locale::ZhCn => "团队",
    }
}

pub(super) const fn the_rest(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Others",
        Locale::ZhCn => "其余",
    }
}

pub(super) fn status_label(status: &str, locale: Locale) -> &str {
    const LABELS: [(&str, &str, &str); 9] = [
        ("draft", "Draft", "草稿"),
        ("in_review", "In review", "审核中"),
        ("returned", "Returned", "已退回"),
        ("pending", "Pending", "待处理"),
        ("processed", "Processed", "已处理"),
        ("won", "Won", "已成交"),
        ("lost", "Lost", "已流失"),
        ("cancelled", "Cancelled", "已取消"),
        ("expired", "Expired", "已过期"),
    ];
    let labels = LABELS.iter().find(|(word, ..)| *word == status);
    labels.map_or(status, |(_, en, zh)| if matches!(locale, Locale::En) { en } else { zh })
}

fn item_labels(c: &mut AnyConnection, list: &str, locale: Locale) -> Result<HashMap<String, String>, Problem> {
    let document = store::settings_document(c, list)?.unwrap_or_default();
    let label = |item: &serde_json::Value| Some((item["code"].as_str()?.to_owned(), item["labels"][locale.as_str()].as_str()?.to_owned()));
    Ok(document["items"].as_array().into_iter().flatten().filter_map(label).collect())
}

/// What to show for the values of a custom field.
fn choice_labels(c: &mut AnyConnection, path: &'static str, is_flag: bool, locale: Locale) -> Result<Choices, Problem> {
    if is_flag {
        let words = match locale {
            Locale::En => [("true", "Yes"), ("false", "No")],
            Locale::ZhCn => [("true", "是"), ("false", "否")],
        };
        return Ok(words.into_iter().map(|(value, label)| ((path, value.to_owned()), label.to_owned())).collect());
    }
    let standard = standards::service::current(c, Entity::Orders.as_str())?;
    let choices = standard.fields.iter().filter(|field| field.path() == path).flat_map(|field| field.kind.choices());
    Ok(choices.map(|choice| ((path, choice.value.clone()), choice.labels.get(locale).to_owned())).collect())
}
