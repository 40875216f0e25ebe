//! What is counted and written of each request. It looks at the answer and changes nothing of it.
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::{HttpResponse, web};

use super::operations::Operations;
use crate::platform::state::State;
use crate::platform::watch::access::Answered;
use crate::platform::watch::statements::Trace;

/// A request from its coming to its answer.
pub(super) struct Seen {
    began: Instant,
    pub(super) state: Option<web::Data<State>>,
    operations: Option<web::Data<Operations>>,
    pub(super) trace: Arc<Trace>,
}

impl Seen {
    pub(super) fn begin(req: &ServiceRequest) -> Self {
        let state = req.app_data::<web::Data<State>>().cloned();
        let slow = state.as_ref().and_then(|state| state.config.slow_request).unwrap_or(Duration::MAX);
        if let Some(state) = &state {
            state.metrics.enter();
        }
        let trace = Trace::new(slow, state.as_ref().map(|state| state.db.kept()));
        Self { began: Instant::now(), state, operations: req.app_data::<web::Data<Operations>>().cloned(), trace }
    }

    /// Counts the answer and writes its line; `page` is its address where it is of no operation.
    pub(super) fn note(&self, id: &str, method: &Method, page: &str, user: &str, response: &HttpResponse) {
        let Some(state) = &self.state else { return };
        let (took, status) = (self.began.elapsed(), response.status().as_u16());
        state.metrics.answered(self.trace.operation(), status, took, self.trace.statements());
        let slow = state.config.slow_request.is_some_and(|slow| took >= slow);
        if !slow && !state.config.access_log {
            return;
        }
        let operation = self.operations.as_ref().and_then(|operations| operations.numbered(self.trace.operation()));
        let (path, operation) = operation.map_or((page, "-"), |operation| (operation.pattern.as_str(), operation.id.as_str()));
        let bytes = match response.body().size() {
            BodySize::None => Some(0),
            BodySize::Sized(bytes) => Some(bytes),
            BodySize::Stream => None,
        };
        let method = method.as_str();
        let line = Answered { time: state.clock.now(), request_id: id, method, path, operation, status, took, bytes, user, trace: &self.trace };
        if state.config.access_log {
            line.note();
        }
        if slow {
            line.note_slow();
        }
    }
}

impl Drop for Seen {
    /// Also where the caller left before the answer.
    fn drop(&mut self) {
        if let Some(state) = &self.state {
            state.metrics.leave();
        }
    }
}
