//! The table of contents: every address under /api/v1, in reading order.
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::identity::auth;

/// Registers every operation; route and entry in the document come from the same attribute.
pub fn api(config: &mut ServiceConfig<'_>) {
    config.service(scope::scope("/api/v1").service(scope::scope("/auth").service(auth::handlers::login)));
}
