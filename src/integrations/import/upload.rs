//! Reads the parts of a form, each within its size, each piece and all of them within a deadline.
use std::future::Future;

use actix_multipart::{Field, Multipart, MultipartError};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::platform::config::Deadlines;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::web::{body, decode, json};

/// Most bytes of a file: 64 MiB.
pub const MOST_BYTES: usize = 64 << 20;
/// Most parts: what is unknown is told, but not without end.
const MOST_PARTS: usize = 20;

/// What was sent, as far as it could be read.
#[derive(Debug, Default)]
pub struct Upload {
    pub file: Option<Vec<u8>>,
    pub file_name: Option<String>,
    pub mapping: Option<Value>,
    pub faults: Vec<Fault>,
}

/// Reads the parts `file` and `mapping`.
pub async fn read(mut form: Multipart, deadlines: Deadlines) -> Result<Upload, Problem> {
    let patience = Patience { end: Instant::now() + deadlines.upload, deadlines };
    let mut upload = Upload::default();
    let mut parts = 0;
    while let Some(field) = patience.wait(form.next()).await? {
        let field = field.map_err(|error| broken(&error))?;
        parts += 1;
        if parts > MOST_PARTS {
            return Err(Problem::malformed(Fault::from(FaultCode::TooMany).param("max", MOST_PARTS)));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let pointer = format!("/{}", decode::escape(&name));
        match name.as_str() {
            "file" if upload.file.is_none() => {
                upload.file_name = field.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
                upload.file = Some(collect(field, MOST_BYTES, patience).await?);
            }
            "mapping" if upload.mapping.is_none() => upload.mapping = Some(json::parse(&collect(field, body::MOST_BYTES, patience).await?)?),
            "file" | "mapping" => return Err(Problem::malformed(Fault::new(pointer, FaultCode::Repeated).param("value", name))),
            _ => {
                collect(field, body::MOST_BYTES, patience).await?;
                upload.faults.push(Fault::new(pointer, FaultCode::UnknownField).param("known", "file, mapping"));
            }
        }
    }
    Ok(upload)
}

/// How long to wait for a form: for each piece, and for all of it.
#[derive(Clone, Copy)]
struct Patience {
    end: Instant,
    deadlines: Deadlines,
}

impl Patience {
    async fn wait<T>(self, piece: impl Future<Output = T>) -> Result<T, Problem> {
        let Deadlines { body, upload, .. } = self.deadlines;
        let next = Instant::now() + body;
        timeout_at(next.min(self.end), piece).await.map_err(|_| body::too_slow(if next < self.end { body } else { upload }))
    }
}

async fn collect(mut field: Field, most: usize, patience: Patience) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = patience.wait(field.next()).await? {
        let chunk = chunk.map_err(|error| broken(&error))?;
        if bytes.len() + chunk.len() > most {
            return Err(Problem::new(Code::TooLarge).param("most", most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn broken(error: &MultipartError) -> Problem {
    log::debug!("a form could not be read: {error}");
    Problem::malformed(FaultCode::NotAForm)
}
