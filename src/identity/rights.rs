//! Who may what: roles, permissions, and one decision on a record for every service. Adding a role is a variant and a column of the matrix.
//! Pure; must not look a record up, know how a caller came by a role, nor turn a verdict into an answer.
use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// What a user is; leading a team is no role, its rights come on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Brings orders and answers for them.
    Rep,
    /// Approves and returns the orders of others.
    Reviewer,
    /// Keeps users, standards and settings, and may put anything right.
    Admin,
}

impl Role {
    /// Every role, in the order of the matrix's columns.
    pub const ALL: &'static [Self] = &[Self::Rep, Self::Reviewer, Self::Admin];

    /// The word of each, in the same order.
    pub const WORDS: &'static [&'static str] = &["rep", "reviewer", "admin"];

    /// The role's word in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rep => "rep",
            Self::Reviewer => "reviewer",
            Self::Admin => "admin",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == word)
    }
}

/// How a caller stands to a record; several may hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The caller owns it.
    Own,
    /// It belongs to the caller's team.
    TeamMate,
    /// It belongs to a team the caller leads.
    LedTeam,
    /// None of these.
    Other,
}

impl Relation {
    /// Every relation, from the nearest to the farthest.
    pub const ALL: &'static [Self] = &[Self::Own, Self::TeamMate, Self::LedTeam, Self::Other];
}

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Not at all.
    No,
    /// The caller's own records.
    Own,
    /// Own records and the team's.
    Team,
    /// Records of teams the caller leads.
    Led,
    /// Every record, or where there is no record to stand to.
    All,
}

impl Reach {
    fn covers(self, relations: &[Relation]) -> bool {
        match self {
            Self::No => false,
            Self::Own => relations.contains(&Relation::Own),
            Self::Team => relations.contains(&Relation::Own) || relations.contains(&Relation::TeamMate),
            Self::Led => relations.contains(&Relation::LedTeam),
            Self::All => true,
        }
    }
}

macro_rules! matrix {
    ($($permission:ident $word:literal: $lead:ident [$($role:ident)+])+) => {
        /// What an operation asks of its caller; each is named in the document as `x-permission`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Permission { $(#[doc = concat!("`", $word, "`.")] #[serde(rename = $word)] $permission),+ }

        impl Permission {
            /// Every permission, in the order of the matrix's rows.
            pub const ALL: &'static [Self] = &[$(Self::$permission),+];

            /// The permission's word in the document and in the scopes of keys.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$permission => $word),+ }
            }

            /// Its row: what leading a team adds, and a column for each role.
            const fn row(self) -> (Reach, [Reach; Role::ALL.len()]) {
                match self { $(Self::$permission => (Reach::$lead, [$(Reach::$role),+])),+ }
            }
        }
    };
}

