//! The facts of lines by themselves. On PostgreSQL they hold what most questions of lines ask of an order, so that orders and lines, which are as many as there ever
//! were, need not be joined; where rows are folded, the shares of orders do that (`shares.rs`).
use super::{Facts, Source};
use crate::facts::lines_tell_of_orders;
use crate::platform::db::AnyConnection;

/// What these facts hold of orders, by the names that it has there.
const OF_ORDERS: [&str; 6] = ["order_id", "status", "closed_on", "currency", "archived_at", "valid_to"];

impl Facts {
    /// The same, to be counted and summed up by the facts of lines alone where they hold all that is asked of orders, and an order counts once in each group.
    pub(super) fn by_lines_alone(&self, c: &AnyConnection) -> Self {
        let plain = self.source == Source::Facts(None) && !self.today && !self.tags && self.conversion.is_none();
        // Of lines that are chosen, the first of a category may be left out.
        let once = self.products || !self.chooses_lines;
        let named = || self.keys.iter().map(|(key, _)| key).chain([&self.condition]);
        let lines_alone = self.lines && plain && once && lines_tell_of_orders(c) && named().all(|sql| sql.names_only("orders", &OF_ORDERS));
        Self { lines_alone, ..self.clone() }
    }
}
