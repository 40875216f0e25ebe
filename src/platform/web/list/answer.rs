//! The one way to answer a list: as a page of JSON, or all of it as a table.
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use chrono_tz::Tz;

use super::{Asker, Desk, Listing, Paged, Question, SavedView, Spec};
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::secrets::Keys;
use crate::platform::state::State;
use crate::platform::web::condition::Surroundings;
use crate::platform::web::page::Place;
use crate::platform::web::query::{Query, bad};
use crate::platform::web::reply;
use crate::platform::web::table::{self, Form, Options, Table};

/// How many rows of a table are read at a time.
const STEP: i64 = 500;

/// Answers a list in the representation that the caller takes.
pub async fn answer<L: Listing>(state: &State, asker: Asker, req: &HttpRequest, query: Query, listing: L) -> Result<HttpResponse, Problem> {
    if let Some(form) = Form::wanted(req) {
        return table_answer(state, asker, query, listing, form).await;
    }
    table::refuse_options(&query)?;
    let (keys, desk) = (state.cursor_keys.clone(), state.desk.clone());
    let read = state.db.read(move |c| {
        let question = asked(c, &*desk, &asker, &query, listing.spec(), &keys)?;
        let base = base(c, &listing, &question)?;
        let total = if question.include_total { Some(listing.count(c, base.clone())?) } else { None };
        let mut rows = walk(c, &listing, &base, question.parts(), question.limit as i64 + 1)?;
        let page = question.page(&mut rows, &keys, total, |row| listing.place(row, question.sort.name));
        Ok((question, Paged { data: listing.present(c, rows)?, page }))
    });
    let (question, answer) = read.await?;
    reply::list(&answer, question.next_link(&state.config.public_url, &answer.page))
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
        let (question, listing) = (asked(c, &*desk, &asker, &query, spec, &keys)?, listing.clone());
        let columns = table::chosen(spec.columns, question.columns.as_deref())?;
        let whole = form == Form::Ndjson && question.columns.is_none();
        let base = base(c, &*listing, &question)?;
        let rows = listing.count(c, base.clone())?;
        let mut after: Option<Place> = None;
        let next = move |c: &mut AnyConnection| {
            let rows = walk(c, &*listing, &base, question.parts_after(after.as_ref()), STEP)?;
            if let Some(last) = rows.last() {
                after = Some(listing.place(last, question.sort.name));
            }
            listing.present(c, rows)?.iter().map(|view| table::Row::of(view, whole)).collect()
        };
        Ok(Table { columns, rows, next: Box::new(next) })
    };
    table::send(state, spec.entity, options, prepare).await
}

fn asked(c: &mut AnyConnection, desk: &dyn Desk, asker: &Asker, query: &Query, spec: &Spec, keys: &Keys) -> Result<Question, Problem> {
    let (surroundings, view) = consulted(c, desk, asker, query, spec.entity)?;
    Question::parse(query, spec, asker.user, keys, surroundings, view)
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

/// Everything that the question asks for, wherever the walk stands.
fn base<L: Listing>(c: &mut AnyConnection, listing: &L, question: &Question) -> Result<Sql, Problem> {
    let base = listing.base(c)?;
    let unarchived = listing.spec().archived.filter(|_| !question.include_archived).map(|column| Sql::new(format!("{column} is null")));
    let asked = question.condition.to_sql(&|wanted| listing.search(wanted));
    Ok(Sql::all([base].into_iter().chain(unarchived).chain([asked])))
}

fn walk<L: Listing>(c: &mut AnyConnection, listing: &L, base: &Sql, parts: Vec<(Sql, Sql)>, limit: i64) -> Result<Vec<L::Row>, Problem> {
    let mut rows = Vec::new();
    for (filter, order) in parts {
        let left = limit - rows.len() as i64;
        if left > 0 {
            rows.extend(listing.rows(c, Sql::all([base.clone(), filter]), order, left)?);
        }
    }
    Ok(rows)
}
