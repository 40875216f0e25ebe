//! An order's row: what answers show of it, and what only those need who change it.
use std::ops::{Deref, DerefMut};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::orders::rules::stays::Since;
use crate::platform::db::schema::orders;
use crate::platform::db::{Id, Json, UtcTime};
use crate::platform::decimal::Decimal;

/// What answers show of an order's row, and no more. Without a value it is null in so many words: to look at each column for whether its default is meant costs
/// as much as to bind it.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub struct ShownRow {
    pub id: Id,
    pub number: i64,
    pub title: Option<String>,
    pub customer_id: Option<Id>,
    pub owner_id: Id,
    pub team_id: Option<Id>,
    pub currency: String,
    pub amount: Decimal,
    pub status: String,
    pub stage: String,
    pub intent_level: Option<String>,
    pub source: Option<String>,
    pub note: Option<String>,
    pub tags: Json,
    pub custom: Json,
    pub expected_close_date: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub ext_system: Option<String>,
    pub ext_id: Option<String>,
    pub standard_version: i32,
    pub warnings: Json,
    pub first_submitted_at: Option<UtcTime>,
    pub submitted_at: Option<UtcTime>,
    pub approved_at: Option<UtcTime>,
    pub closed_at: Option<UtcTime>,
    pub closed_on: Option<NaiveDate>,
    pub reason: Option<String>,
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    pub archived_at: Option<UtcTime>,
    /// Set apart from the rest by `set_worth`, with its rate: rates change it without a new version, so that nobody may write back what was read before.
    pub base_amount: Option<Decimal>,
    /// How many remarks there are on it.
    pub remark_count: i32,
}

/// An order as it is kept: what answers show, and what only those need who change it.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub struct OrderRow {
    #[diesel(embed)]
    pub shown: ShownRow,
    pub import_hash: Option<String>,
    pub resume_status: Option<String>,
    pub approved_amount: Option<Decimal>,
    pub review_round: i32,
    pub created_by: Option<Id>,
    pub submitted_by: Option<Id>,
    pub critical_by: Option<Id>,
    pub closed_owner_id: Option<Id>,
    pub closed_team_id: Option<Id>,
    pub base_rate: Option<i64>,
    /// Of a closed one: when the last rates were recorded that it could know of.
    pub rates_at: Option<UtcTime>,
    /// Since when it has been in its stage, and in its status; none where it is closed.
    pub stage_since: Option<UtcTime>,
    pub status_since: Option<UtcTime>,
}

impl Deref for OrderRow {
    type Target = ShownRow;
    fn deref(&self) -> &ShownRow {
        &self.shown
    }
}

impl DerefMut for OrderRow {
    fn deref_mut(&mut self) -> &mut ShownRow {
        &mut self.shown
    }
}

impl OrderRow {
    /// The same with a change.
    #[must_use]
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    /// Since when it has been where it is.
    #[must_use]
    pub fn since(&self) -> Since {
        Since { stage: self.stage_since.map(|at| at.0), status: self.status_since.map(|at| at.0) }
    }

    /// What of it orders are counted by, apart from lines, tags and custom values.
    #[must_use]
    pub fn counted_by(&self) -> impl PartialEq + '_ {
        let who = (self.owner_id, self.team_id, self.closed_owner_id, self.closed_team_id, self.customer_id);
        let what = (&self.status, &self.stage, &self.currency, self.amount, &self.intent_level, &self.source, &self.reason);
        let when = (self.first_submitted_at, self.submitted_at, self.closed_on, self.closed_at, self.archived_at);
        (who, what, when, self.expected_close_date, self.created_at)
    }
}
