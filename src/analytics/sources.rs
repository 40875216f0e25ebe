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
    for row in revenue(c, act, &ask, locale)?.data {
        let key = source(&row.group).key;
        let told =
            SourceRevenue { currency: row.currency, won_amount: row.won_amount, orders: row.orders, average_amount: row.average_amount, share: row.share };
        earned.entry(key).or_default().push(told);
    }
    let counted = conversion(c, act, &ask, locale)?;
    let data = counted.data.into_iter().map(|row| {
        let source = source(&row.group);
        SourceRow {
            revenue: earned.remove(&source.key).unwrap_or_default(),
            source,
            orders: row.orders,
            won: row.won,
            lost: row.lost,
            cancelled: row.cancelled,
            expired: row.expired,
            open: row.open,
            win_rate: row.win_rate,
            conversion_rate: row.conversion_rate,
            drilldown: row.drilldown.unwrap_or_default(),
            drilldowns: row.drilldowns,
        }
    });
    Ok(Sources { data: data.collect(), frame: counted.frame })
}
