//! The parameters of a list as the document tells them.
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use super::{DEFINED, LIMIT, MOST_LIMIT, Spec};
use crate::platform::web::condition::{Field, Kind, Op};

/// Most characters of a filter: a hundred ids.
pub const MOST_FILTER: usize = 5_000;
/// Most characters of a condition in JSON.
const MOST_CONDITION: usize = 8_000;

/// All parameters: a filter for each field, then what every list takes.
#[must_use]
pub fn parameters(spec: &Spec) -> Vec<Parameter> {
    let text = |most: usize| ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).max_length(Some(most));
    let flag = || ObjectBuilder::new().schema_type(SchemaType::new(Type::Boolean));
    let sorts = spec.sorts.iter().flat_map(|sort| [sort.name.to_owned(), format!("-{}", sort.name)]).collect::<Vec<_>>();
    let limit = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).minimum(Some(1)).maximum(Some(MOST_LIMIT)).default(Some(LIMIT.into()));
    let sort = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(sorts)).default(Some(spec.default_sort.into()));
    let fields = spec.fields.iter().map(|field| parameter(field.name, &described(field), text(if field.kind == Kind::Search { 200 } else { MOST_FILTER })));
    let filter = "A condition in JSON, for what parameters cannot say: `{\"any\": [{\"field\", \"op\", \"value\"}, {\"not\": …}]}`, or an array of up to ten, all of which hold.";
    let custom = " Fields that the standard defines are asked about as `custom.<key>`, in parameters, too, such as `custom.budget[gte]=1000`, with the operators of their type.";
    let mut all: Vec<Parameter> = fields.collect();
    if !spec.fields.is_empty() {
        let defined = if spec.columns.iter().any(|column| column.name == DEFINED.trim_end_matches('.')) { custom } else { "" };
        all.push(parameter("filter", &format!("{filter}{defined}"), text(MOST_CONDITION)));
    }
    if spec.fields.iter().any(|field| matches!(field.kind, Kind::Date | Kind::Time)) {
        let about = "The IANA time zone of `today`, `this_month`, `-7d` and of days given for times; without it the caller's, else the organisation's.";
        all.push(parameter("tz", about, text(60)));
    }
    if spec.views {
        all.push(parameter("view", "A saved view: its condition holds as well; its sort and its columns hold where none are given.", text(36)));
    }
    all.push(parameter("sort", "What to sort by; `-` in front for descending. Missing values come last either way.", sort));
    all.push(parameter("limit", "How many to answer at most.", limit));
    all.push(parameter("cursor", "Where to go on: `page.next_cursor` of the page before.", text(4_000)));
    all.push(parameter("include_total", "Count them all, too.", flag()));
    if spec.archived.is_some() {
        all.push(parameter("include_archived", "Whether archived ones are meant, too.", flag()));
    }
    all
}

fn parameter(name: &str, about: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(about))
        .required(utoipa::openapi::Required::False)
        .schema(Some(schema))
        .build()
}

fn described(field: &Field) -> String {
    let about = field.about;
    if field.kind == Kind::Search {
        return about.to_owned();
    }
    let values = if let Kind::Word(words) = field.kind { format!(" Known: {}.", words.join(", ")) } else { String::new() };
    let ops = field.ops().into_iter().filter(|op| *op != Op::In).map(|op| format!("`[{}]`", op.as_str())).collect::<Vec<_>>().join(", ");
    format!("{about}{values} Any of several with commas between them; also {ops}.")
}
