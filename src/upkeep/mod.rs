//! Care for the data as a whole: whether it is sound, and copies of it that can be put in its place. It may look into every room and none knows of it; it
//! must not mend what it finds.
pub mod backup;
pub mod check;
