//! What the wire says of products; never a row.
use serde::Serialize;
use utoipa::ToSchema;

use super::store::Row;
use crate::body;
use crate::platform::db::{Id, UtcTime};
use crate::platform::decimal;
use crate::platform::problem::FaultView;
use crate::platform::web::values::{CurrencyCode, ExternalRef, ExternalRefView, Name, Price, Sku, Word};
use crate::platform::web::write::Items;
use crate::platform::web::{Given, List};
use crate::standards::custom::CustomInput;

/// Most aliases of a product.
pub const MOST_ALIASES: usize = 50;
const READ_ONLY: &[&str] = &["id", "version", "created_at", "updated_at", "archived_at", "warnings"];

type Aliases = List<Name, MOST_ALIASES>;

body! {
    /// A product for the catalogue.
    ProductInput read_only READ_ONLY;
    must {
        sku: Sku,
        /// The standard name: what orders show.
        name: Name,
    }
    need {}
    may {
        /// What else people call it.
        aliases: Aliases,
        category: Word,
        unit: Word,
        /// Asks for a currency.
        list_price: Price,
        currency: CurrencyCode,
        external_ref: ExternalRef,
        custom: CustomInput,
    }
}

type ProductEntries = Items<ProductInput>;

body! {
    /// Products to enter, each as the single request takes it.
    ProductBatch;
    must { items: ProductEntries }
    need {}
    may {}
}

body! {
    /// What is to change of a product; null clears, absent leaves.
    ProductPatch read_only READ_ONLY;
    need {}
    may {
        sku: Sku,
        /// The standard name: what orders show.
        name: Name,
        /// What else people call it; replaced whole.
        aliases: Aliases,
        category: Word,
        unit: Word,
        /// Asks for a currency.
        list_price: Price,
        currency: CurrencyCode,
        external_ref: ExternalRef,
        custom: CustomInput,
    }
}

impl From<ProductInput> for ProductPatch {
    fn from(input: ProductInput) -> Self {
        let ProductInput { sku, name, aliases, category, unit, list_price, currency, external_ref, custom } = input;
        Self { sku: Given::from(sku), name: Given::from(name), aliases, category, unit, list_price, currency, external_ref, custom }
    }
}

impl ProductPatch {
    /// As a replacement of the whole: what is absent is cleared.
    #[must_use]
    pub fn whole(self) -> Self {
        let Self { sku, name, aliases, category, unit, list_price, currency, external_ref, custom } = self;
        Self {
            sku,
            name,
            aliases: aliases.or_null(),
            category: category.or_null(),
            unit: unit.or_null(),
            list_price: list_price.or_null(),
            currency: currency.or_null(),
            external_ref,
            custom,
        }
    }
}

/// A product.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Product {
    pub id: Id,
    #[schema(max_length = 100, example = "GTX-PRO")]
    pub sku: String,
    /// The standard name.
    #[schema(max_length = 200, example = "GTX Pro")]
    pub name: String,
    /// What else people call it.
    #[schema(max_items = 50, max_length = 200)]
    pub aliases: Vec<String>,
    #[schema(max_length = 100)]
    pub category: Option<String>,
    #[schema(max_length = 100)]
    pub unit: Option<String>,
    /// With at least as many places as the currency has.
    #[schema(max_length = 18, example = "4821.00")]
    pub list_price: Option<String>,
    #[schema(max_length = 3, example = "CNY")]
    pub currency: Option<String>,
    pub external_ref: Option<ExternalRefView>,
    #[schema(value_type = CustomInput)]
    pub custom: serde_json::Value,
    #[schema(minimum = 1)]
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    pub archived_at: Option<UtcTime>,
    /// What it broke of the standard when it was last entered or changed, as far as that refuses nothing.
    #[schema(max_items = 10000)]
    pub warnings: Vec<FaultView>,
}

/// Custom values as they are kept.
impl From<&Row> for Product {
    fn from(row: &Row) -> Self {
        let places = row.currency.as_deref().map_or(2, decimal::exponent);
        Self {
            id: row.id,
            sku: row.sku.clone(),
            name: row.name.clone(),
            aliases: row.aliases.to(),
            category: row.category.clone(),
            unit: row.unit.clone(),
            list_price: row.list_price.map(|price| price.with_places(places).to_string()),
            currency: row.currency.clone(),
            external_ref: ExternalRefView::of(row.ext_system.as_ref(), row.ext_id.as_ref()),
            custom: row.custom.0.clone(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            archived_at: row.archived_at,
            warnings: Vec::new(),
        }
    }
}
