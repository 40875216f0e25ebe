//! Two thousand who are slow, and ten thousand who say nothing: others are served beside them, memory stays bounded, and each is ended by its deadline.
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Writers;
use crate::harness::{Client, Kind, Program, TestApp};

const LIVE: &str = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
/// Asks for more than a megabyte.
const LARGE: &str = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
/// So many are more than what is on its way in the system.
const ANSWERS: usize = 8;

/// A connection that is not waited for.
struct Caller {
    stream: TcpStream,
    /// What came, as far as it is kept.
    came: Vec<u8>,
    ended: bool,
}

impl Caller {
    fn new(address: &str, says: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(says.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { stream, came: Vec::new(), ended: false }
    }

    /// Sends a byte, however little use it is by now.
    fn drip(&mut self) {
        if let Err(e) = self.stream.write(b"x") {
            self.ended |= e.kind() != ErrorKind::WouldBlock;
        }
    }

    /// Takes what came; answers whether the other side has ended the connection.
    fn listen(&mut self) -> bool {
        let mut buffer = [0; 4096];
        while !self.ended {
            match self.stream.read(&mut buffer) {
                Ok(0) => self.ended = true,
                Ok(read) => self.came.extend_from_slice(&buffer[..read]),
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(_) => self.ended = true,
            }
        }
        self.ended
    }

    fn status(&self) -> String {
        String::from_utf8_lossy(&self.came).chars().skip("HTTP/1.1 ".len()).take(3).collect()
    }
}

/// Raises the limit of open files of this process; answers how many connections fit in, ten thousand at most.
fn room() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let room = usize::try_from(files.saturating_sub(1_000)).unwrap_or(usize::MAX).min(10_000);
    if room < 10_000 {
        eprintln!("!! ONLY {room} of 10000 connections: the limit of open files is {files}");
    }
    room
}

/// How long ordinary requests take one after the other: reading an order, and a list of fifty.
fn slowest_of_a_hundred(http: &reqwest::blocking::Client, writers: &Writers, base: &str, order: &str) -> Duration {
    let mut took: Vec<Duration> = (0..400)
        .map(|n| {
            let path = if n % 2 == 0 { format!("/api/v1/orders/{order}") } else { "/api/v1/orders?limit=50".to_owned() };
            let began = Instant::now();
            let answer = http.get(format!("{base}{path}")).bearer_auth(&writers.token).send().unwrap();
            assert_eq!(answer.status(), 200);
            answer.bytes().unwrap();
            began.elapsed()
        })
        .collect();
    took.sort();
    took[took.len() * 99 / 100]
}

/// A program, somebody who reads in it, and how long that usually takes.
struct Scene {
    program: Program,
    writers: Writers,
    http: reqwest::blocking::Client,
    order: String,
    usual: Duration,
}

impl Scene {
    fn new(app: &TestApp) -> Self {
        let settings = [("ACCESS_LOG", "off"), ("LOGIN_RATE_LIMIT", "off")];
        let program = Program::with(app, "info", &settings);
        let (writers, http) = (Writers::new(app, &program), reqwest::blocking::Client::builder().no_proxy().build().unwrap());
        let orders: Vec<String> = (0..50).map(|n| writers.enter(&http, &program.base(), &format!("order-{n}")).unwrap()).collect();
        let mut scene = Self { program, writers, http, order: orders[0].clone(), usual: Duration::ZERO };
        scene.p99();
        scene.usual = scene.p99();
        scene
    }

    fn p99(&self) -> Duration {
        slowest_of_a_hundred(&self.http, &self.writers, &self.program.base(), &self.order)
    }

    /// Others are served beside a crowd, nearly as quickly as without one.
    fn serves_others(&self, crowd: &str) {
        let p99 = self.p99();
        eprintln!("p99 of others {p99:?} beside {crowd}, {:?} without", self.usual);
        assert!(p99 <= (self.usual * 2).max(self.usual + Duration::from_millis(50)), "{p99:?} beside {crowd}, {:?} without", self.usual);
        Client::new(&self.program.base()).post("/api/v1/auth/login", json!({"email": "nobody@example.com", "password": "not this one"})).expect(401);
    }

