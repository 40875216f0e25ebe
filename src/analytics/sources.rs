//! Where orders come from: what became of those of each source, and what they earned.
use std::collections::HashMap;

use super::conversion::conversion;
use super::dto::GroupKey;
use super::dto::customers::{SourceRevenue, SourceRow, Sources};
use super::question::Ask;
use super::revenue::revenue;
use super::rules::{Dimension, Own};
use crate::identity::Act;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};

/// The question of conversion and the question of revenue, by source, side by side.
pub fn sources(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Sources, Problem> {
    let mut ask = ask.clone();
    ask.group_by = vec![Dimension::Own(Own::Source)];
    let source = |group: &super::dto::Group| group.get("source").cloned().unwrap_or(GroupKey { key: None, label: None });
    let mut earned: HashMap<Option<String>, Vec<SourceRevenue>> = HashMap::new();
    let worth = revenue(c, act, &ask, locale)?;
    for row in worth.data {
        let of_source = SourceRevenue { currency: row.currency, measures: row.measures, unconverted: row.unconverted };
        earned.entry(source(&row.group).key).or_default().push(of_source);
    }
    let counted = conversion(c, act, &ask, locale)?;
    let data = counted.data.into_iter().map(|row| {
        let source = source(&row.group);
        let revenue = earned.remove(&source.key).unwrap_or_default();
        SourceRow { source, measures: row.measures, revenue, drilldown: row.drilldown, drilldowns: row.drilldowns }
    });
    Ok(Sources { data: data.collect(), told: worth.told, frame: counted.frame })
}
