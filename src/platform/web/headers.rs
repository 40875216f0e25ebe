//! Header fields of answers that more than one layer has a say in.
use std::collections::BTreeSet;

use actix_web::Error;
use actix_web::dev::ServiceResponse;
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// Adds names to `Vary`: one field, each name once.
pub fn vary(headers: &mut HeaderMap, names: &[&str]) {
    let there: Vec<String> = headers.get_all(header::VARY).filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).map(|n| n.trim().to_owned()).collect();
    let mut seen = BTreeSet::new();
    let all = there.iter().map(String::as_str).chain(names.iter().copied()).filter(|name| !name.is_empty() && seen.insert(name.to_ascii_lowercase()));
    if let Ok(value) = HeaderValue::from_str(&all.collect::<Vec<_>>().join(", ")) {
        headers.insert(header::VARY, value);
    }
}

/// Lets a layer set fields on whatever comes from within: the answer to a panic is an error to the layers, and needs them all the same.
pub fn on_answer<B>(outcome: Result<ServiceResponse<B>, Error>, set: impl FnOnce(&mut HeaderMap)) -> Result<ServiceResponse<B>, Error> {
    match outcome {
        Ok(mut response) => {
            set(response.headers_mut());
            Ok(response)
        }
        Err(error) => {
            let mut response = error.error_response();
            set(response.headers_mut());
            Err(InternalError::from_response("", response).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_in_one_field() {
        let mut headers = HeaderMap::new();
        vary(&mut headers, &["Accept", "Origin"]);
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding, accept"));
        vary(&mut headers, &["Accept-Encoding", "Origin"]);
        let lines: Vec<_> = headers.get_all(header::VARY).collect();
        assert_eq!(lines, ["Accept, Origin, accept-encoding"]);
    }
}
