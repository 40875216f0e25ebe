//! The way that requests and answers travel: codings, methods, browsers, deadlines, limits, and leaving.
mod browsers;
mod codings;
mod deadlines;
mod limits;
mod methods;
mod process;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A bare connection, for what no client library would send.
pub struct Wire {
    stream: TcpStream,
    /// What came behind the last answer that was read.
    came: Vec<u8>,
}

impl Wire {
    pub fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, came: Vec::new() }
    }

    pub fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).unwrap();
    }

    /// Sends byte by byte until it is told to stop, or for five seconds; answers how long that took.
    pub fn drip(&mut self, bytes: impl Iterator<Item = u8>, pause: Duration) -> Duration {
        let began = Instant::now();
        for byte in bytes.take_while(|_| began.elapsed() < Duration::from_secs(5)) {
            if self.stream.write_all(&[byte]).is_err() {
                break;
            }
            std::thread::sleep(pause);
        }
        began.elapsed()
    }

    pub fn end_sending(&self) {
        self.stream.shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// Reads one answer.
    pub fn answer(&mut self) -> Reply {
        let mut buffer = [0; 4096];
        let length = loop {
            if let Some(end) = self.came.windows(4).position(|four| four == b"\r\n\r\n") {
                let body = field(&String::from_utf8_lossy(&self.came[..end]), "content-length").parse().unwrap_or(0);
                if self.came.len() >= end + 4 + body {
                    break end + 4 + body;
                }
            }
            let read = self.stream.read(&mut buffer).unwrap_or_else(|e| panic!("{e} after {:?}", String::from_utf8_lossy(&self.came)));
            assert!(read > 0, "the connection ended after {:?}", String::from_utf8_lossy(&self.came));
            self.came.extend_from_slice(&buffer[..read]);
        };
        let text = String::from_utf8(self.came.drain(..length).collect()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("no status: {head}"));
        Reply { status, head: head.to_owned(), body: serde_json::from_str(body).unwrap_or_default() }
    }

    /// Reads to the end of an answer and says how large it was; none where the connection ends before.
    pub fn end_of_answer(&mut self) -> Option<usize> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            if let Some(end) = self.came.windows(4).position(|four| four == b"\r\n\r\n") {
                let body: usize = field(&String::from_utf8_lossy(&self.came[..end]), "content-length").parse().unwrap();
                if self.came.len() >= end + 4 + body {
                    self.came.drain(..end + 4 + body);
                    return Some(body);
                }
            }
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => return None,
                Ok(read) => self.came.extend_from_slice(&buffer[..read]),
            }
        }
    }

    /// Whether the other side ends the connection, without another answer.
    pub fn is_closed(&mut self) -> bool {
        assert!(self.came.is_empty(), "{:?}", String::from_utf8_lossy(&self.came));
        match self.stream.read(&mut [0; 1]) {
            Ok(read) => read == 0,
            Err(e) => matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
        }
    }
}

/// An answer from a bare connection.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Value,
}

impl Reply {
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.body["code"].as_str(), self.header("content-type")), (status, Some(code), "application/problem+json"), "{self:?}");
        self
    }
    pub fn header(&self, name: &str) -> &str {
        field(&self.head, name)
    }
}

fn field<'a>(head: &'a str, name: &str) -> &'a str {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next().unwrap_or_default()
}
