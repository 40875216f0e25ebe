//! What may be sent.
use serde_json::{Map, Value};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::body;
use crate::orders::lifecycle::Status;
use crate::orders::review::dto::Severity;
use crate::platform::db::UtcTime;
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::web::decode::wrong_type;
use crate::platform::web::values::{
    Channel, CurrencyCode, Day, Email, ExternalRef, IntentLevel, Line, Moment, Money, Name, Note, PointerText, Quantity, Rate, RecordId, Tag, Title, Word,
    decode_word, parse_date, parse_time,
};
use crate::platform::web::write::Items;
use crate::platform::web::{Decode, Faults, Given, List};
use crate::standards::custom::CustomInput;

/// Tags, lines and remarks: bounded arrays.
pub type Tags = List<Tag, 50>;
pub type LinesInput = List<LineInput, 200>;
pub type RemarksInput = List<RemarkInput, 100>;

/// Which product a line means: its id, sku, standard name or an alias, or `{"id": …}`. One that nobody knows is refused, whatever the standard says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRef(pub String);

impl Decode for ProductRef {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_object() {
            return ProductId::decode(value, at, faults).map(|p| Self(p.id.0.to_string()));
        }
        Name::decode(value, at, faults).map(|name| Self(name.0))
    }
}
impl PartialSchema for ProductRef {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).min_length(Some(1)).max_length(Some(Name::MOST)).examples(["GTX Pro"]);
        OneOfBuilder::new().item(text).item(utoipa::openapi::Ref::from_schema_name("ProductId")).into()
    }
}
impl ToSchema for ProductRef {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("ProductId".into(), ProductId::schema()));
        ProductId::schemas(schemas);
    }
}

body! {
    /// A product by its id.
    ProductId;
    need { id: RecordId }
    may {}
}

body! {
    /// A line to order. A line sent with its `id` keeps its identity; without a unit price the product's list price is taken.
    LineInput read_only &["amount"];
    need {}
    may {
        id: RecordId,
        product: ProductRef,
        description: Line,
        quantity: Quantity,
        unit_price: Money,
        discount_rate: Rate,
    }
}

/// What only the server sets.
const READ_ONLY: &[&str] = &[
    "id",
    "number",
    "status",
    "stage",
    "owner",
    "owner_id",
    "team",
    "customer",
    "amount",
    "probability",
    "standard_version",
    "warnings",
    "remarks",
    "version",
    "created_at",
    "updated_at",
    "first_submitted_at",
    "submitted_at",
    "approved_at",
    "closed_at",
    "closed_on",
    "reason",
    "archived_at",
];

body! {
    /// An intent order as a rep enters it. What must be there is a matter of the field standard (`GET /standards/orders`).
    OrderInput read_only READ_ONLY;
    need {}
    may {
        title: Title,
        /// The customer; `customer_name` (exact) or `customer_ref` may stand for it.
        customer_id: RecordId,
        customer_name: Name,
        customer_ref: ExternalRef,
        /// Currency of all prices; the organisation's base currency where it is absent.
        currency: CurrencyCode,
        expected_close_date: Day,
        /// Absent or null: the expected close date and 90 days.
        valid_until: Day,
        intent_level: IntentLevel,
        /// One of the sources in the settings.
        source: Word,
        note: Note,
        tags: Tags,
        custom: CustomInput,
        external_ref: ExternalRef,
        lines: LinesInput,
    }
}

impl OrderInput {
    /// A change that changes nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            title: Given::Absent,
            customer_id: Given::Absent,
            customer_name: Given::Absent,
            customer_ref: Given::Absent,
            currency: Given::Absent,
            expected_close_date: Given::Absent,
            valid_until: Given::Absent,
            intent_level: Given::Absent,
            source: Given::Absent,
            note: Given::Absent,
            tags: Given::Absent,
            custom: Given::Absent,
            external_ref: Given::Absent,
            lines: Given::Absent,
        }
    }

    /// As a replacement of the whole: what is absent is cleared, and the currency is the organisation's.
    #[must_use]
    pub fn whole(self, base_currency: &str) -> Self {
        let Self {
            title,
            customer_id,
            customer_name,
            customer_ref,
            currency,
            expected_close_date,
            valid_until,
            intent_level,
            source,
            note,
            tags,
            custom,
            external_ref,
            lines,
        } = self;
        let names_none = !(customer_id.is_given() || customer_name.is_given() || customer_ref.is_given());
        Self {
            title: title.or_null(),
            customer_id: if names_none { Given::Null } else { customer_id },
            customer_name,
            customer_ref,
            currency: if currency.is_given() { currency } else { Given::Value(CurrencyCode(base_currency.to_owned())) },
            expected_close_date: expected_close_date.or_null(),
            valid_until: valid_until.or_null(),
            intent_level: intent_level.or_null(),
            source: source.or_null(),
            note: note.or_null(),
            tags: tags.or_null(),
            custom,
            external_ref,
            lines: lines.or_null(),
        }
    }
}

