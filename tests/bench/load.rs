//! A load on a server: connections that are kept, one request after another on each, and what it cost the server.
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::server::Server;

/// A connection that is kept.
pub struct Line {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Line {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self { stream, read: Vec::with_capacity(1 << 16) }
    }

    /// Sends a request and reads its answer whole: the status and the body.
    pub fn send(&mut self, request: &[u8]) -> (u16, &[u8]) {
        self.stream.write_all(request).unwrap();
        self.read.clear();
        let mut chunk = [0; 1 << 15];
        loop {
            let got = self.stream.read(&mut chunk).unwrap();
            assert!(got > 0, "the server hung up: {}", String::from_utf8_lossy(&self.read));
            self.read.extend_from_slice(&chunk[..got]);
            let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&self.read[..end]).to_ascii_lowercase();
            let length: usize = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
            if self.read.len() >= end + 4 + length {
                let status = head.get(9..12).unwrap().parse().unwrap();
                return (status, &self.read[end + 4..end + 4 + length]);
            }
        }
    }
}

/// A request as it goes over the wire.
pub fn request(method: &str, path: &str, token: &str, more: &str, body: &str) -> Vec<u8> {
    let kind = if body.is_empty() { String::new() } else { format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()) };
    format!("{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n{kind}{more}\r\n{body}").into_bytes()
}

/// What a load came to.
pub struct Figures {
    /// Requests a second.
    pub rate: f64,
    pub median: Duration,
    pub p99: Duration,
    /// Of the server, for each request.
    pub cpu: Duration,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        write!(f, "{:.0}/s, median {:.2} ms, p99 {:.2} ms, {} µs of the server each", self.rate, ms(self.median), ms(self.p99), self.cpu.as_micros())
    }
}

/// Sends the requests that `make` gives for the numbers from 0 on, over so many connections; each must be answered with 2xx, and is shown to `look`.
pub fn drive(server: &Server, connections: usize, requests: usize, make: impl Fn(usize) -> Vec<u8> + Sync, look: impl Fn(usize, &[u8]) + Sync) -> Figures {
    let (next, cpu, began) = (AtomicUsize::new(0), server.cpu(), Instant::now());
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let one = || {
            let (mut line, mut times) = (Line::open(server.address), Vec::new());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    return times;
                }
                let request = make(number);
                let began = Instant::now();
                let (status, body) = line.send(&request);
                times.push(began.elapsed());
                assert!((200..300).contains(&status), "{status}: {}", String::from_utf8_lossy(body));
                look(number, body);
            }
        };
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let (took, cpu) = (began.elapsed(), server.cpu() - cpu);
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    Figures { rate: requests as f64 / took.as_secs_f64(), median: at(50), p99: at(99), cpu: cpu / u32::try_from(requests).unwrap() }
}
