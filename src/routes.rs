//! The table of contents: every address under /api/v1, in reading order. What stands below each is listed by its room.
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::identity::{api_keys, auth, teams, users};
use crate::integrations::{import, jobs};
use crate::{analytics, conformance, customers, erasure, events, orders, products, rates, settings, standards, system, targets, views};

/// Registers every operation; route and entry in the document come from the same attribute.
pub fn api(config: &mut ServiceConfig<'_>) {
    config.service(
        scope::scope("/api/v1")
            .service(scope::scope("/auth").configure(auth::handlers::routes))
            .service(users::handlers::me)
            .service(users::handlers::update_me)
            .service(users::handlers::my_absence)
            .service(users::handlers::set_my_absence)
            .service(scope::scope("/api-keys").configure(api_keys::handlers::routes))
            .service(scope::scope("/orders").configure(orders::handlers::routes))
            .service(scope::scope("/reviews").configure(orders::review::handlers::routes))
            .service(scope::scope("/customers").configure(customers::handlers::routes).service(erasure::handlers::erase_contact))
            .service(scope::scope("/products").configure(products::handlers::routes))
            .service(scope::scope("/views").configure(views::handlers::routes))
            .service(scope::scope("/analytics").configure(analytics::handlers::routes))
            .service(scope::scope("/targets").configure(targets::handlers::routes))
            .service(scope::scope("/events").service(events::handlers::list))
            .service(scope::scope("/imports").configure(import::handlers::routes))
            .service(scope::scope("/jobs").configure(jobs::routes))
            .service(scope::scope("/standards").configure(standards::handlers::routes).configure(conformance::handlers::routes))
            .service(scope::scope("/users").configure(users::handlers::routes).service(orders::handlers::actions::deactivate_user))
            .service(scope::scope("/teams").configure(teams::handlers::routes))
            .service(scope::scope("/settings").configure(settings::handlers::routes).configure(orders::review::handlers::setting_routes))
            .service(scope::scope("/exchange-rates").service(rates::handlers::list).service(orders::handlers::rates::put))
            .service(scope::scope("/system").configure(system::handlers::routes)),
    );
}
