//! The actions on an order: each a POST of its own with a typed body, all of them alike but for their use case.
use actix_web::{HttpRequest, HttpResponse, post, web};

use super::act_on;
use crate::identity::Ctx;
use crate::orders::dto::input::{ApproveInput, DeactivateInput, MoveInput, NoteInput, ReasonInput, ReturnInput, TransferInput, WinInput};
use crate::orders::dto::view::OrderView;
use crate::orders::service;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::{Body, Effect, IfMatch, write};

/// Declares an action: summary, name, path, operation, permission, body, use case.
macro_rules! action {
    ($doc:literal $name:ident $path:literal $id:literal $permission:literal $input:ty, $use_case:path) => {
        #[doc = $doc]
        #[utoipa::path(operation_id = $id, tag = "orders", extensions(("x-permission" = json!($permission))),
            params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
            request_body = $input, responses((status = 200, description = "The whole order.", body = OrderView)))]
        #[post($path)]
        pub async fn $name(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch, body: Body<$input>) -> Result<HttpResponse, Problem> {
            act_on(ctx, &req, id.into_inner(), if_match, body.0, $use_case).await
        }
    };
}

/// Submit a draft or a returned order for review; it must meet all that the standard asks at submit.
#[utoipa::path(operation_id = "orders_submit", tag = "orders", extensions(("x-permission" = json!("orders.submit"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    request_body = NoteInput, responses((status = 200, description = "The whole order.", body = OrderView)))]
#[post("/{id}/submit")]
pub async fn submit(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch, body: Body<NoteInput>) -> Result<HttpResponse, Problem> {
    let (state, act) = (ctx.state.clone(), ctx.act.clone());
    let done = act_on(ctx, &req, id.clone(), if_match, body.0, service::submit).await;
    if let Err(problem) = &done
        && !write::is_rehearsal(&req)?
    {
        service::note_broken_rules(&state, &act, &id, problem).await;
    }
    done
}

action!("Take an order back from review; it is a draft again." withdraw "/{id}/withdraw" "orders_withdraw" "orders.withdraw" NoteInput, service::withdraw);
action!("Approve an order in review. Nobody approves an order that they created, own, submitted or last critically changed." approve "/{id}/approve" "orders_approve" "orders.approve" ApproveInput, service::approve);
action!("Return an order in review to its owner, with remarks by field or line." return_to_owner "/{id}/return" "orders_return" "orders.return" ReturnInput, service::return_to_owner);
action!("Take up a pending order: it is processed." process "/{id}/process" "orders_process" "orders.process" NoteInput, service::process);
action!("Move an order to a stage, forward, back or skipping." move_to "/{id}/move" "orders_move" "orders.move" MoveInput, service::move_to);
action!("Win an order, at its amount or at another within the tolerance." win "/{id}/win" "orders_win" "orders.win" WinInput, service::win);
action!("Lose an open order, for a reason of the settings." lose "/{id}/lose" "orders_lose" "orders.lose" ReasonInput, service::lose);
action!("Cancel an open order, for a reason of the settings." cancel "/{id}/cancel" "orders_cancel" "orders.cancel" ReasonInput, service::cancel);
action!("End an open order whose validity has run out." expire "/{id}/expire" "orders_expire" "orders.expire" NoteInput, service::expire);
action!("Open a closed order again; a won one only by an administrator and with a note." reopen "/{id}/reopen" "orders_reopen" "orders.reopen" NoteInput, service::reopen);
action!("Hand an open order to another owner; it keeps its stage and history." transfer "/{id}/transfer" "orders_transfer" "orders.transfer" TransferInput, service::transfer);

/// Deactivate a user, who loses access at once. Open orders must be handed over: name in `transfer_to` who takes them.
#[utoipa::path(operation_id = "users_deactivate", tag = "users", extensions(("x-permission" = json!("users.edit"))),
    params(("id" = String, Path, description = "Id of the user.", max_length = 36), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    request_body = DeactivateInput, responses((status = 200, description = "The user.", body = crate::identity::users::dto::UserView)))]
#[post("/{id}/deactivate")]
pub async fn deactivate_user(
    ctx: Ctx,
    req: HttpRequest,
    id: web::Path<String>,
    if_match: IfMatch,
    body: Body<DeactivateInput>,
) -> Result<HttpResponse, Problem> {
    let user = Id::parse(&id).ok_or_else(Problem::not_found)?;
    ctx.perform(&req, move |tx, act| {
        let view = service::deactivate(tx, act, user, &if_match, body.0.clone())?;
        Effect::record(view.version, &view)
    })
    .await
}
