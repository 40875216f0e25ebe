//! The bytes of a connection, with an end to each wait that the server itself has no deadline for: for the next request behind an answer, however little of
//! it has come, and for a client that does not read its answer. The first request and bodies have deadlines of their own.
use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::platform::config::Deadlines;

/// Whose turn it is on a connection: since when the client's, or that of a request that is answered.
#[derive(Clone, Debug)]
pub struct Turn(Rc<Cell<Option<Instant>>>);

impl Turn {
    /// A request has come.
    pub fn begin(&self) {
        self.0.set(None);
    }
    /// Its answer is about to go out.
    pub fn end(&self) {
        self.0.set(Some(now()));
    }
    /// Some of an answer has gone out.
    fn go_on(&self) {
        if self.0.get().is_some() {
            self.end();
        }
    }
}

/// A connection that ends when its client is too slow.
#[derive(Debug)]
pub struct Stream {
    io: TcpStream,
    turn: Turn,
    /// From one answer to the next request.
    patience: Duration,
    waited: Option<Pin<Box<Sleep>>>,
    /// For the client to read something of its answer.
    answer: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Stream {
    #[must_use]
    pub fn new(io: TcpStream, deadlines: &Deadlines) -> Self {
        let turn = Turn(Rc::new(Cell::new(Some(now()))));
        // Who says nothing is ended by the server itself; this is for whoever begins a request just before and goes on slowly.
        Self { io, turn, patience: deadlines.idle + deadlines.head, waited: None, answer: deadlines.answer, stalled: None }
    }

    /// For whoever answers its requests.
    #[must_use]
    pub fn turn(&self) -> Turn {
        self.turn.clone()
    }

    /// Fails when the client has had its turn for too long.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            // Looked at again after as long, and no sooner: a busy connection sets no clock for each of its requests.
            let until = self.turn.0.get().unwrap_or_else(now) + self.patience;
            let waited = self.waited.get_or_insert_with(|| Box::pin(sleep_until(until)));
            ready!(waited.as_mut().poll(context));
            if self.turn.0.get().is_some_and(|since| since + self.patience <= now()) {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            waited.as_mut().reset(until);
        }
    }
}

#[allow(clippy::disallowed_methods)] // How long it takes, not what time it is.
fn now() -> Instant {
    Instant::now()
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.io).poll_read(context, into) {
            Poll::Pending => this.wait(context),
            read => read,
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match Pin::new(&mut this.io).poll_write(context, bytes) {
            Poll::Pending => {
                let stalled = this.stalled.get_or_insert_with(|| Box::pin(sleep_until(now() + this.answer)));
                ready!(stalled.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            written => {
                this.stalled = None;
                this.turn.go_on();
                written
            }
        }
    }
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(context)
    }
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }
}
