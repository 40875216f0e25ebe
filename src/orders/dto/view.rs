//! What is answered.
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::orders::lifecycle::Status;
use crate::orders::rules;
use crate::orders::store::{FollowUpRow, Loaded, RemarkRow, ShownRow, TransitionRow};
use crate::platform::db::types::serialize_day;
use crate::platform::db::{Id, UtcTime};
use crate::platform::decimal::{Decimal, DecimalText, exponent};
use crate::platform::problem::{Fault, FaultView, Locale};
use crate::platform::web::values::{ExternalRefView, Reference};
use crate::settings::Items;
use crate::standards::custom::{CustomInput, Shown};
use crate::standards::trial::ViolationView;

/// A line of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineView {
    pub id: Id,
    pub product: Option<Reference>,
    #[schema(max_length = 500)]
    pub description: Option<String>,
    #[schema(value_type = String, max_length = 20, example = "2")]
    pub quantity: DecimalText,
    #[schema(value_type = String, max_length = 20, example = "4821.00")]
    pub unit_price: DecimalText,
    #[schema(value_type = String, max_length = 20, example = "0.05")]
    pub discount_rate: DecimalText,
    #[schema(value_type = String, max_length = 20, example = "9159.90")]
    pub amount: DecimalText,
}

/// A reviewer's note on one field or line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RemarkView {
    pub id: Id,
    #[schema(max_length = 500, example = "/lines/0/unit_price")]
    pub pointer: String,
    pub line_id: Option<Id>,
    #[schema(max_length = 4000)]
    pub message: String,
    pub author: Reference,
    pub created_at: UtcTime,
    /// The round of review in which it was made, from 1.
    #[schema(minimum = 0, maximum = 1000000)]
    pub round: i32,
    /// must_fix or advice.
    #[schema(max_length = 20, example = "must_fix")]
    pub severity: String,
    /// open, answered, resolved or waived.
    #[schema(max_length = 20, example = "open")]
    pub state: String,
    /// What was answered, or how it was resolved.
    #[schema(max_length = 4000)]
    pub answer: Option<String>,
    pub settled_at: Option<UtcTime>,
}

/// An intent order.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub struct OrderView {
    pub id: Id,
    /// The number for people; it stands for the id in every path.
    #[schema(max_length = 30, example = "IO-000123")]
    pub number: String,
    #[schema(max_length = 500)]
    pub title: Option<String>,
    pub customer: Option<Reference>,
    pub owner: Reference,
    pub team: Option<Reference>,
    #[schema(max_length = 20, example = "pending")]
    pub status: String,
    #[schema(max_length = 50, example = "negotiation")]
    pub stage: String,
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    /// The sum of the lines' amounts.
    #[schema(value_type = String, max_length = 20, example = "9159.90")]
    pub amount: DecimalText,
    /// What that is worth in the organisation's base currency: at the rate of the day of entry while it is open, at that of the day of closing ever after; null where there was none.
    #[schema(value_type = Option<String>, max_length = 20, example = "9159.90")]
    pub base_amount: Option<DecimalText>,
    /// How likely orders of this stage are won, from 0 to 1; 1 when won, 0 when closed otherwise.
    #[schema(value_type = String, max_length = 20, example = "0.5")]
    pub probability: DecimalText,
    #[serde(serialize_with = "serialize_day")]
    pub expected_close_date: Option<NaiveDate>,
    #[serde(serialize_with = "serialize_day")]
    pub valid_until: Option<NaiveDate>,
    #[schema(max_length = 20, example = "high")]
    pub intent_level: Option<String>,
    #[schema(max_length = 100, example = "trade_fair")]
    pub source: Option<String>,
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    #[schema(max_items = 50, value_type = Vec<String>)]
    pub tags: Vec<String>,
    #[schema(value_type = CustomInput)]
    pub custom: serde_json::Value,
    pub external_ref: Option<ExternalRefView>,
    #[schema(max_items = 200)]
    pub lines: Vec<LineView>,
    /// The version of the field standard that it was last held against.
    #[schema(minimum = 0)]
    pub standard_version: i32,
    /// What the standard says of it without refusing it.
    #[schema(max_items = 10000)]
    pub warnings: Vec<FaultView>,
    #[schema(max_items = 10000)]
    pub remarks: Vec<RemarkView>,
    #[schema(minimum = 1)]
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    pub first_submitted_at: Option<UtcTime>,
    pub submitted_at: Option<UtcTime>,
    pub approved_at: Option<UtcTime>,
    pub closed_at: Option<UtcTime>,
    #[serde(serialize_with = "serialize_day")]
    pub closed_on: Option<NaiveDate>,
    /// Code of the reason for which it was lost or cancelled.
    #[schema(max_length = 50)]
    pub reason: Option<String>,
    pub archived_at: Option<UtcTime>,
}

