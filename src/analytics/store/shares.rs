//! What the lines of an order come to by product, where it stands within its own row of facts: to look each line up costs more than all the rest of a question.
use std::sync::Arc;

use super::apart::key_of;
use super::{Form, Key, names};
use crate::analytics::question::Ask;
use crate::analytics::rules::{Dimension, Own};
use crate::platform::db::{AnyConnection, fold};
use crate::platform::problem::Problem;

/// The keys of an order that its shares tell.
#[derive(Clone, Debug)]
pub struct Shares {
    /// Which of the keys is the product.
    product: Option<usize>,
    /// Which is the category, and the categories of products.
    category: Option<(usize, Arc<fold::Words>)>,
}

impl Shares {
    /// Those of a question; none where it groups no lines or chooses among them, or where rows are not folded.
    pub fn of(c: &mut AnyConnection, ask: &Ask) -> Result<Option<Self>, Problem> {
        let place = |own: Own| ask.group_by.iter().position(|dimension| *dimension == Dimension::Own(own));
        let (product, category) = (place(Own::Product), place(Own::Category));
        if product.or(category).is_none() || ask.products().is_some() || !fold::folds(c) {
            return Ok(None);
        }
        let words = |place: usize| names::all_categories(c).map(|all| (place, Arc::new(all.into_iter().collect())));
        Ok(Some(Self { product, category: category.map(words).transpose()? }))
    }

    pub(super) const COLUMN: &'static str = "orders.product_shares";

    pub(super) fn by(&self) -> fold::By {
        match (self.product, &self.category) {
            (None, Some((_, words))) => fold::By::Words(words.clone()),
            _ => fold::By::Ids,
        }
    }

    /// The keys of a share, each with its place.
    pub(super) fn keys(&self, share: Option<&[u8]>) -> impl Iterator<Item = (usize, Key)> {
        let product = self.product.map(|place| (place, key_of(share, Form::Id)));
        let category = self.category.as_ref().map(|(place, words)| match &product {
            None => (*place, key_of(share, Form::Text)),
            Some((_, Key::Id(id))) => (*place, key_of(words.get(*id), Form::Text)),
            Some(_) => (*place, Key::Missing),
        });
        product.into_iter().chain(category)
    }
}
