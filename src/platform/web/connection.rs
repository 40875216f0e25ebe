//! What concerns the connection more than the request: whose turn it is, and that it ends behind a body that nobody read to its end, and while the
//! program drains.
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use futures_util::Stream;

use super::stream::Turn;
use crate::platform::state::State;

/// The middleware.
pub async fn wrap(mut req: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let state = req.app_data::<web::Data<State>>().cloned();
    let turn = req.conn_data::<Turn>().cloned();
    if let Some(turn) = &turn {
        turn.begin();
    }
    let incoming = match req.take_payload() {
        Payload::None => None,
        payload => {
            let incoming = Incoming(Rc::new(RefCell::new(Some(payload))));
            req.set_payload(Payload::Stream { payload: Box::pin(incoming.clone()) });
            Some(incoming)
        }
    };
    let answered = next.call(req).await;
    if let Some(turn) = turn {
        turn.end();
    }
    let mut response = answered?;
    // Who keeps a connection would send the next request to a program that is about to go.
    if state.is_some_and(|state| state.draining.load(Ordering::Relaxed)) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    let response = response.map_body(|_, body| in_pieces(body.boxed()));
    Ok(match incoming.filter(Incoming::is_unread) {
        Some(unread) => response.map_body(|_, body| Held { body, _unread: unread }.boxed()),
        None => response,
    })
}

/// How much of an answer is handed to the server at a time: most pages go out at once, for each piece wakes the client.
const PIECE: usize = 1 << 17;

/// The server copies what it is handed, all of it; of many who do not read a large answer, each would hold a copy.
fn in_pieces(body: BoxBody) -> BoxBody {
    match body.try_into_bytes() {
        Ok(bytes) if bytes.len() > PIECE => Pieces(bytes).boxed(),
        Ok(bytes) => bytes.boxed(),
        Err(body) => body,
    }
}

/// A body that is there as a whole.
struct Pieces(web::Bytes);

impl MessageBody for Pieces {
    type Error = std::convert::Infallible;
    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<web::Bytes, Self::Error>>> {
        let next = self.0.len().min(PIECE);
        Poll::Ready((next > 0).then(|| Ok(self.0.split_to(next))))
    }
}

/// The body of a request, held by its reader and by the answer. Were it dropped unread, the server would go on reading a chunked body after the answer,
/// however long and slow; held until the answer is out, it makes the server close the connection instead.
#[derive(Clone)]
struct Incoming(Rc<RefCell<Option<Payload>>>);

impl Incoming {
    fn is_unread(&self) -> bool {
        self.0.borrow().is_some()
    }
}

impl Stream for Incoming {
    type Item = Result<web::Bytes, PayloadError>;
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut payload = self.0.borrow_mut();
        let polled = payload.as_mut().map_or(Poll::Ready(None), |payload| Pin::new(payload).poll_next(context));
        if matches!(polled, Poll::Ready(None)) {
            *payload = None;
        }
        polled
    }
}

/// The body of an answer, with what is left of the request's.
struct Held {
    body: BoxBody,
    _unread: Incoming,
}

impl MessageBody for Held {
    type Error = <BoxBody as MessageBody>::Error;
    fn size(&self) -> BodySize {
        self.body.size()
    }
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<web::Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