/// The number for people.
#[must_use]
pub fn number_text(number: i64) -> String {
    format!("IO-{number:06}")
}

impl OrderView {
    /// The answer for a loaded order, with what its caller is shown of custom fields.
    #[must_use]
    pub fn of(order: Loaded<ShownRow>, stages: &Items, base: &str, shown: &Shown, locale: Locale) -> Self {
        let Loaded { row, customer_name, owner_name, team_name, lines, remarks } = order;
        let places = exponent(&row.currency);
        let warnings = row.warnings.0.as_array().into_iter().flatten().filter_map(Fault::from_json).filter(|fault| !shown.hides(&fault.pointer));
        let warnings = warnings.map(|fault| FaultView::of(&fault, locale)).collect();
        let probability = match Status::parse(&row.status) {
            Some(Status::Won) => Decimal::ONE,
            Some(status) if status.is_closed() => Decimal::ZERO,
            _ => stages.find(&row.stage).and_then(|s| s.probability).unwrap_or_default(),
        };
        let lines = lines.into_iter().map(|(line, name)| LineView {
            id: line.id,
            product: Reference::of(line.product_id, name),
            description: line.description,
            quantity: line.quantity.with_places(0),
            unit_price: line.unit_price.with_places(places),
            discount_rate: line.discount_rate.with_places(0),
            amount: line.amount.with_places(places),
        });
        Self {
            id: row.id,
            number: number_text(row.number),
            title: row.title,
            customer: Reference::of(row.customer_id, customer_name),
            owner: Reference { id: row.owner_id, name: owner_name },
            team: Reference::of(row.team_id, team_name),
            status: row.status,
            stage: row.stage,
            amount: row.amount.with_places(places),
            base_amount: if row.currency == base { Some(row.amount) } else { row.base_amount }.map(|amount| amount.with_places(exponent(base))),
            currency: row.currency,
            probability: probability.with_places(0),
            expected_close_date: row.expected_close_date,
            valid_until: rules::effective_valid_until(row.valid_until, row.expected_close_date),
            intent_level: row.intent_level,
            source: row.source,
            note: row.note,
            tags: row.tags.into_typed(),
            custom: shown.values(&row.custom),
            external_ref: ExternalRefView::of(row.ext_system.as_ref(), row.ext_id.as_ref()),
            lines: lines.collect(),
            standard_version: row.standard_version,
            warnings,
            remarks: remarks.iter().map(RemarkView::of).collect(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            first_submitted_at: row.first_submitted_at,
            submitted_at: row.submitted_at,
            approved_at: row.approved_at,
            closed_at: row.closed_at,
            closed_on: row.closed_on,
            reason: row.reason,
            archived_at: row.archived_at,
        }
    }
}

impl RemarkView {
    #[must_use]
    pub fn of((row, author): &(RemarkRow, String)) -> Self {
        let RemarkRow { id, pointer, line_id, message, author_id, created_at, round, severity, state, answer, settled_at, .. } = row.clone();
        let author = Reference { id: author_id, name: author.clone() };
        Self { id, pointer, line_id, message, author, created_at, round, severity, state, answer, settled_at }
    }
}

/// One step of an order's life.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryItem {
    #[schema(max_length = 20, example = "approve")]
    pub action: String,
    #[schema(max_length = 20)]
    pub from_status: Option<String>,
    #[schema(max_length = 20)]
    pub to_status: String,
    #[schema(max_length = 50)]
    pub from_stage: Option<String>,
    #[schema(max_length = 50)]
    pub to_stage: String,
    /// Who did it; null for the program itself.
    pub actor: Option<Reference>,
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    pub occurred_at: UtcTime,
    pub recorded_at: UtcTime,
    /// How long the order was in `from_status`; null where the step does not leave it.
    #[schema(minimum = 0)]
    pub seconds_in_status: Option<i64>,
}

