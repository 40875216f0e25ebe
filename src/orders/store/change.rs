//! A changed order as it is kept. What an index holds, or refers to another record, is written only where it changed: SQLite takes each index apart and
//! puts it together again for a column that is set, to whatever value.
use diesel::prelude::*;

use super::{OrderRow, ShownRow, current_version};
use crate::platform::db::AnyConnection;
use crate::platform::db::schema::orders::{self, dsl as o};
use crate::platform::problem::Problem;
use crate::platform::web::etag;

/// The columns of one group, where one of them differs.
macro_rules! where_changed {
    ($before:expr, $after:expr, $($column:ident),+) => {
        ($($before.$column != $after.$column)||+).then(|| ($(o::$column.eq(&$after.$column),)+))
    };
}

/// Keeps a changed order; the version that was read decides, in the UPDATE itself. Who entered it, when and under which number never changes, and what
/// it is worth is set apart, for rates change that without a new version.
#[rustfmt::skip] // A list of columns is read in lines.
pub fn update(tx: &mut AnyConnection, before: &OrderRow, after: &OrderRow) -> Result<(), Problem> {
    // Each column is named here, so that a new one is not forgotten: those that are always written,
    let OrderRow {
        import_hash, resume_status, approved_amount, review_round,
        // those that are where they changed,
        stage_since: _, status_since: _, submitted_by: _, critical_by: _, closed_owner_id: _, closed_team_id: _,
        // and those that are not.
        created_by: _, base_rate: _, rates_at: _,
        shown: ShownRow {
            // So of what answers show.
            version, updated_at, note, tags, custom, valid_until, standard_version, warnings, approved_at,
            title: _, intent_level: _, source: _, ext_system: _, ext_id: _, currency: _, amount: _, expected_close_date: _, customer_id: _, owner_id: _, team_id: _,
            status: _, stage: _, first_submitted_at: _, submitted_at: _, closed_at: _, closed_on: _, reason: _, archived_at: _, remark_count: _,
            id: _, number: _, created_at: _, base_amount: _,
        },
    } = after;
    let always = (
        (o::version.eq(version), o::updated_at.eq(updated_at), o::note.eq(note), o::tags.eq(tags), o::custom.eq(custom), o::valid_until.eq(valid_until)),
        (o::import_hash.eq(import_hash), o::standard_version.eq(standard_version), o::resume_status.eq(resume_status), o::warnings.eq(warnings)),
        (o::approved_amount.eq(approved_amount), o::approved_at.eq(approved_at), o::review_round.eq(review_round)),
    );
    let words = (
        where_changed!(before, after, title),
        where_changed!(before, after, intent_level),
        where_changed!(before, after, source),
        where_changed!(before, after, ext_system, ext_id),
        where_changed!(before, after, currency, amount),
        where_changed!(before, after, expected_close_date),
    );
    let people = (where_changed!(before, after, customer_id), where_changed!(before, after, owner_id, team_id));
    let life = (
        where_changed!(before, after, status, stage, stage_since, status_since),
        where_changed!(before, after, first_submitted_at, submitted_at, submitted_by, critical_by),
        where_changed!(before, after, closed_at, closed_on, closed_owner_id, closed_team_id, reason),
        where_changed!(before, after, archived_at),
        where_changed!(before, after, remark_count),
    );
    let changed = diesel::update(orders::table.find(after.id)).filter(o::version.eq(before.version)).set((always, words, people, life)).execute(tx)?;
    if changed == 1 { Ok(()) } else { Err(etag::stale(current_version(tx, after.id)?)) }
}
