//! Who is there when a test begins: two teams, and somebody for every role and every way to stand to a record.
use std::sync::LazyLock;

use diesel::prelude::*;
use intent_orders::identity::{Role, passwords};
use intent_orders::platform::clock::new_id;
use intent_orders::platform::db::schema::{sessions, teams, users};
use intent_orders::platform::db::{AnyConnection, Id};

use super::BEGIN;

/// The password of users that have one.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody.
#[derive(Clone, Debug)]
pub struct User {
    pub id: Id,
    pub name: String,
    pub role: Role,
    pub team: Option<Id>,
}

impl User {
    pub fn new(name: &str, role: Role, team: Option<Id>) -> Self {
        Self { id: new_id(), name: name.to_owned(), role, team }
    }
    pub fn email(&self) -> String {
        format!("{}@example.com", self.name)
    }
}

/// The people of every test.
#[derive(Debug)]
pub struct Cast {
    pub team_a: Id,
    pub team_b: Id,
    pub admin: User,
    pub reviewer: User,
    pub second_reviewer: User,
    /// A rep of team A.
    pub rep: User,
    /// Another rep of team A.
    pub mate: User,
    /// A rep who leads team A and is in it.
    pub lead: User,
    /// A rep of team B.
    pub stranger: User,
    /// A reviewer who leads team B.
    pub reviewing_lead: User,
}

impl Cast {
    /// The same people, with the same ids, in every database of this process.
    pub fn get() -> &'static Self {
        static CAST: LazyLock<Cast> = LazyLock::new(|| {
            let (team_a, team_b) = (new_id(), new_id());
            Cast {
                team_a,
                team_b,
                admin: User::new("admin", Role::Admin, None),
                reviewer: User::new("reviewer", Role::Reviewer, None),
                second_reviewer: User::new("second.reviewer", Role::Reviewer, None),
                rep: User::new("rep", Role::Rep, Some(team_a)),
                mate: User::new("mate", Role::Rep, Some(team_a)),
                lead: User::new("lead", Role::Rep, Some(team_a)),
                stranger: User::new("stranger", Role::Rep, Some(team_b)),
                reviewing_lead: User::new("reviewing.lead", Role::Reviewer, Some(team_b)),
            }
        });
        &CAST
    }

    /// Everybody.
    pub fn all(&self) -> [&User; 8] {
        [&self.admin, &self.reviewer, &self.second_reviewer, &self.rep, &self.mate, &self.lead, &self.stranger, &self.reviewing_lead]
    }

    /// Puts everybody into an empty database.
    pub fn insert(&self, tx: &mut AnyConnection) {
        insert_team(tx, self.team_a, "Team A", Some(self.lead.id));
        insert_team(tx, self.team_b, "Team B", Some(self.reviewing_lead.id));
        for user in self.all() {
            insert_user(tx, user, None, true);
        }
    }
}

/// Adds a row by itself, so that a test needs no other room to have people.
pub fn insert_team(tx: &mut AnyConnection, id: Id, name: &str, lead: Option<Id>) {
    let row = (
        teams::id.eq(id),
        teams::name.eq(name),
        teams::name_key.eq(name.to_lowercase()),
        teams::lead_id.eq(lead),
        teams::version.eq(1_i64),
        teams::created_at.eq(BEGIN),
        teams::updated_at.eq(BEGIN),
    );
    diesel::insert_into(teams::table).values(row).execute(tx).unwrap();
}

/// Adds a row by itself, with an open session of the same id, for which the tests make tokens.
pub fn insert_user(tx: &mut AnyConnection, user: &User, password_hash: Option<String>, active: bool) {
    let row = (
        users::id.eq(user.id),
        users::name.eq(&user.name),
        users::email.eq(user.email()),
        users::email_key.eq(user.email()),
        users::role.eq(user.role.as_str()),
        users::team_id.eq(user.team),
        users::password_hash.eq(password_hash),
        users::active.eq(active),
        users::version.eq(1_i64),
        users::created_at.eq(BEGIN),
        users::updated_at.eq(BEGIN),
    );
    diesel::insert_into(users::table).values(row).execute(tx).unwrap();
    let session = (
        sessions::id.eq(user.id),
        sessions::user_id.eq(user.id),
        sessions::family_id.eq(user.id),
        sessions::token_hash.eq(format!("of {}", user.id)),
        sessions::created_at.eq(BEGIN),
        sessions::expires_at.eq(BEGIN.plus_seconds(10 * 365 * 24 * 3600)),
    );
    diesel::insert_into(sessions::table).values(session).execute(tx).unwrap();
}

/// The hash of [`PASSWORD`]; made once, for it takes its time.
pub fn password_hash() -> String {
    static HASH: LazyLock<String> = LazyLock::new(|| passwords::hash(PASSWORD).unwrap());
    HASH.clone()
}