    /// Waits until the program has no more files open than before.
    fn closes(&self, files: usize, within: Duration) {
        let began = Instant::now();
        while self.program.files() > files + 10 {
            assert!(began.elapsed() < within, "{} files are open, {files} were before", self.program.files());
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Those who are slow in one way, and by when the last of them has to be gone.
struct Kin {
    what: &'static str,
    says: String,
    within: Duration,
    callers: Vec<Caller>,
}

#[test]
#[ignore = "make faults"]
fn two_thousand_who_are_slow_are_ended_and_harm_nobody() {
    TestApp::with(Kind::Sqlite, |app| {
        room();
        let scene = Scene::new(app);
        let (files, memory) = (scene.program.files(), scene.program.memory());
        let head = "GET /livez HTTP/1.1\r\nX-Slow: ";
        let body = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{";
        // With a second or two for the server's clock, and for what it does last.
        let seconds = |n| Duration::from_secs(n);
        let mut kin = [
            ("heads", head.to_owned(), seconds(10 + 5)),
            ("bodies", body.to_owned(), seconds(30 + 5)),
            ("heads of a second request", format!("{LIVE}{head}"), seconds(75 + 10 + 5)),
            ("heads of a second request that came with the first", format!("{LIVE}{LIVE}GET /li"), seconds(75 + 10 + 5)),
        ]
        .map(|(what, says, within)| Kin { what, says, within, callers: Vec::new() });
        for kin in &mut kin {
            kin.callers = (0..375).map(|_| Caller::new(&scene.program.address, &kin.says)).collect();
        }
        let began = Instant::now();
        let readers: Vec<Caller> = (0..500).map(|_| Caller::new(&scene.program.address, &LARGE.repeat(ANSWERS))).collect();
        let mut most = scene.program.memory();
        eprintln!("{most} kB of memory when all are there, {memory} before");
        std::thread::scope(|scope| {
            let others = scope.spawn(|| {
                // What five hundred are sent until no more goes in is work like any other.
                std::thread::sleep(seconds(3));
                scene.serves_others("two thousand who are slow");
            });
            while kin.iter().any(|kin| !kin.callers.is_empty()) {
                for Kin { what, within, callers, .. } in &mut kin {
                    callers.retain_mut(|caller| {
                        caller.drip();
                        !caller.listen()
                    });
                    assert!(callers.is_empty() || began.elapsed() < *within, "{} {what} are not ended after {:?}", callers.len(), began.elapsed());
                }
                most = most.max(scene.program.memory());
                std::thread::sleep(Duration::from_millis(500));
            }
            others.join().unwrap();
        });
        // None of the readers has read anything, yet they are gone as well.
        scene.closes(files, seconds(5));
        eprintln!("{} kB more memory for two thousand who are slow, {} kB before; ended after {:?}", most - memory, memory, began.elapsed());
        assert!(most - memory < 300_000, "{} kB", most - memory);
        for mut reader in readers.into_iter().take(20) {
            reader.stream.set_nonblocking(false).unwrap();
            let _ = reader.stream.read_to_end(&mut reader.came);
            assert!(reader.came.len() < ANSWERS << 20, "it was given all of its answers");
        }
        scene.serves_others("nobody");
    });
}

#[test]
#[ignore = "make faults"]
fn ten_thousand_who_say_nothing_are_borne_and_closed() {
    TestApp::with(Kind::Sqlite, |app| {
        let room = room();
        let scene = Scene::new(app);
        let (files, memory) = (scene.program.files(), scene.program.memory());
        let began = Instant::now();
        let mut idle: Vec<Caller> = (0..room).map(|_| Caller::new(&scene.program.address, LIVE)).collect();
        for caller in &mut idle {
            while caller.came.is_empty() && !caller.listen() {
                assert!(began.elapsed() < Duration::from_secs(70), "not all of {room} are let in");
                std::thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(caller.status(), "200");
        }
        let all = began.elapsed();
        assert!(scene.program.files() >= files + room, "{} of {room} are open after {all:?}", scene.program.files() - files);
        let each = (scene.program.memory() - memory) * 1024 / room as u64;
        eprintln!("{room} idle connections after {all:?}: {each} bytes of memory each");
        assert!(each < 40_000, "{each} bytes each");
        scene.serves_others("ten thousand who say nothing");
        // The last of them has spoken when all were there.
        scene.closes(files, Duration::from_secs(75 + 15));
        for caller in &mut idle {
            assert!(caller.listen(), "a connection is open after {:?}", began.elapsed());
        }
        scene.serves_others("nobody");
    });
}
