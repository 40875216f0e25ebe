//! Erasing, over HTTP.
use actix_web::{HttpRequest, HttpResponse, post, web};

use super::dto::ContactErasure;
use super::service;
use crate::identity::Ctx;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::body::Nothing;
use crate::platform::web::{Body, Effect, IfMatch};

/// Erase a contact for good: name, phone, e-mail and title are taken out of the customer, of events and of imports. Texts that people wrote are listed for them to edit. A second time answers the same.
#[utoipa::path(operation_id = "customers_erase_contact", tag = "customers", extensions(("x-permission" = json!("customers.erase"))),
    params(
        ("id" = Id, Path, description = "The customer, archived or not."), ("contact_id" = Id, Path, description = "The contact."),
        ("If-Match" = Option<String>, Header, description = "The customer's ETag that was last read; required.", max_length = 200),
    ),
    request_body = Nothing,
    responses((status = 200, description = "What is left, with the customer's new version.", body = ContactErasure, headers(("ETag" = String, description = "The customer's version.")))))]
#[post("/{id}/contacts/{contact_id}/erase")]
pub async fn erase_contact(
    ctx: Ctx,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    if_match: IfMatch,
    body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let (customer, contact) = Id::parse(&path.0).zip(Id::parse(&path.1)).ok_or_else(Problem::not_found)?;
    ctx.perform(&req, move |tx, act| {
        let (erased, version) = service::erase_contact(tx, act, customer, contact, &if_match, &body.0)?;
        Effect::record(version, &erased)
    })
    .await
}