type OrderEntries = Items<OrderInput>;

body! {
    /// Orders to enter, each as the single request takes it.
    OrderBatch;
    must { items: OrderEntries }
    need {}
    may {}
}

body! {
    /// A note to go with an action.
    NoteInput;
    need {}
    may { note: Note }
}

body! {
    /// How an order was won.
    WinInput;
    need {}
    may {
        /// The amount in the contract; the order's where it is absent. It is spread over the lines in proportion.
        amount: Money,
        /// The day of the contract; today where it is absent.
        closed_on: Day,
        note: Note,
    }
}

body! {
    /// Why an order ended without a contract. The reason `other` needs a note.
    ReasonInput;
    must { reason: Word }
    need {}
    may { note: Note }
}

body! {
    /// The stage to go to.
    MoveInput;
    must { stage: Word }
    need {}
    may { note: Note }
}

body! {
    /// Who takes the order over.
    TransferInput;
    must { owner_id: RecordId }
    need {}
    may { note: Note }
}

body! {
    /// What to mend, by field or line.
    RemarkInput;
    must {
        /// The field spoken of, such as `/title`, `/lines/0` or `/lines/0/unit_price`.
        pointer: PointerText,
        message: Note,
    }
    need {}
    may {
        line_id: RecordId,
        /// `must_fix` stands in the way of an approval until it is resolved; `advice` where nothing is said.
        severity: Severity,
    }
}

body! {
    /// How an order is approved.
    ApproveInput;
    need {}
    may {
        note: Note,
        /// Lets pass what must be fixed and is not resolved; the note says why.
        waive: bool,
    }
}

body! {
    /// Why an order is returned: at least one remark.
    ReturnInput;
    must { remarks: RemarksInput }
    need {}
    may { note: Note }
}

body! {
    /// One contact with the customer.
    FollowUpInput;
    must {
        at: Moment,
        channel: Channel,
        content: Note,
    }
    need {}
    may {
        result: Note,
        next_contact_at: Moment,
    }
}

body! {
    /// Who takes over the open orders of a user who leaves.
    DeactivateInput;
    need {}
    may { transfer_to: RecordId }
}

/// A date or a moment of an imported history; a date means its beginning in the organisation's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Day(chrono::NaiveDate),
    Moment(UtcTime),
}

impl Decode for When {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let text = value.as_str().unwrap_or_default();
        let read = parse_date(text).map(Self::Day).or_else(|| parse_time(text).map(Self::Moment));
        if read.is_none() {
            faults.add(Fault::new(at, FaultCode::NotATime));
        }
        read
    }
}

/// The status of an imported order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusWord(pub Status);

impl Decode for StatusWord {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let words: Vec<&str> = Status::ALL.iter().map(|s| s.as_str()).collect();
        decode_word(value, at, faults, &words).and_then(|w| Status::parse(&w)).map(Self)
    }
}

/// What an imported order brings besides the fields of an entry: its history.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub owner_email: Given<Email>,
    pub status: Given<StatusWord>,
    pub stage: Given<Word>,
    pub created_at: Given<When>,
    pub submitted_at: Given<When>,
    pub approved_at: Given<When>,
    pub closed_on: Given<Day>,
    pub reason: Given<Word>,
    pub closing_note: Given<Note>,
}

/// A row of an import: an entry with its history.
#[derive(Clone, Debug)]
pub struct OrderImport {
    pub input: OrderInput,
    pub history: History,
}

impl OrderImport {
    /// What may be sent besides the fields of an entry.
    pub const FIELDS: &'static [&'static str] =
        &["owner_email", "status", "stage", "created_at", "submitted_at", "approved_at", "closed_on", "reason", "closing_note"];
}

impl Decode for OrderImport {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Some(object) = value.as_object() else { return wrong_type(value, "an object", at, faults) };
        let (history, entry): (Map<_, _>, Map<_, _>) = object.clone().into_iter().partition(|(name, _)| Self::FIELDS.contains(&name.as_str()));
        let history = Value::Object(history);
        let mut fields = crate::platform::web::decode::Fields::of(&history, at, faults)?;
        let history = History {
            owner_email: fields.take("owner_email")?,
            status: fields.take("status")?,
            stage: fields.take("stage")?,
            created_at: fields.take("created_at")?,
            submitted_at: fields.take("submitted_at")?,
            approved_at: fields.take("approved_at")?,
            closed_on: fields.take("closed_on")?,
            reason: fields.take("reason")?,
            closing_note: fields.take("closing_note")?,
        };
        Some(Self { input: OrderInput::decode(&Value::Object(entry), at, faults)?, history })
    }
}
