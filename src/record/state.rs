//! The workflow of a record: the states of its versions, and which step leads from which state to which.
//!
//! ```text
//! draft ── submit ──> submitted ── share ──> panel_shared
//!   ^                   │    └──────┬──────────┘
//!   └──── return ───────┴───────────┤ publish
//!                                   v
//!                               published ── withdraw ──> withdrawn
//! ```
//!
//! No other file spells these states out: statements bind them. (Two statements spell them out, as the partial
//! indexes that serve them do: that of `GET /v1/me`, and the filter of lists by state.)

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types as st;

use crate::access::{Action, Reach};
use crate::clock::Ts;
use crate::problem::Problem;
use crate::store::Val;

/// The state of a version, as `record_version.state` stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = st::Text)]
pub enum State {
    /// Only its office works on it.
    Draft,
    /// It waits to be approved, shared, published or returned.
    Submitted,
    /// It is submitted, and the Police and Crime Panel sees it.
    PanelShared,
    /// It is public, was public, or becomes public at the moment in `public_from`.
    Published,
    /// Its record was withdrawn.
    Withdrawn,
}

impl State {
    const ALL: [State; 5] =
        [State::Draft, State::Submitted, State::PanelShared, State::Published, State::Withdrawn];

    /// The states of a working version that was not published and is not scheduled to be.
    pub const WORKING: &'static [State] = &[State::Draft, State::Submitted, State::PanelShared];

    /// Submitted and not published yet.
    pub const AWAITING_PUBLICATION: &'static [State] = &[State::Submitted, State::PanelShared];

    /// Shown to the Panel.
    pub const SHARED: &'static [State] = &[State::PanelShared];

    /// The states in which somebody with this reach can see a working version.
    pub fn shown_by(reach: Reach) -> &'static [State] {
        match reach {
            Reach::Published => &[],
            Reach::PanelShared | Reach::OwnArea => State::SHARED,
            Reach::Submitted => State::AWAITING_PUBLICATION,
            Reach::OwnOrganisation | Reach::Assigned | Reach::All => State::WORKING,
        }
    }

    /// The state as it is stored and as responses show it.
    pub fn name(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Submitted => "submitted",
            State::PanelShared => "panel_shared",
            State::Published => "published",
            State::Withdrawn => "withdrawn",
        }
    }

    /// The state that responses show of a version whose public interval ends at `public_to`: a publication that another
    /// has replaced is `superseded`, which is not stored since it follows from the moment.
    pub fn shown(self, public_to: Option<Ts>, moment: Ts) -> &'static str {
        match self {
            State::Published if public_to.is_some_and(|to| to <= moment) => "superseded",
            state => state.name(),
        }
    }

    /// 409 unless the step may be taken from this state.
    pub fn allow(self, step: &Transition) -> Result<(), Problem> {
        if step.from.contains(&self) {
            return Ok(());
        }
        let allowed: Vec<&str> = step.from.iter().map(|state| state.name()).collect();
        Err(Problem::conflict(format!(
            "The working version is {}; only one that is {} can be {}.",
            self.name(),
            allowed.join(" or "),
            step.done
        )))
    }
}

/// A step of the workflow.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// The action whose rule says who may take it.
    pub action: Action,
    /// The states of the working version from which it may be taken.
    pub from: &'static [State],
    /// The state that it leads to.
    pub to: State,
    /// The working version "can be …", for the refusal.
    done: &'static str,
}

/// Submits a draft.
pub const SUBMIT: Transition =
    Transition { action: Action::Submit, from: &[State::Draft], to: State::Submitted, done: "submitted" };

/// Makes a submitted version a draft again. A scheduled publication can be returned too, until its moment comes.
pub const RETURN: Transition = Transition {
    action: Action::Return,
    from: State::AWAITING_PUBLICATION,
    to: State::Draft,
    done: "returned",
};

