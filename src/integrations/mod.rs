//! What connects with other systems: imports.
pub mod import;
