//! The one way to answer a list: as a page of JSON, or all of it as a table.
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use chrono_tz::Tz;

use super::few;
use super::{Asker, DEFINED, Defined, Desk, LIMIT, Listing, Paged, Question, SavedView, Spec};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::search;
use crate::platform::secrets::Keys;
use crate::platform::state::State;
use crate::platform::text::terms::Wanted;
use crate::platform::web::condition::{Condition, Operand, Surroundings};
use crate::platform::web::page::Place;
use crate::platform::web::query::{Query, bad};
use crate::platform::web::reply;
use crate::platform::web::table::{self, Column, Form, Options, Table};

/// How many rows of a table are read at a time.
const STEP: i64 = 500;

/// Answers a list in the representation that the caller takes.
pub async fn answer<L: Listing>(state: &State, asker: Asker, req: &HttpRequest, query: Query, listing: L) -> Result<HttpResponse, Problem> {
    if let Some(form) = Form::wanted(req) {
        return table_answer(state, asker, query, listing, form).await;
    }
    table::refuse_options(&query)?;
    let at_hand = state.db.has_at_hand() && is_at_hand(&query, &listing);
    let simple = listing.asks_once() && is_simple(&query, listing.spec());
    let page = Arc::new(Page { desk: state.desk.clone(), keys: state.cursor_keys.clone(), url: state.config.public_url.clone(), asker, query, listing });
    if at_hand {
        let page = page.clone();
        if let Some((text, next)) = state.db.peek(move |c| page.peek(c)).await? {
            return Ok(reply::list(text, next));
        }
    }
    let read = move |c: &mut AnyConnection| page.read(c);
    let (text, next) = if simple { state.db.look(read).await? } else { state.db.read(read).await? };
    Ok(reply::list(text, next))
}

/// A page that is asked for.
struct Page<L> {
    desk: Arc<dyn Desk>,
    keys: Keys,
    url: String,
    asker: Asker,
    query: Query,
    listing: L,
}

/// A page as text, and the address of the next one.
type Told = (Vec<u8>, Option<String>);

impl<L: Listing> Page<L> {
    fn read(&self, c: &mut AnyConnection) -> Result<Told, Problem> {
        let question = self.question(c)?;
        let asked = filter(c, &self.listing, &question, question.include_archived)?;
        let total = if question.include_total { Some(self.listing.count(c, asked.filter.clone())?) } else { None };
        let rows = walk(c, &self.listing, &asked, question.parts(), question.limit as i64 + 1)?;
        self.told(c, &question, rows, total)
    }

    /// The same of what is at hand: the first rows that an index has, archived ones among them; nothing where there are such, for then others belong on
    /// the page, and nobody knows how far away they are.
    fn peek(&self, c: &mut AnyConnection) -> Result<Option<Told>, Problem> {
        let question = self.question(c)?;
        let asked = filter(c, &self.listing, &question, true)?;
        let rows = walk(c, &self.listing, &asked, question.parts(), question.limit as i64 + 1)?;
        if self.listing.archived().is_none_or(|is_archived| rows.iter().any(is_archived)) {
            return Ok(None);
        }
        self.told(c, &question, rows, None).map(Some)
    }

    fn question(&self, c: &mut AnyConnection) -> Result<Question, Problem> {
        let defined = if speaks_of_defined(&self.query) { self.listing.defined(c)? } else { Defined::default() };
        question(c, &*self.desk, &self.asker, &self.query, self.listing.spec(), &defined, &self.keys)
    }

    /// Made into text where it was read: to hand thousands of pieces to another thread, and have it free them, costs more than the text.
    fn told(&self, c: &mut AnyConnection, question: &Question, mut rows: Vec<L::Row>, total: Option<i64>) -> Result<Told, Problem> {
        let page = question.page(&mut rows, &self.keys, total, |row| self.listing.place(row, question.sort.name));
        let answer = Paged { data: self.listing.present(c, rows)?, page };
        Ok((reply::text(&answer, answer.data.len())?, question.next_link(&self.url, &answer.page)))
    }
}

