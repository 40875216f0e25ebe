//! A bare program of the same stack over the same file, in a process of its own: a request, a statement, an answer, and nothing of what makes a service of it: no token,
//! no rights, no lines. What it takes tells how quick the machine is at the moment; by it runs of other hours and machines are held against each other.
use std::net::SocketAddr;

use actix_web::{App, HttpServer, Responder, get, web};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use intent_orders::platform::db::schema::{customers, orders, users};
use intent_orders::platform::db::{Id, UtcTime};
use serde::Serialize;

type Connections = Pool<ConnectionManager<SqliteConnection>>;

#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = orders)]
struct Order {
    id: Id,
    number: i64,
    title: Option<String>,
    status: String,
    stage: String,
    currency: String,
    amount: i64,
    customer_id: Option<Id>,
    owner_id: Id,
    version: i64,
    created_at: UtcTime,
    updated_at: UtcTime,
}

#[get("/empty")]
async fn empty() -> impl Responder {
    ""
}

#[get("/orders/{id}")]
async fn read(connections: web::Data<Connections>, id: web::Path<String>) -> impl Responder {
    let mut c = connections.get().unwrap();
    let id = Id::parse(&id).unwrap();
    web::Json(orders::table.find(id).select(Order::as_select()).first(&mut c).unwrap())
}

/// The newest of a status, with the names of their customers and owners.
#[get("/orders/of/{status}/{limit}")]
async fn list(connections: web::Data<Connections>, asked: web::Path<(String, i64)>) -> impl Responder {
    let mut c = connections.get().unwrap();
    let (status, limit) = asked.into_inner();
    let named = orders::table
        .left_join(customers::table.on(customers::id.nullable().eq(orders::customer_id)))
        .inner_join(users::table.on(users::id.eq(orders::owner_id)));
    let columns = (Order::as_select(), customers::name.nullable(), users::name);
    let found = named.filter(orders::status.eq(status)).order((orders::created_at.desc(), orders::id.desc())).limit(limit).select(columns);
    web::Json(found.load::<(Order, Option<String>, String)>(&mut c).unwrap())
}

/// Serves a file until it is stopped.
pub fn serve(path: &str, address: SocketAddr) {
    let connections: Connections = Pool::builder().max_size(4).test_on_check_out(false).build(ConnectionManager::new(path)).unwrap();
    let app = move || App::new().app_data(web::Data::new(connections.clone())).service(empty).service(read).service(list);
    actix_web::rt::System::new().block_on(HttpServer::new(app).workers(2).bind(address).unwrap().run()).unwrap();
}
