//! Who acts: the caller of a request or the program itself, with role, team and led teams of the moment.
use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use chrono_tz::Tz;

use super::rights::{Permission, Relation, Role, holds};
use super::users::store::CallerRow;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::{Code, Locale, Problem, ProblemView, render};
use crate::platform::state::State;
use crate::platform::web::list::Asker;
use crate::platform::web::{Effect, Language, RequestId, write};

/// Who acts.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user; none for the program itself (command line, clean-up).
    pub user: Option<Id>,
    pub name: String,
    pub role: Role,
    pub team: Option<Id>,
    /// The teams that the caller leads.
    pub leads: Vec<Id>,
    pub zone: Option<Tz>,
    /// What an API key is narrowed to; none where the caller came with a session and may all that the role may.
    pub scopes: Option<Vec<Permission>>,
}

impl Caller {
    /// A user, from what is stored of one; none where the role is none that the program knows.
    #[must_use]
    pub fn of(row: CallerRow) -> Option<Self> {
        let zone = row.time_zone.and_then(|z| z.parse().ok());
        Some(Self { user: Some(row.id), name: row.name, role: Role::parse(&row.role)?, team: row.team_id, leads: row.leads, zone, scopes: None })
    }
    /// The same user by way of an API key.
    #[must_use]
    pub fn narrowed(self, scopes: Vec<Permission>) -> Self {
        Self { scopes: Some(scopes), ..self }
    }
    /// The program itself: may what an administrator may, and nothing it does counts as a person's.
    #[must_use]
    pub fn system() -> Self {
        Self { user: None, name: "system".into(), role: Role::Admin, team: None, leads: Vec::new(), zone: None, scopes: None }
    }
    /// Whether the caller may ever do this, before any record is looked at.
    #[must_use]
    pub fn holds(&self, permission: Permission) -> bool {
        self.require(permission).is_ok()
    }
    /// Fails where the caller may never do this: for the role first, then for what the API key is narrowed to.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        let lacks = |code| Err(Problem::new(code).param("permission", permission.as_str()));
        if !holds(self.role, !self.leads.is_empty(), permission) {
            lacks(Code::Role)
        } else if self.scopes.as_ref().is_some_and(|scopes| !scopes.contains(&permission)) {
            lacks(Code::Scope)
        } else {
            Ok(())
        }
    }
    /// How the caller stands to a record of an owner and a team. A user without a team shares no team.
    #[must_use]
    pub fn relations(&self, owner: Option<Id>, team: Option<Id>) -> Vec<Relation> {
        let mut all = Vec::with_capacity(2);
        if self.user.is_some() && self.user == owner {
            all.push(Relation::Own);
        }
        if team.is_some() && self.team == team {
            all.push(Relation::TeamMate);
        }
        if team.is_some_and(|t| self.leads.contains(&t)) {
            all.push(Relation::LedTeam);
        }
        if all.is_empty() {
            all.push(Relation::Other);
        }
        all
    }
    /// The condition under which a record is the caller's to see, from its owner's and its team's column: the same decision as [`Caller::relations`], for lists.
    #[must_use]
    pub fn sees(&self, owner: &str, team: &str) -> Sql {
        if self.role != Role::Rep {
            return Sql::all([]);
        }
        Sql::any(self.sees_apart(owner, team))
    }
    /// The same in its parts, one of which must hold: the caller's own, and each team's. Who sees everything has none.
    #[must_use]
    pub fn sees_apart(&self, owner: &str, team: &str) -> Vec<Sql> {
        if self.role != Role::Rep {
            return Vec::new();
        }
        let own = self.user.map(|user| Sql::new(format!("{owner} = ")).bind(Value::Id(user)));
        let teams: std::collections::BTreeSet<Id> = self.team.into_iter().chain(self.leads.iter().copied()).collect();
        own.into_iter().chain(teams.into_iter().map(|id| Sql::new(format!("{team} = ")).bind(Value::Id(id)))).collect()
    }
}

/// One use of the service: who, when, in which request.
#[derive(Clone, Debug)]
pub struct Act {
    pub caller: Caller,
    pub now: UtcTime,
    pub request_id: Option<String>,
    /// The language in which the caller is answered.
    pub locale: Locale,
}

impl Act {
    /// When a change is made of what was changed before: now, but never before that, for the clock may have been put back.
    #[must_use]
    pub fn after(&self, before: UtcTime) -> UtcTime {
        self.now.max(before)
    }
    /// The program itself acts.
    #[must_use]
    pub fn system(now: UtcTime) -> Self {
        Self { caller: Caller::system(), now, request_id: None, locale: Locale::default() }
    }
}

/// What a handler gets besides its input: who acts, the state, the language.
#[derive(Clone)]
pub struct Ctx {
    pub act: Act,
    pub state: State,
    pub locale: Locale,
}

impl Deref for Ctx {
    type Target = Act;
    fn deref(&self) -> &Act {
        &self.act
    }
}

impl FromRequest for Ctx {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let extract = || {
            let state = req.app_data::<web::Data<State>>().ok_or_else(|| Problem::internal("no state"))?.get_ref().clone();
            // The guard puts the caller here; a handler that asks for one behind a public operation is a fault of ours.
            let caller = req.extensions().get::<Caller>().cloned().ok_or_else(|| Problem::internal("no caller behind the guard"))?;
            let request_id = RequestId::from_request(req, &mut Payload::None).into_inner().ok().map(|id| id.0);
            let locale = Language::from_request(req, &mut Payload::None).into_inner()?.0;
            Ok(Self { act: Act { caller, now: state.clock.now(), request_id, locale }, state, locale })
        };
        let _ = payload;
        ready(extract())
    }
}

impl Ctx {
    /// Runs a use case in the transaction of its answer: once, where the request came with an Idempotency-Key, and only as a rehearsal where that is asked.
    pub async fn perform(
        &self,
        req: &HttpRequest,
        mut work: impl FnMut(&mut AnyConnection, &Act) -> Result<Effect, Problem> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let act = self.act.clone();
        write::perform(&self.state, self.user(), req, move |tx| work(tx, &act)).await
    }
    /// A problem as this caller is told it.
    pub fn teller(&self) -> impl Fn(&Problem) -> ProblemView + Send + use<> {
        let (locale, base, id) = (self.locale, self.state.config.public_url.clone(), self.act.request_id.clone().unwrap_or_default());
        move |problem| render(problem, locale, &base, "", &id)
    }
    /// Who asks a list.
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker { user: self.user(), zone: self.caller.zone, locale: self.locale, now: self.now }
    }
    /// The id of the user who asks; a request always has one.
    #[must_use]
    pub fn user(&self) -> Id {
        self.caller.user.unwrap_or(Id(uuid::Uuid::nil()))
    }
}
