//! Whether the packs say what the facts in them say.
use std::collections::HashMap;

use super::store::{self, Packed};
use super::{Column, Columns, Vocabulary, Words, read};
use crate::facts::Drift;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;

/// The orders of which a pack says something else than their facts, or that stand in none that is there, and packs that have neither an order nor a gap somewhere;
/// at most so many.
pub fn drift(c: &mut AnyConnection, most: usize) -> Result<Vec<Drift>, Problem> {
    let mut all = Vec::new();
    let columns = Column::all();
    let vocabulary = store::words(c, &columns)?;
    for pack in store::packs(c)? {
        let rows = store::rows(c, pack.id)?;
        read(c, &[pack], &columns, &vocabulary, |columns, left| {
            let mut places: HashMap<usize, &Packed> = rows.iter().map(|row| (row.place(), row)).collect();
            for (place, said) in said(&columns, &vocabulary)?.into_iter().enumerate() {
                let wrong = match places.remove(&place) {
                    None if left.contains(&place) => continue,
                    None => Some(Id(uuid::Uuid::nil())),
                    Some(row) => (row.status != columns.pack.status || left.contains(&place) || said != self::row(row)).then_some(row.order_id),
                };
                all.extend(wrong.map(|order_id| Drift { order_id, what: format!("pack {} says something else at {place}", columns.pack.id) }));
            }
            all.extend(places.into_values().map(|row| Drift { order_id: row.order_id, what: format!("pack {} lacks it", columns.pack.id) }));
            Ok(())
        })?;
        if all.len() >= most {
            break;
        }
    }
    all.extend(store::astray(c, most)?);
    all.truncate(most);
    Ok(all)
}

/// The values of the columns, by name.
type Values = HashMap<&'static str, Option<Vec<u8>>>;

fn row(row: &Packed) -> Values {
    Column::all().into_iter().map(|column| (column.as_str(), row.word(column).map(std::borrow::Cow::into_owned))).collect()
}

/// What a pack says of each of its orders.
fn said(columns: &Columns<'_>, vocabulary: &Vocabulary) -> Result<Vec<Values>, Problem> {
    let none = Words::default();
    let mut all = vec![Values::new(); columns.orders()];
    for (column, words) in Column::all().into_iter().map(|column| (column, vocabulary.get(&column).unwrap_or(&none))) {
        let values: Vec<Option<Vec<u8>>> = match column {
            Column::ProductShares => columns.shares()?.each(words).into_iter().map(Some).collect(),
            Column::Amount | Column::FirstSubmittedAt => columns.numbers(column)?.into_iter().map(|number| Some(number.to_le_bytes().to_vec())).collect(),
            _ => columns.codes(column)?.into_iter().map(|code| words.get(code as usize).map(<[u8]>::to_vec)).collect(),
        };
        all.iter_mut().zip(values).for_each(|(order, value)| drop(order.insert(column.as_str(), value)));
    }
    Ok(all)
}