/// Whether an index has the rows of a page side by side, so that it takes little more than to read so many: in the list's own order, of everything there is
/// and with one plain value of one field at most, or of what its caller sees, which is several such things.
fn is_at_hand<L: Listing>(query: &Query, listing: &L) -> bool {
    let spec = listing.spec();
    let few = query.get("limit").is_none_or(|limit| limit.parse::<usize>().is_ok_and(|limit| limit <= LIMIT));
    let plain = |name: &str, value: &str| spec.fields.iter().any(|field| field.name == name && field.is_walked()) && !value.contains(',');
    let mut tests = query.pairs().filter(|(name, _)| !matches!(*name, "limit" | "cursor" | "sort"));
    let test = tests.next();
    let one = test.is_none_or(|(name, value)| plain(name, value) && listing.apart().is_empty()) && tests.next().is_none();
    listing.archived().is_some() && few && one && sort_of(query, spec) == spec.default_sort.trim_start_matches('-')
}

/// Whether the rows of a page are found by one statement: no total besides, no words that are weighed, no walk in two parts, no view to look up.
fn is_simple(query: &Query, spec: &Spec) -> bool {
    let sort = sort_of(query, spec);
    let in_parts = spec.sorts.iter().any(|known| known.name == sort && known.nullable);
    !in_parts && ["include_total", "q", "filter", "view"].iter().all(|name| query.get(name).is_none())
}

/// What a page is sorted by, either way round.
fn sort_of<'q>(query: &'q Query, spec: &Spec) -> &'q str {
    query.get("sort").unwrap_or(spec.default_sort).trim_start_matches('-')
}

/// Answers all rows of a list as a table, from one snapshot.
async fn table_answer<L: Listing>(state: &State, asker: Asker, query: Query, listing: L, form: Form) -> Result<HttpResponse, Problem> {
    if let Some(name) = ["limit", "cursor", "include_total"].into_iter().find(|name| query.get(name).is_some()) {
        return Err(bad(name, FaultCode::WithPageAlone));
    }
    let (keys, desk, spec) = (state.cursor_keys.clone(), state.desk.clone(), listing.spec());
    let options = Options::parse(&query, form)?;
    let listing = Arc::new(listing);
    let prepare = move |c: &mut AnyConnection| {
        let listing = listing.clone();
        let defined = listing.defined(c)?;
        let question = question(c, &*desk, &asker, &query, spec, &defined, &keys)?;
        let mut columns: Vec<Column> = spec.columns.iter().chain(&defined.columns).cloned().collect();
        if question.columns.is_none() {
            columns.retain(|column| defined.instead_of != Some(&*column.name));
        }
        let columns = table::chosen(&columns, question.columns.as_deref())?;
        let whole = form == Form::Ndjson && question.columns.is_none();
        let asked = filter(c, &*listing, &question, question.include_archived)?;
        let rows = listing.count(c, asked.filter.clone())?;
        let mut after: Option<Place> = None;
        let next = move |c: &mut AnyConnection| {
            let rows = walk(c, &*listing, &asked, question.parts_after(after.as_ref()), STEP)?;
            if let Some(last) = rows.last() {
                after = Some(listing.place(last, question.sort.name));
            }
            listing.present(c, rows)?.iter().map(|view| table::Row::of(view, whole)).collect()
        };
        Ok(Table { columns, rows, next: Box::new(next) })
    };
    table::send(state, spec.entity, options, prepare).await
}

/// Whether a question may ask about what the company has defined: most do not, and need no look at it.
pub fn speaks_of_defined(query: &Query) -> bool {
    query.pairs().any(|(name, _)| name.starts_with(DEFINED) || matches!(name, "filter" | "view"))
}

fn question(c: &mut AnyConnection, desk: &dyn Desk, asker: &Asker, query: &Query, spec: &Spec, defined: &Defined, keys: &Keys) -> Result<Question, Problem> {
    let (surroundings, view) = consulted(c, desk, asker, query, spec.entity)?;
    Question::parse(query, spec, defined, asker.user, keys, surroundings, view)
}

