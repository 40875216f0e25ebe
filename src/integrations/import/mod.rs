//! Imports: bring in what people already have, row by row, through the same service functions as every other entry.
pub mod mapping;
