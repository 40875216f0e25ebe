//! The life of an order: its statuses, the actions between them, and what may be edited when. Pure tables; who may act is a matter of rights,
//! whether an order is archived and whether the needed words were sent is for the caller. Must not touch connection, clock or I/O.
use std::fmt::Write;

use serde::Serialize;

/// An enum whose variants each have one word, the same in JSON, tables and documents.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum $name { $(#[doc = concat!("`", $word, "`.")] #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every one, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word of each, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word for it in JSON and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word back.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
    };
}

words! {
    /// The place of an order in its life.
    Status {
        Draft = "draft", InReview = "in_review", Returned = "returned", Pending = "pending", Processed = "processed",
        Won = "won", Lost = "lost", Cancelled = "cancelled", Expired = "expired",
    }
}

words! {
    /// What can happen to an order.
    Action {
        Create = "create", Submit = "submit", Withdraw = "withdraw", Approve = "approve", Return = "return", Process = "process", Win = "win",
        Lose = "lose", Cancel = "cancel", Expire = "expire", Reopen = "reopen", Move = "move", Transfer = "transfer", FollowUp = "follow_up", Delay = "delay",
        Edit = "edit", Archive = "archive", Restore = "restore", Import = "import",
    }
}

words! {
    /// What must come with an action.
    Need {
        Reason = "reason", NoteForOther = "note_for_other", Note = "note", Remarks = "remarks", Stage = "stage", NewOwner = "new_owner",
    }
}

words! {
    /// A field of an order that a caller may send, named as in the JSON.
    Field {
        Title = "title", Customer = "customer_id", Currency = "currency", ExpectedCloseDate = "expected_close_date", ValidUntil = "valid_until",
        IntentLevel = "intent_level", Source = "source", Note = "note", Tags = "tags", Custom = "custom", ExternalRef = "external_ref", Lines = "lines",
    }
}

impl Field {
    /// The field's name in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.as_str()
    }
}

impl Status {
    /// Whether the order is still under way.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::InReview | Self::Returned | Self::Pending | Self::Processed)
    }

    /// Whether the order has come to an end, good or bad.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        !self.is_open()
    }
}

/// Where an action leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Always this status.
    Fixed(Status),
    /// The status it was in.
    Same,
    /// The status it was in, or `in_review` where a critical change asks for another review.
    SameOrReview,
    /// The status remembered when a later review began, else `pending`.
    Remembered,
    /// `processed` from `pending`, else the status it was in.
    Processing,
    /// The status named by whoever acts.
    Any,
}

/// One rule of the transition table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The statuses it starts from; none where the order does not exist yet.
    pub from: &'static [Status],
    /// What happens.
    pub action: Action,
    /// Where it leads.
    pub to: Target,
    /// What must come with it.
    pub needs: &'static [Need],
}

const fn row(from: &'static [Status], action: Action, to: Target, needs: &'static [Need]) -> Row {
    Row { from, action, to, needs }
}

const NOTHING: &[Status] = &[];
/// Where an order is not closed.
pub const OPEN: &[Status] = &[Status::Draft, Status::InReview, Status::Returned, Status::Pending, Status::Processed];
/// Where it is.
pub const CLOSED: &[Status] = &[Status::Won, Status::Lost, Status::Cancelled, Status::Expired];
const ENTRY: &[Status] = &[Status::Draft, Status::Returned];
const UNDER_WAY: &[Status] = &[Status::Pending, Status::Processed];

/// Every transition there is: what is not here is refused.
pub const TABLE: &[Row] = &[
    row(NOTHING, Action::Create, Target::Fixed(Status::Draft), &[]),
    row(NOTHING, Action::Import, Target::Any, &[]),
    row(ENTRY, Action::Submit, Target::Fixed(Status::InReview), &[]),
    row(&[Status::InReview], Action::Withdraw, Target::Fixed(Status::Draft), &[]),
    row(&[Status::InReview], Action::Approve, Target::Remembered, &[]),
    row(&[Status::InReview], Action::Return, Target::Fixed(Status::Returned), &[Need::Remarks]),
    row(&[Status::Pending], Action::Process, Target::Fixed(Status::Processed), &[]),
    row(UNDER_WAY, Action::Win, Target::Fixed(Status::Won), &[]),
    row(OPEN, Action::Lose, Target::Fixed(Status::Lost), &[Need::Reason, Need::NoteForOther]),
    row(OPEN, Action::Cancel, Target::Fixed(Status::Cancelled), &[Need::Reason, Need::NoteForOther]),
    row(OPEN, Action::Expire, Target::Fixed(Status::Expired), &[]),
    row(&[Status::Lost, Status::Cancelled, Status::Expired], Action::Reopen, Target::Fixed(Status::Pending), &[]),
    row(&[Status::Won], Action::Reopen, Target::Fixed(Status::Processed), &[Need::Note]),
    row(UNDER_WAY, Action::Move, Target::Processing, &[Need::Stage]),
    row(OPEN, Action::Transfer, Target::Same, &[Need::NewOwner]),
    row(Status::ALL, Action::FollowUp, Target::Processing, &[]),
    row(OPEN, Action::Delay, Target::Same, &[Need::Reason, Need::NoteForOther]),
    row(ENTRY, Action::Edit, Target::Same, &[]),
    row(UNDER_WAY, Action::Edit, Target::SameOrReview, &[]),
    row(CLOSED, Action::Edit, Target::Same, &[]),
    row(Status::ALL, Action::Archive, Target::Same, &[]),
    row(Status::ALL, Action::Restore, Target::Same, &[]),
];

