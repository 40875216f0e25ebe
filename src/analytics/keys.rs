//! What the orders of a group have in common: the SQL of each dimension's key. What a dimension is called and where its orders are listed is the plan's.
use super::question::Holder;
use super::rules::{Dimension, Own};
use super::store::{self, Form};
use crate::identity::Caller;
use crate::identity::rights::Role;
use crate::platform::db::sql::{Sql, Value};

/// The SQL of a dimension's key. Reps see colleagues outside the teams they lead without a key.
pub(super) fn key_of(dimension: Dimension, caller: &Caller, holder: &Holder, time: &str, starts: &[Value]) -> (Sql, Form) {
    let plain = |column: &'static str, form| (Sql::new(column), form);
    match dimension {
        Dimension::Own(Own::Product) => plain(store::PRODUCT, Form::Id),
        Dimension::Own(Own::Category) => plain("products.category", Form::Text),
        Dimension::Own(Own::Industry) => plain("customers.industry", Form::Text),
        Dimension::Own(Own::Region) => plain("customers.region", Form::Text),
        Dimension::Own(Own::ValueTier) => plain("customers.value_tier", Form::Text),
        Dimension::Own(Own::Source) => plain("orders.source", Form::Text),
        Dimension::Own(Own::IntentLevel) => plain("orders.intent_level", Form::Text),
        Dimension::Custom { path, is_flag } => (store::custom_value(path, is_flag), Form::Text),
        Dimension::Own(Own::Team) => plain(holder.team, Form::Id),
        Dimension::Own(Own::Owner) => match caller.user.filter(|_| caller.role == Role::Rep) {
            None => plain(holder.owner, Form::Id),
            Some(own) => {
                let owner = holder.owner;
                let key = Sql::new(format!("case when {owner} = ")).bind(Value::Id(own)).text(format!(" then {owner}"));
                let led = caller.leads.iter().copied().map(Value::Id);
                let key = if caller.leads.is_empty() { key } else { key.text(format!(" when {} in (", holder.team)).list(led).text(format!(") then {owner}")) };
                (key.text(" end"), Form::Id)
            }
        },
        Dimension::Own(Own::BrokenRule) => plain(store::RULE, Form::Text),
        Dimension::Own(Own::Tag) => plain(store::TAG, Form::Text),
        Dimension::Own(Own::Stage) => plain("orders.stage", Form::Text),
        Dimension::Own(Own::Status) => plain("orders.status", Form::Text),
        Dimension::Own(Own::Reason) => plain("orders.reason", Form::Text),
        Dimension::Own(Own::Customer) => plain("orders.customer_id", Form::Id),
        // Told by the caller, who knows the zone.
        Dimension::Own(Own::Weekday) => (store::weekday_of(time, None), Form::Number),
        Dimension::Own(Own::Month | Own::Quarter | Own::Year) => (store::bucket_of(time, starts), Form::Number),
    }
}
