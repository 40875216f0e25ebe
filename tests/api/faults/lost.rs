//! The connection to PostgreSQL is lost at a bad moment: between the program and the server stands somebody who cuts it.
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use intent_orders::platform::db::DatabaseUrl;

use crate::harness::{Kind, TestApp};
use crate::orders::{entered, sound, stock};
use crate::trips::{Wire, by_way_of, connect};

/// What becomes of the next commit of a writer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Not,
    /// The server does not hear of it.
    Before,
    /// The server does it, and nobody hears of that.
    After,
}

/// Stands between the program and the server.
struct Between {
    next: Arc<AtomicU8>,
    clients: Arc<Mutex<Vec<UnixStream>>>,
    folder: tempfile::TempDir,
}

impl Between {
    fn of(url: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("io").tempdir_in("/tmp").unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let (next, clients) = (Arc::<AtomicU8>::default(), Arc::<Mutex<Vec<UnixStream>>>::default());
        let (url, asked, known) = (url.to_owned(), next.clone(), clients.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                known.lock().unwrap().push(client.try_clone().unwrap());
                let (url, asked) = (url.clone(), asked.clone());
                std::thread::spawn(move || between(client, &url, &asked));
            }
        });
        Self { next, clients, folder }
    }

    fn cut_next(&self, cut: Cut) {
        self.next.store(cut as u8, Ordering::SeqCst);
    }

    /// Ends every connection there is.
    fn cut_all(&self) -> usize {
        let clients = std::mem::take(&mut *self.clients.lock().unwrap());
        clients.iter().for_each(Wire::cut);
        clients.len()
    }
}

/// Hands on what the client says, message by message, and what the server says as it comes.
fn between(client: UnixStream, url: &str, next: &AtomicU8) {
    let (mut server, mut from_client) = (connect(url), client.try_clone().unwrap());
    let (mut from_server, mut to_client) = (server.again(), client.try_clone().unwrap());
    let hushed = Arc::<AtomicU8>::default();
    let hush = hushed.clone();
    std::thread::spawn(move || {
        let mut bytes = [0; 65536];
        while let Ok(read @ 1..) = from_server.read(&mut bytes) {
            if hush.load(Ordering::SeqCst) == 1 || to_client.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        to_client.cut();
    });
    // The first message has no kind.
    let (mut kind, mut writes) = (None, false);
    loop {
        let mut head = vec![0; if kind.is_some() { 5 } else { 4 }];
        if from_client.read_exact(&mut head).is_err() {
            break;
        }
        let length = u32::from_be_bytes(head[head.len() - 4..].try_into().unwrap()) as usize;
        let mut body = vec![0; length - 4];
        if from_client.read_exact(&mut body).is_err() {
            break;
        }
        if kind.is_some() && head[0] == b'Q' {
            writes |= body.starts_with(b"BEGIN; ");
            let cut = if writes && body.starts_with(b"COMMIT") { next.swap(Cut::Not as u8, Ordering::SeqCst) } else { Cut::Not as u8 };
            writes &= !body.starts_with(b"COMMIT") && !body.starts_with(b"ROLLBACK");
            if cut == Cut::Before as u8 {
                break;
            }
            hushed.store(u8::from(cut == Cut::After as u8), Ordering::SeqCst);
        }
        kind = Some(());
        if server.write_all(&head).and_then(|()| server.write_all(&body)).is_err() {
            break;
        }
    }
    client.cut();
    server.cut();
}

fn on_postgres(test: impl FnOnce(&TestApp, &TestApp, &Between)) {
    let Some(app) = TestApp::on(Kind::Postgres) else { return };
    let DatabaseUrl::Postgres(url) = app.state.config.database_url.clone() else { panic!() };
    let between = Between::of(&url);
    let own = DatabaseUrl::parse(&by_way_of(between.folder.path(), &url)).unwrap();
    let served = app.beside(|config| config.database_url = own);
    test(&app, &served, &between);
    app.require_facts();
}

#[test]
fn a_commit_that_nobody_answers_is_said_to_be_unknown_and_stands_once() {
    on_postgres(|app, served, between| {
        let customer = stock(app);
        for (cut, key) in [(Cut::After, "Thereafter"), (Cut::Before, "Beforehand")] {
            let rep = served.as_(&app.cast.rep).with("idempotency-key", key);
            let mut entry = sound(&customer);
            entry["title"] = key.into();
            let count = || app.as_(&app.cast.rep).get(&format!("/api/v1/orders?q={key}&include_total=true")).expect(200).body["page"]["total"].as_i64();
            between.cut_next(cut);
            rep.post("/api/v1/orders", entry.clone()).problem(503, "outcome_unknown");
            assert_eq!(count(), Some(i64::from(cut == Cut::After)), "{key}");
            let again = rep.post("/api/v1/orders", entry).expect(201);
            assert_eq!((again.header("idempotent-replayed") == "true", count()), (cut == Cut::After, Some(1)), "{key}");
        }
    });
}

#[test]
fn connections_found_dead_are_nobodys_concern() {
    on_postgres(|app, served, between| {
        let customer = stock(app);
        let order = entered(app, &customer);
        let path = format!("/api/v1/orders/{}", order.id());
        for round in 0..4 {
            // So many at once that the pool is full.
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| served.as_(&app.cast.rep).post("/api/v1/orders", sound(&customer)).expect(201));
                }
            });
            let cut = between.cut_all();
            assert!(cut > 1, "only {cut} connections");
            let rep = served.as_(&app.cast.rep);
            match round % 2 {
                0 => drop(rep.get(&path).expect(200)),
                _ => drop(rep.post("/api/v1/orders", sound(&customer)).expect(201)),
            }
        }
    });
}
