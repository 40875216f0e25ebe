//! How often the database is asked for one request: as often whatever the number of rows and lines. On PostgreSQL the ways to the server are counted
//! where they go by, between the program and the server.
mod growth;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use intent_orders::platform::db::DatabaseUrl;
use serde_json::{Value, json};

use crate::harness::{Client, Kind, TestApp};
use crate::orders::{sound, stock};

/// An entry with so many lines.
fn entry(customer: &str, lines: usize) -> Value {
    let mut entry = sound(customer);
    entry["lines"] = Value::Array(vec![entry["lines"][0].clone(); lines]);
    entry
}

/// Statements that an operation has run so far.
fn statements(app: &TestApp, operation: &str) -> u64 {
    let text = app.nobody().get("/metrics").expect(200).text;
    let line = format!("intent_orders_statements_total{{operation=\"{operation}\"}} ");
    text.lines().find_map(|found| found.strip_prefix(&line)?.parse().ok()).unwrap_or(0)
}

/// How many statements one more request of an operation runs, after the first ones.
fn counted(app: &TestApp, operation: &str, ask: &dyn Fn()) -> u64 {
    (0..4).for_each(|_| ask());
    let before = statements(app, operation);
    ask();
    statements(app, operation) - before
}

both! {
    fn statements_do_not_grow_with_rows_and_lines(app: &TestApp) {
        let customer = stock(app);
        let rep = app.as_(&app.cast.rep);
        let ids: Vec<String> = [1, 20, 100].iter().map(|lines| rep.post("/api/v1/orders", entry(&customer, *lines)).expect(201).id().to_owned()).collect();
        for _ in 0..100 {
            rep.post("/api/v1/orders", entry(&customer, 2)).expect(201);
        }
        let lists = [1, 20, 100].map(|limit| counted(app, "orders_list", &|| drop(rep.get(&format!("/api/v1/orders?limit={limit}")).expect(200))));
        let reads: Vec<u64> = ids.iter().map(|id| counted(app, "orders_get", &|| drop(rep.get(&format!("/api/v1/orders/{id}")).expect(200)))).collect();
        let creates = [1, 20, 100].map(|lines| counted(app, "orders_create", &|| drop(rep.post("/api/v1/orders", entry(&customer, lines)).expect(201))));
        let changes: Vec<u64> = ids
            .iter()
            .map(|id| {
                counted(app, "orders_update", &|| {
                    let path = format!("/api/v1/orders/{id}");
                    let mut lines = rep.get(&path).expect(200).body["lines"].clone();
                    for line in lines.as_array_mut().unwrap() {
                        let quantity = line["quantity"].as_str().unwrap().parse::<u32>().unwrap() + 1;
                        *line = json!({"id": line["id"], "product": line["product"]["id"], "quantity": quantity.to_string(), "unit_price": line["unit_price"]});
                    }
                    rep.patch(&path, json!({"lines": lines}), "*").expect(200);
                })
            })
            .collect();
        println!("statements: list {lists:?}, read {reads:?}, create {creates:?}, change of lines {changes:?}");
        // Where no way is between, a line is written by a statement that is kept prepared.
        let written = if matches!(app.state.config.database_url, DatabaseUrl::Sqlite(_)) { [0, 19, 99] } else { [0; 3] };
        for (counts, more) in [(&lists[..], [0; 3]), (&reads, [0; 3]), (&creates, written), (&changes, written)] {
            let expected = more.map(|more| counts[0] + more);
            assert!(counts[0] > 0 && counts == expected, "list {lists:?}, read {reads:?}, create {creates:?}, change {changes:?}");
        }
    }

    fn what_is_read_belongs_together(app: &TestApp) {
        let customer = stock(app);
        let rep = app.as_(&app.cast.rep);
        let order = rep.post("/api/v1/orders", entry(&customer, 1)).expect(201);
        let path = format!("/api/v1/orders/{}", order.id());
        let of = |lines: usize, price: &str| {
            let mut entry = entry(&customer, lines);
            entry["lines"].as_array_mut().unwrap().iter_mut().for_each(|line| line["unit_price"] = json!(price));
            json!({"lines": entry["lines"]})
        };
        let whole = |order: &Value| {
            let amount = |value: &Value| value["amount"].as_str().unwrap().parse::<f64>().unwrap();
            let sum: f64 = order["lines"].as_array().unwrap().iter().map(amount).sum();
            assert!((sum - amount(order)).abs() < 0.001, "{order}");
        };
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let rep = app.as_(&app.cast.rep);
                for i in 0..60 {
                    rep.patch(&path, if i % 2 == 0 { of(7, "3000") } else { of(2, "4000") }, "*").expect(200);
                }
            });
            let rep = app.as_(&app.cast.rep);
            while !writer.is_finished() {
                whole(&rep.get(&path).expect(200).body);
                whole(&rep.get("/api/v1/orders").expect(200).body["data"][0]);
            }
        });
    }

    fn a_name_holds_from_the_next_request_on_and_on_every_instance(app: &TestApp) {
        let other = app.instance(&[]);
        let customer = stock(app);
        let order = app.as_(&app.cast.rep).post("/api/v1/orders", entry(&customer, 1)).expect(201).body;
        let (order, product) = (order["id"].as_str().unwrap(), order["lines"][0]["product"]["id"].as_str().unwrap());
        let names = |of: &TestApp| {
            let rep = of.as_(&of.cast.rep);
            let (read, listed) = (rep.get(&format!("/api/v1/orders/{order}")).expect(200).body, rep.get("/api/v1/orders").expect(200).body["data"][0].clone());
            assert_eq!(read, listed);
            ["/owner/name", "/team/name", "/lines/0/product/name", "/customer/name"].map(|pointer| read.pointer(pointer).unwrap().as_str().unwrap().to_owned())
        };
        let admin = app.as_(&app.cast.admin);
        let renamed = [
            (0, format!("/api/v1/users/{}", app.cast.rep.id)),
            (1, format!("/api/v1/teams/{}", app.cast.team_a)),
            (2, format!("/api/v1/products/{product}")),
            (3, format!("/api/v1/customers/{customer}")),
        ];
        for (place, path) in renamed {
            for name in ["Erste", "二号"] {
                let before = names(&other);
                assert_eq!(names(app), before);
                // A rehearsal changes nothing, neither what is kept nor what is told.
                admin.patch(&format!("{path}?validate_only=true"), json!({"name": name}), "*").expect(200);
                assert_eq!((names(app), names(&other)), (before.clone(), before.clone()));
                admin.patch(&path, json!({"name": name}), "*").expect(200);
                let mut after = before;
                name.clone_into(&mut after[place]);
                assert_eq!((names(app), names(&other)), (after.clone(), after));
            }
        }
    }

    fn a_setting_holds_from_the_next_request_on_and_on_every_instance(app: &TestApp) {
        let other = app.instance(&[]);
        let customer = stock(app);
        let order = app.as_(&app.cast.rep).post("/api/v1/orders", entry(&customer, 1)).expect(201);
        let path = format!("/api/v1/orders/{}", order.id());
        let probability = |of: &TestApp| of.as_(&of.cast.rep).get(&path).expect(200).body["probability"].as_str().unwrap().to_owned();
        let admin = app.as_(&app.cast.admin);
        for rate in ["0.11", "0.12", "0.13", "0.14"] {
            let mut items = admin.get("/api/v1/settings/stages").expect(200).body["items"].clone();
            items.as_array_mut().unwrap().iter_mut().for_each(|item| item["probability"] = json!(rate));
            // A rehearsal changes nothing, neither what is kept nor what is told.
            let before = probability(&other);
            let rehearsed = json!({"items": items});
            admin.put("/api/v1/settings/stages?validate_only=true", rehearsed.clone(), "*").expect(200);
            assert_eq!((probability(app), probability(&other)), (before.clone(), before));
            let put = admin.put("/api/v1/settings/stages", rehearsed, "*").expect(200);
            assert_eq!(put.body["items"][0]["probability"], rate);
            assert_eq!((probability(app), probability(&other)), (rate.to_owned(), rate.to_owned()));
        }
        // A session that ends here has ended there.
        let user = app.user_with_password("wu", intent_orders::identity::Role::Rep, true);
        let session = app.nobody().post("/api/v1/auth/login", json!({"email": user.email(), "password": crate::harness::PASSWORD})).expect(200).body;
        let token = session["access_token"].as_str().unwrap();
        for of in [app, &other] {
            of.with_token(token).get("/api/v1/me").expect(200);
        }
        app.nobody().post("/api/v1/auth/logout", json!({"refresh_token": session["refresh_token"]})).expect(204);
        for of in [app, &other] {
            of.with_token(token).get("/api/v1/me").problem(401, "invalid_token");
        }
    }
}

