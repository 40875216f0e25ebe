//! Who is who and who may what: users, teams, passwords, tokens, roles and how a caller stands to a record. It knows nothing of what orders are.
pub mod api_keys;
pub mod auth;
pub mod caller;
pub mod guard;
pub mod passwords;
pub mod rights;
pub mod teams;
pub mod tokens;
pub mod users;

pub use caller::{Act, Caller, Ctx};
pub use rights::{Permission, Relation, Role};