/// Shows a submitted version to the Panel.
pub const SHARE: Transition = Transition {
    action: Action::Share,
    from: &[State::Submitted],
    to: State::PanelShared,
    done: "shared with the Panel",
};

/// Makes a submitted version public, now or at a moment to come.
pub const PUBLISH: Transition = Transition {
    action: Action::Publish,
    from: State::AWAITING_PUBLICATION,
    to: State::Published,
    done: "published",
};

/// 409 unless the version may be approved, which leaves its state as it is.
pub fn allow_approval(state: State) -> Result<(), Problem> {
    state.allow(&Transition {
        action: Action::Approve,
        from: State::AWAITING_PUBLICATION,
        to: state,
        done: "approved",
    })
}

/// The state of a record's working version, as every listed row of the record repeats it in `head_state`.
///
/// It tells a scheduled publication from one that has come, and what it was scheduled from: whoever was shown the
/// version keeps seeing it until it is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = st::Text)]
pub enum HeadState {
    /// The working version is in this state, and no publication of it is scheduled.
    Is(State),
    /// It was submitted, and its publication is scheduled.
    Scheduled,
    /// It was shared with the Panel, and its publication is scheduled.
    ScheduledShared,
}

impl HeadState {
    /// After a publication of a version in this state is scheduled.
    pub fn scheduled_from(state: State) -> HeadState {
        match state {
            State::PanelShared => HeadState::ScheduledShared,
            _ => HeadState::Scheduled,
        }
    }

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            HeadState::Is(state) => state.name(),
            HeadState::Scheduled => "scheduled",
            HeadState::ScheduledShared => "scheduled_shared",
        }
    }
}

impl<DB: Backend> FromSql<st::Text, DB> for State
where
    String: FromSql<st::Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<State> {
        let text = String::from_sql(value)?;
        let state = State::ALL.into_iter().find(|state| state.name() == text);
        state.ok_or_else(|| format!("`{text}` is no state of a version").into())
    }
}

impl<DB: Backend> FromSql<st::Text, DB> for HeadState
where
    String: FromSql<st::Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<HeadState> {
        let text = String::from_sql(value)?;
        let single_states = State::ALL.into_iter().map(HeadState::Is);
        let mut all = single_states.chain([HeadState::Scheduled, HeadState::ScheduledShared]);
        all.find(|state| state.name() == text)
            .ok_or_else(|| format!("`{text}` is no state of a working version").into())
    }
}

impl<DB: Backend> ToSql<st::Text, DB> for State
where
    str: ToSql<st::Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.name().to_sql(out)
    }
}

impl From<State> for Val {
    fn from(state: State) -> Val {
        Val::Text(state.name().to_owned())
    }
}

impl From<HeadState> for Val {
    fn from(state: HeadState) -> Val {
        Val::Text(state.name().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_moves_only_along_the_workflow() {
        let from = |step: &Transition| -> Vec<State> {
            State::ALL.into_iter().filter(|state| state.allow(step).is_ok()).collect()
        };
        assert_eq!(from(&SUBMIT), [State::Draft]);
        assert_eq!(from(&SHARE), [State::Submitted]);
        for step in [&RETURN, &PUBLISH] {
            assert_eq!(from(step), [State::Submitted, State::PanelShared]);
        }
        let refused = State::Draft.allow(&PUBLISH).unwrap_err();
        assert_eq!(
            refused.detail,
            "The working version is draft; only one that is submitted or panel_shared can be published."
        );
    }

    #[test]
    fn a_publication_that_was_replaced_is_shown_as_superseded() {
        let (then, now) = (Ts::from_micros(1).unwrap(), Ts::from_micros(2).unwrap());
        assert_eq!(State::Published.shown(Some(then), now), "superseded");
        assert_eq!(State::Published.shown(Some(Ts::NEVER), now), "published");
        assert_eq!(State::Withdrawn.shown(Some(then), now), "withdrawn");
    }
}
