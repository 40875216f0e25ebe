//! What connects with other systems: imports, and the long work that they are.
pub mod import;
pub mod jobs;
