//! Users as files tell them: found by e-mail, with the team and the lead that a row names.
use super::dto::UserImport;
use super::service::{add, change, email_key, given_or, keep_an_admin};
use super::store::{self, Row};
use crate::identity::{Act, Role, teams};
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, dialect};
use crate::platform::outcome::Outcome;
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::values::{Email, Name};
use crate::platform::web::{Decoded, Given};

/// Brings in one row: the same row as last time changes nothing, a missing team or lead is made. Who is brought in has no password and cannot log in until
/// an administrator sets one. Everything that may be refused is checked before the first write.
pub fn import(tx: &mut AnyConnection, act: &Act, row: Decoded<UserImport>, hash: &str) -> Result<Outcome, Problem> {
    let Decoded { value: row, faults } = row;
    let key = email_key(&row.email);
    dialect::lock(tx, "user", &key)?;
    let before = store::find_by_email(tx, &key)?;
    if let Some(before) = before.as_ref().filter(|b| faults.is_empty() && b.import_hash.as_deref() == Some(hash)) {
        return Ok(Outcome::Unchanged(before.id));
    }
    let mut faults = faults.into_vec();
    faults.extend(lead_fault(tx, &row)?);
    if let Some(before) = &before {
        keep_an_admin(tx, before, &Row { role: row.role.as_ref().map_or_else(|| before.role.clone(), |role| role.as_str().into()), ..before.clone() })?;
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let team = row.team.as_ref().map(|team| teams::service::named(tx, act, &team.0)).transpose()?;
    let lead = row.lead_email.clone().value().zip(row.lead_name.clone().value().or_else(|| Some(row.name.clone())));
    let outcome = match before {
        Some(before) => replace(tx, act, row, &before, team, hash)?,
        None => {
            let fresh = Row {
                role: row.role.as_ref().map_or(Role::Rep, |role| *role).as_str().into(),
                team_id: team,
                locale: row.locale.as_ref().map(|l| l.0.as_str().into()),
                time_zone: row.time_zone.as_ref().map(|z| z.0.name().into()),
                import_hash: Some(hash.into()),
                ..blank(act, &row.name, &row.email)
            };
            Outcome::Created(add(tx, act, &fresh, None)?.id)
        }
    };
    let (Some(team), Some((email, name))) = (team, lead) else { return Ok(outcome) };
    // Only now: the lead may be the very user of this row.
    let lead = match store::by_email(tx, &email_key(&email))? {
        Some(lead) => lead,
        None => add(tx, act, &Row { role: Role::Reviewer.as_str().into(), ..blank(act, &name, &email) }, None)?.id,
    };
    let led_anew = teams::service::set_lead(tx, act, team, lead)?;
    Ok(match outcome {
        Outcome::Unchanged(id) if led_anew => Outcome::Updated(id),
        outcome => outcome,
    })
}

fn replace(tx: &mut AnyConnection, act: &Act, row: UserImport, before: &Row, team: Option<Id>, hash: &str) -> Result<Outcome, Problem> {
    let after = Row {
        name: row.name.0,
        email: row.email.0,
        role: row.role.as_ref().map_or_else(|| before.role.clone(), |role| role.as_str().into()),
        team_id: if row.team == Given::Null { None } else { team.or(before.team_id) },
        locale: given_or(row.locale, &before.locale, |l| l.0.as_str().into()),
        time_zone: given_or(row.time_zone, &before.time_zone, |z| z.0.name().into()),
        ..before.clone()
    };
    if after == *before {
        store::set_import_hash(tx, before.id, hash)?;
        return Ok(Outcome::Unchanged(before.id));
    }
    change(tx, act, "user.updated", before, Row { import_hash: Some(hash.into()), ..after })?;
    Ok(Outcome::Updated(before.id))
}

fn lead_fault(tx: &mut AnyConnection, row: &UserImport) -> Result<Option<Fault>, Problem> {
    let Some(email) = row.lead_email.as_ref() else {
        // A lead is found by the address alone: two people may share a name.
        return Ok(row.lead_name.as_ref().filter(|_| !row.lead_email.is_unreadable()).map(|_| Fault::new("/lead_email", FaultCode::Required)));
    };
    if row.team.as_ref().is_none() {
        return Ok((!row.team.is_unreadable()).then(|| Fault::new("/lead_email", FaultCode::Inconsistent).param("other", "/team")));
    }
    match store::by_email(tx, &email_key(email))? {
        Some(lead) => teams::service::lead_fault(tx, Some(lead), "/lead_email"),
        None if email_key(email) == email_key(&row.email) || row.lead_name.as_ref().is_some() || row.lead_name.is_unreadable() => Ok(None),
        None => Ok(Some(Fault::new("/lead_name", FaultCode::Required))),
    }
}

fn blank(act: &Act, name: &Name, email: &Email) -> Row {
    Row {
        id: new_id(),
        name: name.0.clone(),
        email: email.0.clone(),
        email_key: email_key(email),
        role: Role::Rep.as_str().into(),
        team_id: None,
        locale: None,
        time_zone: None,
        active: true,
        import_hash: None,
        version: 1,
        created_at: act.now,
        updated_at: act.now,
    }
}
