//! Teams and their leads.