/// An action that the order's status does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAllowed {
    /// The status the order is in; none where there is no order yet.
    pub from: Option<Status>,
    /// What was asked for.
    pub action: Action,
    /// The statuses it would be allowed in.
    pub allowed_from: Vec<Status>,
}

/// The row of the table for an action in a status.
#[must_use]
pub fn find(from: Option<Status>, action: Action) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.action == action && from.map_or(row.from.is_empty(), |status| row.from.contains(&status)))
}

/// Where an action leads; `given` is the status remembered for `approve` and the status in the file for `import`, and plays no part elsewhere.
pub fn transition(from: Option<Status>, action: Action, given: Option<Status>) -> Result<Status, NotAllowed> {
    let Some(row) = find(from, action) else {
        let allowed_from = TABLE.iter().filter(|row| row.action == action).flat_map(|row| row.from.iter().copied()).collect();
        return Err(NotAllowed { from, action, allowed_from });
    };
    // Only rows that start from a status stay in it, so the draft stands for nothing here.
    let same = from.unwrap_or(Status::Draft);
    Ok(match row.to {
        Target::Fixed(status) => status,
        Target::Remembered => given.filter(|status| UNDER_WAY.contains(status)).unwrap_or(Status::Pending),
        Target::Processing if same == Status::Pending => Status::Processed,
        Target::Same | Target::SameOrReview | Target::Processing => same,
        Target::Any => given.unwrap_or(Status::Draft),
    })
}

/// Whether a critical change in this status sends the order to `in_review`.
#[must_use]
pub fn edit_may_need_review(status: Status) -> bool {
    find(Some(status), Action::Edit).is_some_and(|row| row.to == Target::SameOrReview)
}

/// Whether a field may be edited while the order is in a status.
#[must_use]
pub const fn may_edit(status: Status, field: Field) -> bool {
    match status {
        Status::Draft | Status::Returned | Status::Pending | Status::Processed => true,
        Status::InReview => false,
        Status::Won | Status::Lost | Status::Cancelled | Status::Expired => matches!(field, Field::Tags | Field::Note),
    }
}

/// The transition table as aligned text, one line for each status and action.
#[must_use]
pub fn table_text() -> String {
    let mut text = format!("{:<10} {:<10} {:<26} needs\n", "from", "action", "to");
    for row in TABLE {
        let to = match row.to {
            Target::Fixed(status) => status.as_str(),
            Target::Same => "(same)",
            Target::SameOrReview => "(same, or in_review)",
            Target::Remembered => "(remembered, else pending)",
            Target::Processing => "",
            Target::Any => "(any)",
        };
        let needs = if row.needs.is_empty() { "-".to_owned() } else { row.needs.iter().map(|need| need.as_str()).collect::<Vec<_>>().join(", ") };
        let mut line = |from: &str, to: &str| writeln!(text, "{from:<10} {:<10} {to:<26} {needs}", row.action.as_str()).unwrap_or_default();
        if row.from.is_empty() {
            line("(nothing)", to);
        }
        for from in row.from {
            let processing = if *from == Status::Pending { "processed" } else { "(same)" };
            line(from.as_str(), if row.to == Target::Processing { processing } else { to });
        }
    }
    text
}

