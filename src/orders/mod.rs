//! Intent orders: entry, lines, totals, life cycle, review, follow-ups.
pub mod lifecycle;
pub mod rules;
