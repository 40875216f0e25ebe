//! The wire conventions, written once and used by every room: decoding, lists, versions, answers. It knows nothing of orders.
pub mod body;
pub mod compress;
pub mod condition;
pub mod connection;
pub mod cors;
pub mod decode;
pub mod envelope;
pub mod etag;
pub mod headers;
pub mod json;
pub mod limits;
pub mod list;
pub mod operations;
pub mod page;
pub mod query;
pub mod reply;
pub mod security;
pub mod values;

pub use body::Body;
pub use decode::{Decode, Decoded, Faults, Given, List};
pub use envelope::{Language, RequestId};
pub use etag::IfMatch;
pub use list::Page;
pub use query::Query;