/// The edit table as aligned text, a line for each field and a column for each status.
#[must_use]
pub fn edit_table_text() -> String {
    let line = |first: &str, cell: &dyn Fn(Status) -> &'static str| {
        let cells = Status::ALL.iter().fold(format!("{first:<20}"), |line, status| line + &format!("{:<10}", cell(*status)));
        format!("{}\n", cells.trim_end())
    };
    let fields = Field::ALL.iter().map(|field| line(field.name(), &|status| if may_edit(status, *field) { "yes" } else { "-" }));
    line("field", &Status::as_str) + &fields.collect::<String>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    #[test]
    fn every_action_leads_where_the_design_says() {
        use Action as A;
        use Status as S;
        for (from, action, given, expected) in [
            (None, A::Create, None, Some(S::Draft)),
            (None, A::Import, Some(S::Won), Some(S::Won)),
            (None, A::Submit, None, None),
            (Some(S::Draft), A::Create, None, None),
            (Some(S::Draft), A::Import, Some(S::Won), None),
            (Some(S::Draft), A::Submit, None, Some(S::InReview)),
            (Some(S::Returned), A::Submit, None, Some(S::InReview)),
            (Some(S::Pending), A::Submit, None, None),
            (Some(S::InReview), A::Withdraw, Some(S::Processed), Some(S::Draft)),
            (Some(S::InReview), A::Approve, None, Some(S::Pending)),
            (Some(S::InReview), A::Approve, Some(S::Processed), Some(S::Processed)),
            (Some(S::InReview), A::Approve, Some(S::Won), Some(S::Pending)),
            (Some(S::InReview), A::Return, Some(S::Processed), Some(S::Returned)),
            (Some(S::InReview), A::Edit, None, None),
            (Some(S::InReview), A::Win, None, None),
            (Some(S::Pending), A::Process, None, Some(S::Processed)),
            (Some(S::Processed), A::Process, None, None),
            (Some(S::Pending), A::Win, None, Some(S::Won)),
            (Some(S::Processed), A::Win, None, Some(S::Won)),
            (Some(S::Pending), A::Move, None, Some(S::Processed)),
            (Some(S::Processed), A::Move, None, Some(S::Processed)),
            (Some(S::Draft), A::Move, None, None),
            (Some(S::Pending), A::FollowUp, None, Some(S::Processed)),
            (Some(S::Lost), A::FollowUp, None, Some(S::Lost)),
            (Some(S::InReview), A::Delay, None, Some(S::InReview)),
            (Some(S::Won), A::Delay, None, None),
            (Some(S::Pending), A::Edit, None, Some(S::Pending)),
            (Some(S::Won), A::Reopen, None, Some(S::Processed)),
            (Some(S::Lost), A::Reopen, None, Some(S::Pending)),
            (Some(S::Processed), A::Reopen, None, None),
            (Some(S::Won), A::Transfer, None, None),
            (Some(S::Won), A::Archive, None, Some(S::Won)),
        ] {
            assert_eq!(transition(from, action, given).ok(), expected, "{action:?} from {from:?}");
        }
    }

    #[test]
    fn a_refusal_names_where_the_action_is_allowed() {
        let refused = NotAllowed { from: Some(Status::Won), action: Action::Submit, allowed_from: vec![Status::Draft, Status::Returned] };
        assert_eq!(transition(Some(Status::Won), Action::Submit, None), Err(refused));
    }

    #[test]
    fn no_status_and_action_stands_twice_and_every_action_stands_once() {
        for action in Action::ALL {
            assert!(TABLE.iter().any(|row| row.action == *action), "{action:?}");
            for from in Status::ALL {
                assert!(TABLE.iter().filter(|row| row.action == *action && row.from.contains(from)).count() <= 1, "{action:?} from {from:?}");
            }
        }
        assert_eq!([OPEN, CLOSED].concat(), Status::ALL);
    }

    #[test]
    fn fields_may_be_edited_only_where_an_edit_is() {
        for status in Status::ALL {
            let any = Field::ALL.iter().any(|field| may_edit(*status, *field));
            assert_eq!(any, find(Some(*status), Action::Edit).is_some(), "{status:?}");
            let expected = if status.is_closed() { vec![Field::Note, Field::Tags] } else { Field::ALL.to_vec() };
            let editable: Vec<Field> = Field::ALL.iter().copied().filter(|field| may_edit(*status, *field)).collect();
            assert!(editable == expected || *status == Status::InReview && editable.is_empty(), "{status:?}");
        }
        assert_eq!(Status::ALL.iter().copied().filter(|status| edit_may_need_review(*status)).collect::<Vec<_>>(), UNDER_WAY);
    }

    #[test]
    fn the_tables_print_aligned() {
        assert!(table_text().contains("in_review  approve    (remembered, else pending) -\n"));
        assert!(table_text().contains("won        reopen     processed                  note\n"));
        assert_eq!(table_text().lines().count(), 1 + TABLE.iter().map(|row| row.from.len().max(1)).sum::<usize>());
        assert_eq!(edit_table_text().lines().count(), 1 + Field::ALL.len());
    }

    #[test]
    fn words_read_back() {
        assert!(Status::ALL.iter().all(|s| Status::parse(s.as_str()) == Some(*s)) && Action::ALL.iter().all(|a| Action::parse(a.as_str()) == Some(*a)));
        assert!(Status::parse("Draft").is_none() && Field::parse("customer_id") == Some(Field::Customer));
    }

    proptest! {
        /// Whatever is done in whatever order: closed orders open only by reopen, and won is reached only by win or import.
        #[test]
        fn no_walk_leaves_the_table(walk in proptest::collection::vec((select(Action::ALL), select(Status::ALL)), 1..60)) {
            let mut at = None;
            for (action, given) in walk {
                let Ok(next) = transition(at, action, Some(given)) else { continue };
                prop_assert!(!(at.is_some_and(Status::is_closed) && next.is_open()) || action == Action::Reopen);
                prop_assert!(next != Status::Won || at == Some(Status::Won) || matches!(action, Action::Win | Action::Import));
                prop_assert!(at != Some(Status::InReview) || next != Status::Processed || action == Action::Approve);
                prop_assert_eq!(at.is_none(), matches!(action, Action::Create | Action::Import));
                at = Some(next);
            }
        }
    }
}
