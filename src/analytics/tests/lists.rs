//! What the order list would show of the random orders, and by what key each counts: by plain comparison, without a database.
use super::*;
use crate::analytics::buckets::Bucket;

impl World {
    pub fn sees(&self, caller: &Caller, o: &Order) -> bool {
        !o.archived && (caller.role != Role::Rep || caller.user == Some(o.owner) || o.team.is_some_and(|t| caller.team == Some(t) || caller.leads.contains(&t)))
    }

    /// What the order list knows of an order under a name; several values for several lines.
    pub fn values(&self, o: &Order, field: &str) -> Vec<Option<String>> {
        let id = |id: Option<Id>| id.map(|id| id.to_string());
        let of_customer = |f: fn(&Customer) -> Option<&'static str>| o.customer.and_then(|c| f(&self.customers[c])).map(str::to_owned);
        match field {
            "status" => vec![Some(o.status.into())],
            "created_at" => vec![Some(o.more.created.to_string())],
            "currency" => vec![Some(o.currency.into())],
            "owner" => vec![id(Some(o.owner))],
            "team" => vec![id(o.team)],
            "closed_owner" => vec![id(o.closed_on.map(|_| o.holder.0))],
            "closed_team" => vec![id(o.closed_on.and(o.holder.1))],
            "customer" => vec![id(o.customer.map(|c| self.customers[c].id))],
            "stage" => vec![Some(o.stage.into())],
            "reason" => vec![o.reason.map(str::to_owned)],
            "tags" => o.all_tags().into_iter().map(|tag| tag.map(str::to_owned)).collect(),
            "updated_at" => vec![Some("2016".into())],
            "source" => vec![o.source.map(str::to_owned)],
            "intent_level" => vec![o.level.map(str::to_owned)],
            "customer.industry" => vec![of_customer(|c| c.industry)],
            "customer.region" => vec![of_customer(|c| c.region)],
            "customer.value_tier" => vec![of_customer(|c| c.tier)],
            "closed_on" => vec![o.closed_on.map(|d| d.to_string())],
            "first_submitted_at" => vec![o.submitted.map(|t| t.to_string())],
            "product" => o.lines.iter().map(|l| id(l.0.map(|p| self.products[p].id))).collect(),
            "category" => o.lines.iter().map(|l| l.0.and_then(|p| self.products[p].category).map(str::to_owned)).collect(),
            "broken_rule" => o.broken_rules().into_iter().map(|rule| rule.map(str::to_owned)).collect(),
            other => measures::values(o, other).unwrap_or_else(|| unreachable!("{other}")),
        }
    }

    /// Whether the list with these parameters shows an order.
    pub fn shows(&self, o: &Order, query: &Query) -> bool {
        query.pairs().all(|(name, value)| {
            if name == "filter" {
                return self.meets(o, &serde_json::from_str(value).unwrap_or_default());
            }
            let (field, op) = name.split_once('[').unwrap_or((name, ""));
            let has = self.values(o, field);
            let any = |test: &dyn Fn(&str) -> bool| has.iter().flatten().any(|v| test(v));
            let missing = has.iter().any(Option::is_none);
            match op {
                "" => any(&|v| value.split(',').any(|w| w == v)),
                "eq]" => any(&|v| v == value),
                "ne]" => !any(&|v| value.split(',').any(|w| w == v)),
                "null]" => missing == (value == "true"),
                "gte]" => any(&|v| v >= value),
                "lt]" => any(&|v| v < value),
                other => unreachable!("{other}"),
            }
        })
    }

    /// The same of a condition in JSON, or of several that all hold.
    pub fn meets(&self, o: &Order, condition: &serde_json::Value) -> bool {
        if let Some(all) = condition.as_array().or_else(|| condition["all"].as_array()) {
            return all.iter().all(|one| self.meets(o, one));
        }
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let values = condition["value"].as_array().map_or_else(|| text(&condition["value"]), |all| all.iter().map(text).collect::<Vec<_>>().join(","));
        let (field, op) = (text(&condition["field"]), text(&condition["op"]));
        let name = if op == "in" { field } else { format!("{field}[{op}]") };
        let asked = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &values).finish();
        self.shows(o, &Query::parse("", &asked).unwrap_or_default())
    }

    pub fn listed(&self, caller: &Caller, url: &str) -> i64 {
        let query = Query::parse("", url.split_once('?').map_or("", |u| u.1)).unwrap_or_default();
        self.orders.iter().filter(|o| self.sees(caller, o) && self.shows(o, &query)).count() as i64
    }

    pub fn key(
        &self,
        caller: &Caller,
        o: &Order,
        (line, rule, tag): (Option<usize>, Option<&str>, Option<&str>),
        dimension: Dimension,
        created: bool,
    ) -> Option<String> {
        let field = match dimension {
            Dimension::Own(Own::BrokenRule) => return rule.map(str::to_owned),
            Dimension::Own(Own::Tag) => return tag.map(str::to_owned),
            Dimension::Own(Own::Weekday) => {
                let day = if created { o.submitted.map(|t| date_in(ZONE, t)) } else { o.closed_on };
                return day.map(|d| d.format("%A").to_string().to_lowercase());
            }
            Dimension::Own(Own::Stage) => "stage",
            Dimension::Own(Own::Status) => "status",
            Dimension::Own(Own::Reason) => "reason",
            Dimension::Own(Own::Customer) => "customer",
            Dimension::Own(Own::Product) => return line.map(|p| self.products[p].id.to_string()),
            Dimension::Own(Own::Category) => return line.and_then(|p| self.products[p].category).map(str::to_owned),
            Dimension::Own(Own::Month | Own::Quarter | Own::Year) => {
                let day = if created { o.submitted.map(|t| date_in(ZONE, t)) } else { o.closed_on };
                return day.and_then(|d| Bucket::of(dimension, d)).map(|b| b.key);
            }
            Dimension::Own(Own::Owner) => {
                let full = caller.role != Role::Rep || caller.user == Some(o.holder.0) || o.holder.1.is_some_and(|t| caller.leads.contains(&t));
                return Some(if full { o.holder.0.to_string() } else { "team".into() });
            }
            Dimension::Own(Own::Team) => return o.holder.1.map(|t| t.to_string()),
            Dimension::Own(Own::Industry) => "customer.industry",
            Dimension::Own(Own::Region) => "customer.region",
            Dimension::Own(Own::ValueTier) => "customer.value_tier",
            Dimension::Own(Own::Source) => "source",
            Dimension::Own(Own::IntentLevel) => "intent_level",
            Dimension::Custom { path, .. } => path,
        };
        self.values(o, field).pop().flatten()
    }
}