impl HistoryItem {
    #[must_use]
    pub fn of((row, actor): (TransitionRow, Option<String>), seconds_in_status: Option<i64>) -> Self {
        let TransitionRow { action, from_status, to_status, from_stage, to_stage, actor_id, note, occurred_at, recorded_at, .. } = row;
        Self { action, from_status, to_status, from_stage, to_stage, actor: Reference::of(actor_id, actor), note, occurred_at, recorded_at, seconds_in_status }
    }
}

/// The life of an order so far, oldest first.
#[derive(Serialize, ToSchema)]
pub struct History {
    #[schema(max_items = 100000)]
    pub data: Vec<HistoryItem>,
}

/// Whether the caller may take an action now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionItem {
    #[schema(max_length = 20, example = "win")]
    pub action: &'static str,
    pub allowed: bool,
    /// Why not; null where it is allowed.
    pub because: Option<Because>,
}

/// Why an action is not allowed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Because {
    #[schema(max_length = 60, example = "wrong_state")]
    pub code: &'static str,
    #[schema(max_length = 2000)]
    pub detail: String,
}

/// What an order allows its caller.
#[derive(Serialize, ToSchema)]
pub struct Actions {
    #[schema(max_items = 50)]
    pub data: Vec<ActionItem>,
}

/// One contact with the customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FollowUp)]
pub struct FollowUpView {
    pub id: Id,
    pub at: UtcTime,
    #[schema(max_length = 20, example = "visit")]
    pub channel: String,
    #[schema(max_length = 4000)]
    pub content: String,
    #[schema(max_length = 4000)]
    pub result: Option<String>,
    pub next_contact_at: Option<UtcTime>,
    pub author: Option<Reference>,
    pub created_at: UtcTime,
}

impl FollowUpView {
    #[must_use]
    pub fn of((row, author): (FollowUpRow, Option<String>)) -> Self {
        let FollowUpRow { id, at, channel, content, result, next_contact_at, author_id, created_at, .. } = row;
        Self { id, at, channel, content, result, next_contact_at, author: Reference::of(author_id, author), created_at }
    }
}

/// All that an order breaks of the standard in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderViolations {
    /// The version that it was held against now.
    #[schema(minimum = 1)]
    pub standard_version: i32,
    #[schema(max_items = 10000)]
    pub data: Vec<ViolationView>,
}

/// What a reviewer sees of an order in the queue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewOrder {
    pub id: Id,
    #[schema(max_length = 30)]
    pub number: String,
    #[schema(max_length = 500)]
    pub title: Option<String>,
    #[schema(value_type = String, max_length = 20)]
    pub amount: DecimalText,
    #[schema(max_length = 3)]
    pub currency: String,
    pub owner: Reference,
    pub customer: Option<Reference>,
}

impl ReviewOrder {
    #[must_use]
    pub fn of(order: &Loaded) -> Self {
        let row = &order.row;
        Self {
            id: row.id,
            number: number_text(row.number),
            title: row.title.clone(),
            amount: row.amount.with_places(exponent(&row.currency)),
            currency: row.currency.clone(),
            owner: Reference { id: row.owner_id, name: order.owner_name.clone() },
            customer: Reference::of(row.customer_id, order.customer_name.clone()),
        }
    }
}
