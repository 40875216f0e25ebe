//! Puts the program together: routes, document, guard and envelope; the same for the command line and the tests.
use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::{AppConfig, Extensions, Server};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpResponse, web};
use std::future::ready;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use utoipa::OpenApi as _;
use utoipa_actix_web::AppExt as _;
use utoipa_swagger_ui::SwaggerUi;

use crate::customers::list::CUSTOMERS;
use crate::identity::guard;
use crate::integrations::import::Imports;
use crate::openapi::{self, Document};
use crate::orders::list::ORDERS;
use crate::platform::files;
use crate::platform::jobs::Runner;
use crate::platform::memory;
use crate::platform::problem::Problem;
use crate::platform::search;
use crate::platform::state::State;
use crate::platform::web::operations::Operations;
use crate::platform::web::stream::Stream;
use crate::platform::web::{compress, connection, cors, envelope, head, operations, security};
use crate::products::list::PRODUCTS;
use crate::views::{self, Views};
use crate::{analytics, customers, facts, orders, products, routes, service, settings, standards, system, upkeep};

/// Puts into a new database what every database needs, settings and standard, and into an older one its full text. To be called before serving, outside of async code; what is there stays.
pub fn prepare(state: &State) -> Result<(), Problem> {
    let (now, currency, zone) = (state.clock.now(), state.config.base_currency.clone(), state.config.time_zone);
    state.db.write_here(move |tx| {
        settings::service::seed(tx, now, &currency, zone)?;
        standards::service::seed(tx, now)?;
        // Records of a time before there was full text; the words are cut by the program, so that no migration could.
        if search::is_empty(tx)? {
            products::list::index_all(tx)?;
            customers::list::index_all(tx)?;
            orders::list::index_all(tx)?;
        }
        Ok(())
    })
}

/// The document as JSON, for a server known under an address.
#[must_use]
pub fn document(server: &str) -> serde_json::Value {
    let (_, api) = App::new().into_utoipa_app().openapi(Document::openapi()).configure(routes::api).configure(root).split_for_parts();
    openapi::complete(serde_json::to_value(api).unwrap_or_default(), server)
}

fn root(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(service::live).service(service::ready).service(service::version).service(service::problem).service(system::metrics::read);
}

/// Starts the thread that does long work; it ends when what this gives back is dropped.
pub fn start_jobs(state: &State) -> Result<Runner, String> {
    let chores =
        [orders::review::CHORE, analytics::FORECASTS, upkeep::backup::CHORE, system::CHORE, search::CHORE, facts::CHORE, facts::packs::CHORE, memory::CHORE];
    Runner::start(state.clone(), vec![Box::new(Imports)], &chores).map_err(|e| e.to_string())
}

/// The lists that views can be saved of.
const VIEWED: views::Entities = views::Entities(&[&ORDERS, &CUSTOMERS, &PRODUCTS]);

/// The document's text takes about so many bytes.
const LIKELY: usize = 2_097_152;

/// What the document knows of operations, and its text. Made on a thread that ends: what a thread has freed is kept for it, here half of all that the
/// program needs before its first request.
fn described(server: &str) -> Result<(Operations, web::Bytes), String> {
    let make = || {
        let document = document(server);
        let known = Operations::of(&document)?;
        guard::check(&known)?;
        let mut text = Vec::with_capacity(LIKELY);
        serde_json::to_writer_pretty(&mut text, &document).map_err(|e| e.to_string())?;
        Ok((known, web::Bytes::from(text)))
    };
    std::thread::scope(|scope| scope.spawn(make).join()).unwrap_or_else(|_| Err("the document cannot be made".into()))
}

/// Serves on a listener until it is stopped; fails at once where the document states no right for an operation.
pub fn serve(state: State, listener: TcpListener) -> Result<Server, String> {
    let (known, text) = described(&state.config.public_url)?;
    let known = web::Data::new(known);
    let (workers, deadlines) = (state.config.workers, state.config.deadlines);
    let state = web::Data::new(State { desk: Arc::new(Views), ..state });
    let entities = web::Data::new(VIEWED);
    files::widen(&listener);
    let each = (files::connections() / workers.max(1)).max(1);
    let server = Server::build().workers(workers).max_concurrent_connections(each).disable_signals().shutdown_timeout(deadlines.shutdown.as_secs());
    let stopping = server.graceful_shutdown_signal();
    let app = move || {
        let text = text.clone();
        let (app, _) = App::new().into_utoipa_app().openapi(Document::openapi()).configure(routes::api).configure(root).split_for_parts();
        app.app_data(state.clone())
            .app_data(known.clone())
            .app_data(entities.clone())
            .route("/openapi.json", web::get().to(move || std::future::ready(HttpResponse::Ok().content_type("application/json").body(text.clone()))))
            .service(SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("../openapi.json").validator_url("none")))
            .route("/docs", web::get().to(|| std::future::ready(HttpResponse::PermanentRedirect().insert_header(("location", "docs/")).finish())))
            .default_service(web::to(|| std::future::ready(Err::<HttpResponse, _>(Problem::not_found()))))
            // From the inside out, as actix has it. The guard is nearest: nothing behind it is reached without a right. OPTIONS needs none, so it is answered
            // before, and a head that is too large is looked at by neither. The envelope makes problem documents of all they refuse and of panics. Round it
            // go the layers whose header fields stand on every answer, problems included, and round those what codes the final bytes. The connection
            // is outermost: it must hold what is left of the request until the last byte of the answer is out.
            .wrap(from_fn(guard::wrap))
            .wrap(from_fn(operations::wrap))
            .wrap(from_fn(head::wrap))
            .wrap(from_fn(envelope::wrap))
            .wrap(from_fn(cors::wrap))
            .wrap(from_fn(security::wrap))
            .wrap(from_fn(compress::wrap))
            .wrap(from_fn(connection::wrap))
    };
    // What `HttpServer` does, with deadlines for the waits that it has none for.
    let http = move || {
        let stopping = stopping.clone();
        let protocol = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(deadlines.idle)
            .client_request_timeout(deadlines.head)
            .client_disconnect_timeout(Duration::from_secs(1))
            .on_connect_ext(|stream: &Stream, data: &mut Extensions| drop(data.insert(stream.turn())))
            .h1(map_config(app().into_factory().map_err(|e: actix_web::Error| e.error_response()), |()| AppConfig::default()));
        let accept = move |io: TcpStream| {
            let peer = io.peer_addr().ok();
            // Each piece of an answer goes out at once; else the next one would wait until the client has acknowledged the one before, 40 ms and more.
            if let Err(e) = io.set_nodelay(true) {
                log::debug!("a connection sends when it likes: {e}");
            }
            ready(Ok::<_, DispatchError>((Stream::new(io, &deadlines), peer)))
        };
        fn_service(accept).and_then(protocol)
    };
    Ok(server.listen("http", listener, http).map_err(|e| e.to_string())?.run())
}
