//! Which events a caller may see and which are asked for, as conditions on the log. Pure.
use crate::identity::{Caller, Permission, Role};
use crate::platform::db::Id;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::{FaultCode, Problem};
use crate::platform::web::Query;
use crate::platform::web::query::bad;

/// Whose events are for everybody who may read records of the type. What stands neither here nor among orders is for administrators.
const READABLE: &[(&str, Permission)] = &[
    ("customer", Permission::CustomersRead),
    ("product", Permission::ProductsRead),
    ("user", Permission::UsersRead),
    ("team", Permission::TeamsRead),
    ("settings", Permission::SettingsRead),
    ("standard", Permission::StandardsRead),
    ("import", Permission::ImportsRead),
    ("job", Permission::JobsRead),
];
/// Orders are decided one by one.
const ORDER: &str = "order";

/// The condition under which an event is the caller's to see: that of its record.
#[must_use]
pub fn visible(caller: &Caller) -> Sql {
    let text = |word: &str| Value::Text(word.to_owned());
    let readable = READABLE.iter().filter(|(_, permission)| caller.holds(*permission));
    let by_type = Sql::new("events.record_type in (").list(std::iter::once("").chain(readable.map(|(word, _)| *word)).map(text)).text(")");
    let orders = caller.holds(Permission::OrdersRead).then(|| {
        let order = Sql::new("(events.record_type = ").bind(text(ORDER));
        // Who sees every order needs no look at them: PostgreSQL would read them all to have them at hand.
        if caller.role != Role::Rep {
            return order.text(")");
        }
        order
            .text(" and exists (select 1 from orders where orders.id = events.record_id and ")
            .then(caller.sees("orders.owner_id", "orders.team_id"))
            .text("))")
    });
    let unknown = (caller.role == Role::Admin).then(|| {
        let known = READABLE.iter().map(|(word, _)| *word).chain([ORDER]).map(text);
        Sql::new("events.record_type not in (").list(known).text(")")
    });
    Sql::any([by_type].into_iter().chain(orders).chain(unknown))
}

/// What a question to the feed asks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub filter: Sql,
    /// Whether one record is meant: its events are found at once, however far apart they are.
    pub one_record: bool,
}

impl Wanted {
    /// Reads `type`, `record_type` and `record`.
    pub fn parse(query: &Query) -> Result<Self, Problem> {
        let record = query.get("record").map(|id| Id::parse(id).ok_or_else(|| bad("record", FaultCode::NotAnId))).transpose()?;
        let filters = [
            query.get("type").map(kinds).transpose()?,
            query.get("record_type").map(record_types).transpose()?,
            record.map(|id| Sql::new("events.record_id = ").bind(Value::Id(id))),
        ];
        Ok(Self { filter: Sql::all(filters.into_iter().flatten()), one_record: record.is_some() })
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// `order.won` is that type, `order.*` every type that begins so.
fn kinds(list: &str) -> Result<Sql, Problem> {
    let pieces = list.split(',').map(|kind| match kind.split_once('.') {
        Some((family, "*")) if is_word(family) => {
            // In the order of bytes '/' comes behind '.', so between the two lies every name that begins with the family and a dot.
            let (from, to) = (Value::Text(format!("{family}.")), Value::Text(format!("{family}/")));
            Ok(Sql::new("(events.type >= ").bind(from).text(" and events.type < ").bind(to).text(")"))
        }
        Some((family, what)) if is_word(family) && is_word(what) => Ok(Sql::new("events.type = ").bind(Value::Text(kind.to_owned()))),
        _ => Err(bad("type", FaultCode::NotEventTypes)),
    });
    Ok(Sql::any(pieces.collect::<Result<Vec<_>, _>>()?))
}

fn record_types(list: &str) -> Result<Sql, Problem> {
    let words: Vec<&str> = list.split(',').collect();
    if !words.iter().all(|word| is_word(word)) {
        return Err(bad("record_type", FaultCode::NotRecordTypes));
    }
    Ok(Sql::new("events.record_type in (").list(words.into_iter().map(|word| Value::Text(word.to_owned()))).text(")"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sound_filters_are_read() {
        for (query, sound) in [
            ("", true),
            ("type=order.won", true),
            ("type=order.*,customer.contact_erased", true),
            ("type=*", false),
            ("type=order", false),
            ("type=order.*.*", false),
            ("type=order.w*", false),
            ("type=", false),
            ("type=order.won,", false),
            ("record_type=order,team", true),
            ("record_type=Order", false),
            ("record_type=", false),
            ("record=019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e", true),
            ("record=IO-000001", false),
        ] {
            assert_eq!(Wanted::parse(&Query::parse("/events", query).unwrap()).is_ok(), sound, "{query}");
        }
    }

    #[test]
    fn who_may_read_nothing_sees_nothing() {
        let condition = format!("{:?}", visible(&Caller { role: Role::Rep, ..Caller::system() }));
        assert!(!condition.contains("\"import\"") && !condition.contains("not in") && condition.contains("\"team\""), "{condition}");
        assert!(condition.contains("1 = 0"), "a rep without user and team has no order: {condition}");
    }
}
