//! What is sent to do harm: bodies, files, parameters and header fields. It is refused as what it is, by a problem, and costs nothing.
mod bodies;
mod files;
mod injection;
