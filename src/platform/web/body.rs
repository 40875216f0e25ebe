//! The body of a request: read within a size and a deadline, parsed strictly, decoded with all its faults.
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt as _;
use serde_json::Value;

use super::decode::{Decode, Decoded, Faults};
use super::json;
use super::write::Fingerprint;
use crate::platform::problem::{Code, FaultCode, Problem};
use crate::platform::state::State;

/// Most bytes of a JSON body: 1 MiB.
pub const MOST_BYTES: usize = 1 << 20;

/// A JSON body; an absent one reads as `{}`, so that an action without particulars needs none.
pub struct Body<T>(pub Decoded<T>);

impl<T: Decode + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let declared = req.headers().get("content-length").and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
        let deadline = req.app_data::<web::Data<State>>().map(|state| state.config.deadlines.body).unwrap_or_default();
        let mut payload = payload.take();
        let typed = req.content_type().is_empty();
        let request = req.clone();
        Box::pin(async move {
            if declared.is_some_and(|n| n > MOST_BYTES) {
                return Err(too_large());
            }
            let bytes = tokio::time::timeout(deadline, collect(&mut payload)).await.map_err(|_| too_slow(deadline))??;
            request.extensions_mut().insert(Fingerprint::of(&bytes));
            if bytes.is_empty() {
                return decode(&Value::Object(serde_json::Map::new())).map(Self);
            }
            if typed {
                return Err(Problem::new(Code::UnsupportedMediaType).param("offered", "application/json"));
            }
            decode(&json::parse(&bytes)?).map(Self)
        })
    }
}

crate::body! {
    /// Nothing needs to be said.
    Nothing;
    need {}
    may {}
}

async fn collect(payload: &mut Payload) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::malformed(FaultCode::CutOff))?;
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn too_large() -> Problem {
    Problem::new(Code::TooLarge).param("most", MOST_BYTES)
}
/// The body took longer than this.
#[must_use]
pub fn too_slow(deadline: Duration) -> Problem {
    Problem::new(Code::RequestTimeout).param("seconds", deadline.as_secs())
}

/// Decodes a value; a body so far off that nothing of it can be held is refused at once, with all its faults.
pub fn decode<T: Decode>(value: &Value) -> Result<Decoded<T>, Problem> {
    let mut faults = Faults::default();
    match T::decode(value, "", &mut faults) {
        Some(value) => Ok(Decoded { value, faults }),
        None => Err(Problem::invalid(faults.into_vec())),
    }
}
