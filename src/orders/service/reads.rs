//! Reading orders: one, a list, its life, what it allows, the queue of reviewers.
use super::common::{find, permit, status_of, today};
use crate::identity::{Act, Permission};
use crate::orders::dto::view::{ActionItem, Because, History, HistoryItem, OrderView};
use crate::orders::lifecycle::{Action, Status, transition};
use crate::orders::review::rounds;
use crate::orders::rules::{Passage, effective_valid_until, seconds_in_status};
use crate::orders::store::{self, Loaded, ShownRow};
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Code, Locale, Problem};
use crate::settings::{self, Name};
use crate::standards::custom::Shown;
use crate::standards::entity::Entity;

/// One order as it is answered.
pub fn read(c: &mut AnyConnection, act: &Act, id: &str, archived: bool, locale: Locale) -> Result<OrderView, Problem> {
    let order = find(c, act, id, archived)?;
    present(c, act, vec![order.shown()], locale)?.pop().ok_or_else(Problem::not_found)
}

/// Orders as a caller is shown them.
pub fn present(c: &mut AnyConnection, act: &Act, orders: Vec<Loaded<ShownRow>>, locale: Locale) -> Result<Vec<OrderView>, Problem> {
    let stages = settings::service::items(c, Name::Stages)?;
    let base = settings::service::organisation(c)?;
    let (values, warnings): (Vec<_>, Vec<_>) = orders.iter().map(|order| (&order.row.custom, &order.row.warnings)).unzip();
    let shown = Shown::of(c, &act.caller, Entity::Orders, &values, &warnings)?;
    Ok(orders.into_iter().map(|order| OrderView::of(order, &stages, &base.base_currency, &shown, locale)).collect())
}

/// An order that was just written, as it is answered: who wrote it sees what became of it.
pub fn view(c: &mut AnyConnection, act: &Act, id: Id, locale: Locale) -> Result<OrderView, Problem> {
    let order = store::load_shown(c, Sql::among("orders.id", &[id]), Sql::new("orders.id").of_few(), 1)?.pop().ok_or_else(Problem::not_found)?;
    present(c, act, vec![order], locale)?.pop().ok_or_else(Problem::not_found)
}

/// The id of an order that the caller sees, archived or not.
pub fn locate(c: &mut AnyConnection, act: &Act, id: &str) -> Result<Id, Problem> {
    Ok(find(c, act, id, true)?.row.id)
}

/// The life of an order so far.
pub fn history(c: &mut AnyConnection, act: &Act, id: &str) -> Result<History, Problem> {
    let order = find(c, act, id, true)?;
    let rows = store::transitions(c, order.row.id)?;
    let passages: Vec<Passage> = rows
        .iter()
        .filter_map(|(row, _)| {
            Some(Passage {
                action: Action::parse(&row.action)?,
                from: row.from_status.as_deref().and_then(Status::parse),
                to: Status::parse(&row.to_status)?,
                occurred_at: row.occurred_at.0,
                recorded_at: row.recorded_at.0,
            })
        })
        .collect();
    let seconds = seconds_in_status(&passages);
    Ok(History { data: rows.into_iter().zip(seconds).map(|(row, seconds)| HistoryItem::of(row, seconds)).collect() })
}

/// What a front end can offer on an order, with the right that each needs.
const OFFERED: &[(Action, Permission)] = &[
    (Action::Edit, Permission::OrdersEdit),
    (Action::Submit, Permission::OrdersSubmit),
    (Action::Withdraw, Permission::OrdersWithdraw),
    (Action::Approve, Permission::OrdersApprove),
    (Action::Return, Permission::OrdersReturn),
    (Action::Process, Permission::OrdersProcess),
    (Action::Move, Permission::OrdersMove),
    (Action::Win, Permission::OrdersWin),
    (Action::Lose, Permission::OrdersLose),
    (Action::Cancel, Permission::OrdersCancel),
    (Action::Expire, Permission::OrdersExpire),
    (Action::Reopen, Permission::OrdersReopen),
    (Action::Transfer, Permission::OrdersTransfer),
    (Action::FollowUp, Permission::OrdersFollowUp),
    (Action::Delay, Permission::OrdersDelay),
    (Action::Archive, Permission::OrdersArchive),
    (Action::Restore, Permission::OrdersRestore),
];

/// For each action whether the caller may take it now and, if not, why.
pub fn allowed_actions(c: &mut AnyConnection, act: &Act, id: &str, archived: bool, locale: Locale) -> Result<Vec<ActionItem>, Problem> {
    let order = find(c, act, id, archived)?;
    let today = today(c, act)?;
    let status = status_of(&order.row)?;
    let review = if status == Status::InReview { rounds::require(c, act, &order.row).map(drop) } else { Ok(()) };
    OFFERED
        .iter()
        .map(|(action, permission)| {
            let because = permit(act, &order.row, *permission).and_then(|()| refusal(&order, status, *action, today));
            let because = because.and_then(|()| if matches!(action, Action::Approve | Action::Return) { review.clone() } else { Ok(()) }).err();
            let because = because.map(|problem| {
                let view = crate::platform::problem::render(&problem, locale, "", "", "");
                Because { code: view.code, detail: view.detail }
            });
            Ok(ActionItem { action: action.as_str(), allowed: because.is_none(), because })
        })
        .collect()
}

fn refusal(order: &Loaded, status: Status, action: Action, today: chrono::NaiveDate) -> Result<(), Problem> {
    // An archived order lets itself be restored and nothing else; only an archived one can be.
    if order.row.archived_at.is_some() != (action == Action::Restore) {
        return Err(Problem::not_found());
    }
    transition(Some(status), action, None).map_err(|e| super::common::wrong_state(&e))?;
    match effective_valid_until(order.row.valid_until, order.row.expected_close_date) {
        Some(until) if action == Action::Expire && until >= today => Err(Problem::new(Code::NotDue).param("date", until)),
        _ => Ok(()),
    }
}
