//! The program as it is run, in a process of its own.
#![allow(dead_code)] // Not every bench asks it everything.
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A server, stopped when it is dropped.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
    /// From the start of the program to its being ready; zero where that is not asked.
    pub start: Duration,
}

impl Server {
    /// Starts it on a database, without limits, and waits until it is ready.
    pub fn start(url: &str) -> Self {
        let address = free();
        let mut command = Command::new(env!("CARGO_BIN_EXE_intent-orders"));
        for (name, value) in [("DATABASE_URL", url), ("LISTEN", &address.to_string()), ("SECRET", &"s".repeat(32)), ("LOG_LEVEL", "warn")] {
            command.env(name, value);
        }
        let began = Instant::now();
        let mut server = Self::run(command.arg("serve").env("RATE_LIMIT", "off").env("LOGIN_RATE_LIMIT", "off"), address);
        reqwest::blocking::get(format!("http://{address}/readyz")).unwrap().error_for_status().unwrap();
        server.start = began.elapsed();
        server
    }

    /// Starts this program once more, with some words and an address to serve.
    pub fn of_this(words: &[&str]) -> Self {
        let address = free();
        Self::run(Command::new(std::env::current_exe().unwrap()).args(words).arg(address.to_string()), address)
    }

    fn run(command: &mut Command, address: SocketAddr) -> Self {
        let began = Instant::now();
        let process = command.spawn().unwrap();
        let server = Self { process, address, start: Duration::ZERO };
        while TcpStream::connect(address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(300), "the server does not start");
            std::thread::sleep(Duration::from_millis(1));
        }
        server
    }

    /// What it has computed so far.
    pub fn cpu(&self) -> Duration {
        cpu_of(&self.process.id().to_string())
    }

    /// What it holds in memory, in MB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

/// What a process has computed so far; this one is `self`.
pub fn cpu_of(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    // The 14th and 15th field of the whole line, in hundredths of a second.
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