matrix! {
//  permission         word                   lead [rep reviewer admin]
    OrdersRead         "orders.read":         Led  [Team All All]
    OrdersCreate       "orders.create":       No   [Own  No  All]
    OrdersEdit         "orders.edit":         No   [Own  No  All]
    OrdersSubmit       "orders.submit":       No   [Own  No  All]
    OrdersWithdraw     "orders.withdraw":     No   [Own  No  All]
    OrdersProcess      "orders.process":      No   [Own  No  All]
    OrdersMove         "orders.move":         No   [Own  No  All]
    OrdersWin          "orders.win":          No   [Own  No  All]
    OrdersLose         "orders.lose":         No   [Own  No  All]
    OrdersCancel       "orders.cancel":       No   [Own  No  All]
    OrdersFollowUp     "orders.follow_up":    No   [Own  No  All]
    OrdersDelay        "orders.delay":        No   [Own  No  All]
    OrdersApprove      "orders.approve":      No   [No   All All]
    OrdersReturn       "orders.return":       No   [No   All All]
    OrdersReopen       "orders.reopen":       No   [No   All All]
    OrdersExpire       "orders.expire":       No   [No   No  All]
    OrdersTransfer     "orders.transfer":     Led  [Own  No  All]
    OrdersArchive      "orders.archive":      No   [Own  No  All]
    OrdersRestore      "orders.restore":      No   [Own  No  All]
    ReviewsRead        "reviews.read":        No   [No   All All]
    CustomersRead      "customers.read":      Led  [Team All All]
    CustomersCreate    "customers.create":    All  [Own  No  All]
    CustomersEdit      "customers.edit":      Led  [Own  No  All]
    CustomersTransfer  "customers.transfer":  Led  [Own  No  All]
    CustomersArchive   "customers.archive":   No   [No   No  All]
    CustomersRestore   "customers.restore":   No   [No   No  All]
    CustomersErase     "customers.erase":     No   [No   No  All]
    ProductsRead       "products.read":       No   [All  All All]
    ProductsEdit       "products.edit":       No   [No   No  All]
    UsersRead          "users.read":          No   [All  All All]
    UsersEdit          "users.edit":          No   [No   No  All]
    TeamsRead          "teams.read":          No   [All  All All]
    TeamsEdit          "teams.edit":          No   [No   No  All]
    SettingsRead       "settings.read":       No   [All  All All]
    SettingsEdit       "settings.edit":       No   [No   No  All]
    StandardsRead      "standards.read":      No   [All  All All]
    StandardsEdit      "standards.edit":      No   [No   No  All]
    ViewsRead          "views.read":          No   [All  All All]
    ViewsEdit          "views.edit":          No   [All  All All]
    ViewsShare         "views.share":         No   [No   No  All]
    ImportsCreate      "imports.create":      No   [No   No  All]
    ImportsRead        "imports.read":        No   [No   No  All]
    AnalyticsRead      "analytics.read":      Led  [Team All All]
    TargetsRead        "targets.read":        Led  [Own  All All]
    TargetsEdit        "targets.edit":        Led  [No   No  All]
    JobsRead           "jobs.read":           No   [No   No  All]
    ApiKeysRead        "api_keys.read":       No   [Own  Own All]
    ApiKeysEdit        "api_keys.edit":       No   [Own  Own All]
    EventsRead         "events.read":         No   [All  All All]
    SystemRead         "system.read":         No   [No   No  All]
}

impl Permission {
    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == word)
    }

    /// Whether an API key may have it: none manages keys, else a narrow one could make itself a wide one.
    #[must_use]
    pub const fn is_scope(self) -> bool {
        !matches!(self, Self::ApiKeysRead | Self::ApiKeysEdit)
    }

    const fn of_role(self, role: Role) -> Reach {
        self.row().1[role as usize]
    }

    /// Whether the union of the role's right and the lead's reaches such a record.
    fn covers(self, role: Role, leads: bool, relations: &[Relation]) -> bool {
        self.of_role(role).covers(relations) || leads && self.row().0.covers(relations)
    }
}

/// Whether a caller may ever do this, asked before any record is looked at.
#[must_use]
pub fn holds(role: Role, leads_a_team: bool, permission: Permission) -> bool {
    permission.of_role(role) != Reach::No || leads_a_team && permission.row().0 != Reach::No
}

/// What the place of an order in its life means for rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Draft, returned or cancelled: its owner may put it away.
    Shelvable,
    /// Won: only an administrator opens it again.
    Won,
    /// Everything between.
    Other,
}

#[cfg(test)]
impl Phase {
    const ALL: &'static [Self] = &[Self::Shelvable, Self::Won, Self::Other];
}

/// What is decided of a caller and an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be done.
    Allowed,
    /// 403 `not_owner`: seen, but not the caller's to change.
    NotOwner,
    /// 403 `role`: never for this role.
    Role,
    /// 403 `own_order`: nobody reviews what they had a hand in.
    OwnOrder,
    /// 404: not the caller's to see.
    Hidden,
}