/// When and where a question is asked, and the saved view that it names: what the desk knows of it.
pub fn consulted(c: &mut AnyConnection, desk: &dyn Desk, asker: &Asker, query: &Query, entity: &str) -> Result<(Surroundings, Option<SavedView>), Problem> {
    let zone = match query.get("tz") {
        Some(name) => name.parse::<Tz>().map_err(|_| bad("tz", FaultCode::NotAZone))?,
        None => match asker.zone {
            Some(zone) => zone,
            None => desk.zone(c)?,
        },
    };
    let view = match query.get("view") {
        Some(id) => {
            let found = match Id::parse(id) {
                Some(id) => desk.view(c, asker.user, entity, id)?,
                None => None,
            };
            Some(found.ok_or_else(|| bad("view", Fault::from(FaultCode::UnknownReference).param("what", "view").param("given", id)))?)
        }
        None => None,
    };
    Ok((Surroundings { now: asker.now, zone }, view))
}

/// Everything that a question asks for, wherever the walk stands.
struct Asked {
    filter: Sql,
    /// Where it is several things, each of which an index holds in the order of the walk: the filter of each.
    apart: Vec<Sql>,
}

fn filter<L: Listing>(c: &mut AnyConnection, listing: &L, question: &Question, archived: bool) -> Result<Asked, Problem> {
    let base = listing.base(c)?;
    let unarchived = listing.spec().archived.filter(|_| !archived).map(|column| Sql::new(format!("{column} is null")));
    let within = |base: &Sql, condition: &Condition| {
        let found = |wanted: &Wanted| search::found(listing.spec().id, wanted, |holds| listing.entries(holds), |holds| listing.entry(holds));
        let asked = condition.to_sql(&found);
        Sql::all([base.clone()].into_iter().chain(unarchived.clone()).chain([asked]))
    };
    let mut condition = question.condition.clone();
    condition.each_search(&mut |wanted| search::weigh(c, wanted, |holds| listing.entries(holds)))?;
    let condition = &condition;
    // Rare words find few: what is found is sorted, whoever asks.
    let rare = |wanted: &Wanted| wanted.weighed().any(|mut words| words.any(|(_, common)| !common));
    let searched = condition.tests().iter().any(|test| matches!(&test.operand, Operand::Search(wanted) if rare(wanted)));
    let seen = listing.apart();
    let apart: Vec<Sql> = match seen.len() {
        _ if searched || !question.in_default_order => Vec::new(),
        0 | 1 => condition.alternatives().iter().map(|one| within(&base, one)).collect(),
        _ => seen.iter().map(|part| within(part, condition)).collect(),
    };
    Ok(Asked { filter: within(&base, condition), apart: if apart.len() > 1 { apart } else { Vec::new() } })
}

fn walk<L: Listing>(c: &mut AnyConnection, listing: &L, asked: &Asked, parts: Vec<(Sql, Sql)>, limit: i64) -> Result<Vec<L::Row>, Problem> {
    let mut rows = Vec::new();
    for (place, order) in parts {
        let left = limit - rows.len() as i64;
        if left > 0 {
            let filter =
                if asked.apart.is_empty() { Sql::all([asked.filter.clone(), place]) } else { joined(listing.spec().id, &asked.apart, &place, &order, left) };
            let (filter, order) = if few::knows(listing.spec().entity, &filter, &order) { (filter.of_few(), order.of_few()) } else { (filter, order) };
            rows.extend(listing.rows(c, filter, order, left)?);
        }
    }
    Ok(rows)
}

/// The first rows of each of several things, among which are the first of all: each read by its index as far as needed, where reading all of them at
/// once would mean to sort them all.
fn joined(id: &str, apart: &[Sql], place: &Sql, order: &Sql, limit: i64) -> Sql {
    let table = id.split('.').next().unwrap_or_default();
    let first = |piece: &Sql| {
        let found = Sql::all([piece.clone(), place.clone()]);
        let select = Sql::new(format!("select part.id from (select {id} as id from {table} where ")).then(found).text(" order by ");
        select.then(order.clone()).text(" limit ").bind(Value::Number(limit)).text(") as part")
    };
    let all = apart.iter().map(first).reduce(|all, piece| all.text(" union all ").then(piece)).unwrap_or_default();
    Sql::new(format!("{id} in (")).then(all).text(")")
}
