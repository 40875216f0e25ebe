//! Customers as a caller may see them: each row is decided by itself, whole pages with one question for each thing to know.
use std::collections::BTreeSet;

use super::dto::{Contact, Customer, ErasedContact};
use super::owners::{self, OwnerRow};
use super::store::{self, ContactRow, ErasedRow, Row};
use crate::identity::rights::{CustomerVerdict, decide_customer};
use crate::identity::{Act, Caller, Permission, Relation};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::values::ExternalRefView;
use crate::platform::web::values::Reference;
use crate::standards::custom::Shown;
use crate::standards::entity::Entity;
use crate::standards::service::told;

/// A customer with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Whole {
    pub row: Row,
    pub contacts: Vec<ContactRow>,
    pub erased: Vec<ErasedRow>,
    pub owner: OwnerRow,
}

impl Whole {
    /// Reads what belongs to a row.
    pub fn of(c: &mut AnyConnection, row: Row) -> Result<Self, Problem> {
        let owner = owners::find(c, row.owner_id)?.ok_or_else(|| Problem::internal("a customer without an owner"))?;
        let contacts = store::contacts(c, &[row.id])?.remove(&row.id).unwrap_or_default();
        let erased = store::erased(c, &[row.id])?.remove(&row.id).unwrap_or_default();
        Ok(Self { row, contacts, erased, owner })
    }
    /// How a caller stands to it, by its owner's team of the moment.
    #[must_use]
    pub fn relations(&self, caller: &Caller) -> Vec<Relation> {
        caller.relations(Some(self.owner.id), self.owner.team)
    }
    /// All of it, custom values as they are kept; what it is warned of is told to readers alone.
    #[must_use]
    pub fn view(&self) -> Customer {
        let Row { id, name, industry, region, source, intent_level, value_tier, note, preferences, tags, custom, .. } = self.row.clone();
        Customer {
            id,
            name,
            owner: Reference { id: self.owner.id, name: self.owner.name.clone() },
            contacts: Some(self.contacts.iter().cloned().map(contact).collect()),
            erased_contacts: Some(self.erased.iter().map(|row| ErasedContact { id: row.id, erased_at: row.erased_at }).collect()),
            industry,
            region,
            source,
            intent_level,
            value_tier,
            note,
            preferences: Some(preferences.to()),
            tags: tags.to(),
            custom: custom.0,
            external_ref: ExternalRefView::of(self.row.ext_system.as_ref(), self.row.ext_id.as_ref()),
            masked: false,
            version: self.row.version,
            created_at: self.row.created_at,
            updated_at: self.row.updated_at,
            archived_at: self.row.archived_at,
            warnings: Vec::new(),
        }
    }
}

fn contact(row: ContactRow) -> Contact {
    let ContactRow { id, name, phone, email, title, channel, .. } = row;
    Contact { id, name, phone, email, title, channel }
}

/// The rows as the caller may see them.
pub fn present(c: &mut AnyConnection, act: &Act, rows: Vec<Row>) -> Result<Vec<Customer>, Problem> {
    let caller = &act.caller;
    let owners = owners::of(c, &rows.iter().map(|row| row.owner_id).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>())?;
    let sees = |row: &Row, team: Option<Id>, has_own_order| {
        let relations = caller.relations(Some(row.owner_id), team);
        decide_customer(caller.role, !caller.leads.is_empty(), &relations, Permission::CustomersRead, has_own_order) == CustomerVerdict::Full
    };
    let closed: BTreeSet<Id> = rows.iter().filter(|row| !sees(row, owners.get(&row.owner_id).and_then(|owner| owner.team), false)).map(|row| row.id).collect();
    let opened = match caller.user {
        Some(user) => store::with_order_of(c, user, &closed.iter().copied().collect::<Vec<_>>())?,
        None => BTreeSet::new(),
    };
    let masked: BTreeSet<Id> = closed.difference(&opened).copied().collect();
    let open: Vec<Id> = rows.iter().map(|row| row.id).filter(|id| !masked.contains(id)).collect();
    let shown = Shown::of(
        c,
        caller,
        Entity::Customers,
        &rows.iter().map(|row| &row.custom).collect::<Vec<_>>(),
        &rows.iter().map(|row| &row.warnings).collect::<Vec<_>>(),
    )?;
    let (mut contacts, mut erased) = (store::contacts(c, &open)?, store::erased(c, &open)?);
    rows.into_iter()
        .map(|row| {
            let owner = owners.get(&row.owner_id).cloned().ok_or_else(|| Problem::internal("a customer without an owner"))?;
            let (contacts, erased) = (contacts.remove(&row.id).unwrap_or_default(), erased.remove(&row.id).unwrap_or_default());
            let whole = Whole { row, contacts, erased, owner };
            let warnings = told(&whole.row.warnings, &shown, act.locale);
            let view = Customer { custom: shown.values(&whole.row.custom), warnings, ..whole.view() };
            Ok(if masked.contains(&view.id) { view.masked() } else { view })
        })
        .collect()
}

/// One row as the caller may see it.
pub fn present_one(c: &mut AnyConnection, act: &Act, row: Row) -> Result<Customer, Problem> {
    present(c, act, vec![row])?.pop().ok_or_else(Problem::not_found)
}
