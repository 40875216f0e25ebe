//! What the wire says of customers; never a row.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body;
use crate::platform::db::{Id, UtcTime};
use crate::platform::problem::FaultView;
use crate::platform::web::values::{Channel, Email, ExternalRef, ExternalRefView, IntentLevel, Name, Note, Phone, RecordId, Reference, Tag, ValueTier, Word};
use crate::platform::web::write::Items;
use crate::platform::web::{Given, List};
use crate::standards::custom::CustomInput;

/// Most contacts of a customer.
pub const MOST_CONTACTS: usize = 50;
/// Most tags of a customer, and most categories that it prefers.
pub const MOST_WORDS: usize = 50;
const READ_ONLY: &[&str] = &["id", "owner", "masked", "version", "created_at", "updated_at", "archived_at", "erased_contacts", "warnings"];

type Contacts = List<ContactInput, MOST_CONTACTS>;
type Tags = List<Tag, MOST_WORDS>;
type Categories = List<Word, MOST_WORDS>;

body! {
    /// Somebody at the customer.
    ContactInput;
    need { name: Name }
    may {
        /// Given with its id, a contact stays the same one.
        id: RecordId,
        phone: Phone,
        email: Email,
        title: Word,
        /// How this person likes to be reached.
        channel: Channel,
    }
}

body! {
    /// What the customer likes.
    PreferencesInput;
    need {}
    may {
        text: Note,
        /// Categories of products.
        categories: Categories,
    }
}

/// Declares a body with the fields that every body about a customer has.
macro_rules! customer_body {
    ($(#[$meta:meta])* $name:ident must { $($must:tt)* } may { $($may:tt)* }) => {
        body! {
            $(#[$meta])*
            $name read_only READ_ONLY;
            must { $($must)* }
            need {}
            may {
                $($may)*
                /// Replaced whole.
                contacts: Contacts,
                industry: Word,
                region: Word,
                /// One of the codes in /settings/sources.
                source: Word,
                note: Note,
                preferences: PreferencesInput,
                intent_level: IntentLevel,
                value_tier: ValueTier,
                /// Replaced whole.
                tags: Tags,
                external_ref: ExternalRef,
                custom: CustomInput,
            }
        }
    };
}

customer_body! {
    /// A customer to enter; it is the caller's.
    CustomerInput
    must { name: Name }
    may {}
}
type CustomerEntries = Items<CustomerInput>;

body! {
    /// Customers to enter, each as the single request takes it.
    CustomerBatch;
    must { items: CustomerEntries }
    need {}
    may {}
}
customer_body! {
    /// What is to change of a customer; null clears, absent leaves.
    CustomerPatch
    must {}
    may { name: Name, }
}
customer_body! {
    /// A row of an import: a customer, and whose it is.
    CustomerImport
    must { name: Name }
    may {
        /// Who answers for the customer.
        owner_email: Email,
    }
}

impl From<CustomerInput> for CustomerPatch {
    fn from(input: CustomerInput) -> Self {
        let CustomerInput { name, contacts, industry, region, source, note, preferences, intent_level, value_tier, tags, external_ref, custom } = input;
        Self { name: Given::from(name), contacts, industry, region, source, note, preferences, intent_level, value_tier, tags, external_ref, custom }
    }
}
impl CustomerPatch {
    /// As a replacement of the whole: what is absent is cleared.
    #[must_use]
    pub fn whole(self) -> Self {
        let Self { name, contacts, industry, region, source, note, preferences, intent_level, value_tier, tags, external_ref, custom } = self;
        let preferences = preferences.or_null().map(|p| PreferencesInput { text: p.text.or_null(), categories: p.categories.or_null() });
        Self {
            name,
            contacts: contacts.or_null(),
            industry: industry.or_null(),
            region: region.or_null(),
            source: source.or_null(),
            note: note.or_null(),
            preferences,
            intent_level: intent_level.or_null(),
            value_tier: value_tier.or_null(),
            tags: tags.or_null(),
            external_ref,
            custom,
        }
    }
}
impl From<CustomerImport> for CustomerPatch {
    fn from(input: CustomerImport) -> Self {
        let CustomerImport { name, contacts, industry, region, source, note, preferences, intent_level, value_tier, tags, external_ref, custom, .. } = input;
        Self { name: Given::from(name), contacts, industry, region, source, note, preferences, intent_level, value_tier, tags, external_ref, custom }
    }
}

body! {
    /// Who gets the customer.
    Transfer;
    must { owner_id: RecordId }
    need {}
    may {}
}

/// Somebody at the customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Contact {
    pub id: Id,
    #[schema(max_length = 200)]
    pub name: String,
    #[schema(max_length = 50)]
    pub phone: Option<String>,
    #[schema(max_length = 254)]
    pub email: Option<String>,
    #[schema(max_length = 100)]
    pub title: Option<String>,
    #[schema(max_length = 50)]
    pub channel: Option<String>,
}

/// Somebody who was erased: nothing personal is left.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErasedContact {
    pub id: Id,
    pub erased_at: UtcTime,
}

/// What the customer likes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Preferences {
    #[schema(max_length = 4000)]
    pub text: Option<String>,
    #[schema(max_items = 50, max_length = 100)]
    pub categories: Vec<String>,
}

/// A customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Customer {
    pub id: Id,
    #[schema(max_length = 200)]
    pub name: String,
    pub owner: Reference,
    /// Null where masked.
    #[schema(max_items = 50)]
    pub contacts: Option<Vec<Contact>>,
    /// Who was a contact and was erased. Null where masked.
    #[schema(max_items = 10000)]
    pub erased_contacts: Option<Vec<ErasedContact>>,
    #[schema(max_length = 100)]
    pub industry: Option<String>,
    #[schema(max_length = 100)]
    pub region: Option<String>,
    #[schema(max_length = 100)]
    pub source: Option<String>,
    #[schema(max_length = 50, example = "high")]
    pub intent_level: Option<String>,
    #[schema(max_length = 50, example = "key")]
    pub value_tier: Option<String>,
    /// Null where masked, or where there is none.
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    /// Null where masked.
    pub preferences: Option<Preferences>,
    #[schema(max_items = 50, max_length = 50)]
    pub tags: Vec<String>,
    #[schema(value_type = CustomInput)]
    pub custom: serde_json::Value,
    pub external_ref: Option<ExternalRefView>,
    /// Whether contacts, preferences and note are kept from the caller.
    pub masked: bool,
    #[schema(minimum = 1)]
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    pub archived_at: Option<UtcTime>,
    /// What it broke of the standard when it was last entered or changed, as far as that refuses nothing; empty where masked.
    #[schema(max_items = 10000)]
    pub warnings: Vec<FaultView>,
}

impl Customer {
    /// Without what is for those alone whose customer it is.
    #[must_use]
    pub fn masked(self) -> Self {
        Self { contacts: None, erased_contacts: None, preferences: None, note: None, warnings: Vec::new(), masked: true, ..self }
    }
}
