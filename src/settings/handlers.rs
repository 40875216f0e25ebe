//! Settings over HTTP: each has an address of its own, so that the document can speak of it.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::calendar::Calendar;
use super::dto::{CalendarInput, ItemsInput, OrganisationInput, OrganisationView};
use super::{Items, Name, service};
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::{Body, Effect, IfMatch, reply};

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(get_stages)
        .service(put_stages)
        .service(get_loss_reasons)
        .service(put_loss_reasons)
        .service(get_cancel_reasons)
        .service(put_cancel_reasons)
        .service(get_sources)
        .service(put_sources)
        .service(get_delay_reasons)
        .service(put_delay_reasons)
        .service(get_organisation)
        .service(put_organisation)
        .service(get_calendar)
        .service(put_calendar);
}

/// Declares reading and replacing a setting at one address.
macro_rules! setting {
    ($path:tt: $(#[$get_doc:meta])* $get:ident $get_id:tt => $read:expr; $(#[$put_doc:meta])* $put:ident $put_id:tt ($input:ty) => $write:expr; $view:ty) => {
        $(#[$get_doc])*
        #[utoipa::path(operation_id = $get_id, tag = "settings", extensions(("x-permission" = json!("settings.read"))),
            responses((status = 200, description = "The setting.", body = $view)))]
        #[get($path)]
        pub async fn $get(ctx: Ctx, req: HttpRequest) -> Result<HttpResponse, Problem> {
            let found = ctx.state.db.read($read).await?;
            reply::record(&req, StatusCode::OK, found.version, &found)
        }

        $(#[$put_doc])*
        #[utoipa::path(operation_id = $put_id, tag = "settings", extensions(("x-permission" = json!("settings.edit"))),
            params(("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 200)),
            request_body = $input, responses((status = 200, description = "The setting as it is now.", body = $view)))]
        #[put($path)]
        pub async fn $put(ctx: Ctx, req: HttpRequest, if_match: IfMatch, body: Body<$input>) -> Result<HttpResponse, Problem> {
            ctx.perform(&req, move |tx, act| {
                let stored = ($write)(tx, act, body.0.clone(), &if_match)?;
                Effect::record(stored.version, &stored)
            })
            .await
        }
    };
}

setting! { "/stages":
    /// Read the stages that orders move through, in their order.
    get_stages "settings_get_stages" => |c| service::items(c, Name::Stages).map(|items| (*items).clone());
    /// Replace the stages. A stage with orders in it is retired, never removed; the probabilities decide the forecast.
    put_stages "settings_put_stages" (ItemsInput) => |tx, act, input, if_match| service::put_items(tx, act, Name::Stages, input, if_match);
    Items
}
setting! { "/loss-reasons":
    /// Read the reasons for which orders are lost.
    get_loss_reasons "settings_get_loss_reasons" => |c| service::items(c, Name::LossReasons).map(|items| (*items).clone());
    /// Replace the reasons for which orders are lost. A reason in use, and `other`, is retired, never removed.
    put_loss_reasons "settings_put_loss_reasons" (ItemsInput) => |tx, act, input, if_match| service::put_items(tx, act, Name::LossReasons, input, if_match);
    Items
}
setting! { "/cancel-reasons":
    /// Read the reasons for which orders are cancelled.
    get_cancel_reasons "settings_get_cancel_reasons" => |c| service::items(c, Name::CancelReasons).map(|items| (*items).clone());
    /// Replace the reasons for which orders are cancelled. A reason in use, and `other`, is retired, never removed.
    put_cancel_reasons "settings_put_cancel_reasons" (ItemsInput) => |tx, act, input, if_match| service::put_items(tx, act, Name::CancelReasons, input, if_match);
    Items
}
setting! { "/sources":
    /// Read where orders and customers come from.
    get_sources "settings_get_sources" => |c| service::items(c, Name::Sources).map(|items| (*items).clone());
    /// Replace the sources. A source in use by an order or a customer is retired, never removed.
    put_sources "settings_put_sources" (ItemsInput) => |tx, act, input, if_match| service::put_items(tx, act, Name::Sources, input, if_match);
    Items
}
setting! { "/delay-reasons":
    /// Read the reasons for which orders are delayed.
    get_delay_reasons "settings_get_delay_reasons" => |c| service::items(c, Name::DelayReasons).map(|items| (*items).clone());
    /// Replace the reasons for which orders are delayed. A reason in use, and `other`, is retired, never removed.
    put_delay_reasons "settings_put_delay_reasons" (ItemsInput) => |tx, act, input, if_match| service::put_items(tx, act, Name::DelayReasons, input, if_match);
    Items
}
setting! { "/organisation":
    /// Read the organisation's name, base currency and time zone.
    get_organisation "settings_get_organisation" => |c| service::organisation(c).map(|o| o.view());
    /// Replace the organisation's name, base currency and time zone. What was closed keeps its date.
    put_organisation "settings_put_organisation" (OrganisationInput) =>
        |tx, act, input, if_match| service::put_organisation(tx, act, input, if_match).map(|o| o.view());
    OrganisationView
}
setting! { "/calendar":
    /// Read the working days and hours, and the holidays.
    get_calendar "settings_get_calendar" => service::calendar;
    /// Replace the working days and hours, and the holidays; what is due already stays due when it was.
    put_calendar "settings_put_calendar" (CalendarInput) => service::put_calendar;
    Calendar
}