/// Decides on an order; `touched` says that the caller created, submitted or last critically changed it (an owner counts as such anyway).
#[must_use]
pub fn decide_order(role: Role, leads: bool, relations: &[Relation], permission: Permission, touched: bool, phase: Phase) -> Verdict {
    let judges = matches!(permission, Permission::OrdersApprove | Permission::OrdersReturn | Permission::OrdersReopen);
    let shelves = matches!(permission, Permission::OrdersArchive | Permission::OrdersRestore);
    if !holds(role, leads, permission) {
        Verdict::Role
    } else if !Permission::OrdersRead.covers(role, leads, relations) {
        Verdict::Hidden
    } else if !permission.covers(role, leads, relations) {
        Verdict::NotOwner
    } else if permission == Permission::OrdersReopen && phase == Phase::Won && role != Role::Admin {
        Verdict::Role
    } else if judges && (touched || relations.contains(&Relation::Own)) {
        Verdict::OwnOrder
    } else if shelves && permission.of_role(role) == Reach::Own && phase != Phase::Shelvable {
        Verdict::NotOwner
    } else {
        Verdict::Allowed
    }
}

/// Whether an order may be handed to this receiver: anyone by an admin, a team mate by the owner, within the led team by its lead.
#[must_use]
pub fn may_receive(role: Role, is_own: bool, leads_orders_team: bool, receiver_shares_callers_team: bool, receiver_in_led_team: bool) -> bool {
    let reach = Permission::OrdersTransfer.of_role(role);
    reach == Reach::All || reach == Reach::Own && is_own && receiver_shares_callers_team || leads_orders_team && receiver_in_led_team
}

/// What is decided of a caller and a customer; name, industry and region are for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerVerdict {
    /// It may be done, and all of it seen.
    Full,
    /// Read without contacts, preferences, note and orders.
    Masked,
    /// 403 `not_owner`: not the caller's to change.
    NotOwner,
    /// 403 `role`: never for this role.
    Role,
}

/// Decides on a customer; an own order with it opens it to reading, not to changing.
#[must_use]
pub fn decide_customer(role: Role, leads: bool, relations: &[Relation], permission: Permission, has_own_order: bool) -> CustomerVerdict {
    let reads = permission == Permission::CustomersRead;
    if !holds(role, leads, permission) {
        CustomerVerdict::Role
    } else if permission.covers(role, leads, relations) || reads && has_own_order {
        CustomerVerdict::Full
    } else if reads {
        CustomerVerdict::Masked
    } else {
        CustomerVerdict::NotOwner
    }
}

/// Decides on a record that is nobody's but its owner's, such as an API key: what a role does not reach is hidden.
#[must_use]
pub fn decide_own(role: Role, relations: &[Relation], permission: Permission) -> Verdict {
    if !holds(role, false, permission) {
        Verdict::Role
    } else if permission.covers(role, false, relations) {
        Verdict::Allowed
    } else {
        Verdict::Hidden
    }
}

/// Role × permission × relation as aligned text; the lead's column is that of the role leading the record's team.
#[must_use]
pub fn matrix_text() -> String {
    let columns = || Role::ALL.iter().flat_map(|role| Relation::ALL.iter().map(|relation| (*role, *relation)));
    let mut text = String::new();
    let mut line = |first: &str, cell: &dyn Fn(Role, Relation) -> String| {
        let cells = columns().fold(format!("{first:<21}"), |line, (role, relation)| line + &format!("{:<10}", cell(role, relation)));
        writeln!(text, "{}", cells.trim_end()).unwrap_or_default();
    };
    line("", &|role, _| role.as_str().to_owned());
    line("", &|_, relation| format!("{relation:?}"));
    for &permission in Permission::ALL {
        let word = permission.as_str();
        let order = |phase| move |role, relation| format!("{:?}", decide_order(role, relation == Relation::LedTeam, &[relation], permission, false, phase));
        if word.starts_with("orders.") {
            line(word, &order(Phase::Shelvable));
            if matches!(permission, Permission::OrdersReopen | Permission::OrdersArchive | Permission::OrdersRestore) {
                line(&format!("{word} won"), &order(Phase::Won));
            }
        } else if word.starts_with("customers.") {
            line(word, &|role, relation| format!("{:?}", decide_customer(role, relation == Relation::LedTeam, &[relation], permission, false)));
        } else if word.starts_with("api_keys.") {
            line(word, &|role, relation| format!("{:?}", decide_own(role, &[relation], permission)));
        } else {
            line(word, &|role, relation| if holds(role, relation == Relation::LedTeam, permission) { "Allowed" } else { "Role" }.to_owned());
        }
    }
    text
}

#[cfg(test)]
mod tests;
