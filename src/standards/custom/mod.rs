//! Custom fields at work: what their values must be, how records hold them, who sees and who sets them. It knows the standards that define them and no
//! room whose records hold them.
pub mod value;