/// Stands between the program and PostgreSQL and counts how often the server says that it is ready for the next: the end of each way there and back.
struct Between {
    ways: Arc<AtomicU64>,
    folder: tempfile::TempDir,
}

/// Either kind of connection to the server.
pub trait Wire: Read + Write + Send + 'static {
    fn again(&self) -> Box<dyn Wire>;
    /// Ends it for all who have it.
    fn cut(&self);
}
impl Wire for UnixStream {
    fn again(&self) -> Box<dyn Wire> {
        Box::new(self.try_clone().unwrap())
    }
    fn cut(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}
impl Wire for TcpStream {
    fn again(&self) -> Box<dyn Wire> {
        Box::new(self.try_clone().unwrap())
    }
    fn cut(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

/// Connects to the server of an address.
pub fn connect(url: &str) -> Box<dyn Wire> {
    let folder = url.split_once("host=").map(|(_, rest)| rest.split('&').next().unwrap());
    if let Some(folder) = folder {
        return Box::new(UnixStream::connect(PathBuf::from(folder).join(".s.PGSQL.5432")).unwrap());
    }
    let authority = url.split_once("://").unwrap().1.split('/').next().unwrap();
    let host = authority.rsplit('@').next().unwrap();
    Box::new(if host.contains(':') { TcpStream::connect(host) } else { TcpStream::connect((host, 5432)) }.unwrap())
}

/// The address of the same database by way of a socket in a folder.
pub fn by_way_of(folder: &Path, url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let who = authority.rsplit_once('@').map(|(who, _)| format!("{who}@")).unwrap_or_default();
    let database = path.split('?').next().unwrap();
    format!("{scheme}://{who}/{database}?host={}&sslmode=disable&gssencmode=disable", folder.display())
}

impl Between {
    fn of(url: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("io").tempdir_in("/tmp").unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let (ways, url) = (Arc::<AtomicU64>::default(), url.to_owned());
        let counted = ways.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (mut server, counted) = (connect(&url), counted.clone());
                let (mut to_server, mut from_client, mut client) = (server.again(), client.try_clone().unwrap(), client);
                std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
                std::thread::spawn(move || {
                    let mut head = [0; 5];
                    while server.read_exact(&mut head).is_ok() {
                        let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
                        let mut rest = vec![0; length - 4];
                        if server.read_exact(&mut rest).is_err() {
                            return;
                        }
                        // Counted before it is passed on, so that who has the answer finds it counted.
                        counted.fetch_add(u64::from(head[0] == b'Z'), Ordering::SeqCst);
                        if client.write_all(&head).and_then(|()| client.write_all(&rest)).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { ways, folder }
    }

    /// How many ways one more request takes, after the first ones have prepared their statements.
    fn count(&self, ask: &dyn Fn()) -> u64 {
        (0..6).for_each(|_| ask());
        let before = self.ways.load(Ordering::SeqCst);
        ask();
        self.ways.load(Ordering::SeqCst) - before
    }
}

#[test]
fn few_ways_lead_to_postgres() {
    let Some(app) = TestApp::on(Kind::Postgres) else { return };
    let DatabaseUrl::Postgres(url) = app.state.config.database_url.clone() else { panic!() };
    let between = Between::of(&url);
    let own = by_way_of(between.folder.path(), &url);
    let served = app.beside(|config| {
        config.database_url = DatabaseUrl::parse(&own).unwrap();
        config.pool = 1;
    });
    let customer = stock(&app);
    let (rep, direct) = (served.as_(&served.cast.rep), app.as_(&app.cast.rep));
    let order = |lines: usize| direct.post("/api/v1/orders", entry(&customer, lines)).expect(201).id().to_owned();
    let ids = [1, 20, 100].map(order);
    let remarked = {
        let id = order(3);
        let path = format!("/api/v1/orders/{id}");
        direct.action(&format!("{path}/submit"), Value::Null, "*").expect(200);
        let remarks = json!({"remarks": [{"pointer": "/title", "message": "Say which plant"}, {"pointer": "/lines/0/quantity", "message": "So many?"}]});
        let returned = app.as_(&app.cast.reviewer).action(&format!("{path}/return"), remarks, "*").expect(200);
        let read = rep.get(&path).expect(200);
        assert_eq!(read.body["remarks"], returned.body["remarks"]);
        assert_eq!(read.body["remarks"].as_array().unwrap().len(), 2);
        id
    };
    (0..100).for_each(|_| drop(order(2)));
    let key = std::cell::Cell::new(0);
    let keyed = |client: &Client<'_>, lines: usize| {
        key.set(key.get() + 1);
        drop(client.with("idempotency-key", &format!("key-{}", key.get())).post("/api/v1/orders", entry(&customer, lines)).expect(201));
    };
    let read = |id: &String| between.count(&|| drop(rep.get(&format!("/api/v1/orders/{id}")).expect(200)));
    let reads: Vec<u64> = ids.iter().chain([&remarked]).map(read).collect();
    let lists = [1, 20, 100].map(|limit| between.count(&|| drop(rep.get(&format!("/api/v1/orders?limit={limit}")).expect(200))));
    let creates = [1, 20, 100].map(|lines| between.count(&|| drop(rep.post("/api/v1/orders", entry(&customer, lines)).expect(201))));
    let once = [1, 20, 100].map(|lines| between.count(&|| keyed(&rep, lines)));
    println!("ways: read {reads:?}, list {lists:?}, create {creates:?}, with a key {once:?}");
    assert!(reads.iter().all(|ways| *ways <= 3), "read {reads:?}");
    assert!(lists.iter().all(|ways| *ways <= 4), "list {lists:?}");
    assert!(creates.iter().all(|ways| *ways <= 12 && *ways == creates[0]), "create {creates:?}");
    assert!(once.iter().all(|ways| *ways == once[0]), "create with a key {once:?}");
}
