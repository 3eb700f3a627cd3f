//! The rule table: operation × role → reach.
//!
//! One table, several uses: it decides, it is printed into the OpenAPI document (`x-access` and a sentence),
//! and the tests sweep it.

use super::role::Role;

/// Which records a role reaches in an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// What is public now (or was, at the `as_of` asked for).
    Published,
    /// The working version of what is assigned to the actor's organisation, in the actor's body.
    Assigned,
    /// The working version while it is handed in and not yet public, in the actor's body. Else what is
    /// published: were the office's form shown, its change would tell that a draft has been begun.
    Submitted,
    /// The working version of everything in the actor's body.
    All,
}

impl Reach {
    /// Its name in `x-access`.
    pub fn name(self) -> &'static str {
        match self {
            Reach::Published => "published",
            Reach::Assigned => "assigned",
            Reach::Submitted => "submitted",
            Reach::All => "all",
        }
    }
}

/// One role's line in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub role: Role,
    /// What of.
    pub reach: &'static [Reach],
}

/// Who may call an operation. An operation without one is refused.
pub type Rule = &'static [Grant];

/// What can be done with a kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// List, get, versions, thread.
    Read,
    /// Make a new record.
    Create,
    /// Replace or patch its working version.
    Edit,
    /// Hand it in for publication.
    Submit,
    /// Hand it back.
    Return,
    /// Approve it.
    Approve,
    /// Make it public, now or later.
    Publish,
    /// Take it back.
    Withdraw,
}

const fn grant(role: Role, reach: &'static [Reach]) -> Grant {
    Grant { role, reach }
}

const PUBLISHED: &[Reach] = &[Reach::Published];

/// Everyone reads what is published; the office, a partner, the Panel's clerk and the auditor what is said here besides.
const fn reads(
    office: &'static [Reach],
    partner: &'static [Reach],
    panel_officer: &'static [Reach],
    auditor: &'static [Reach],
) -> [Grant; Role::ALL.len()] {
    [
        grant(Role::Public, PUBLISHED),
        grant(Role::Editor, office),
        grant(Role::Publisher, office),
        grant(Role::Commissioner, office),
        grant(Role::PartnerWriter, partner),
        grant(Role::PanelMember, PUBLISHED),
        grant(Role::PanelOfficer, panel_officer),
        grant(Role::Auditor, auditor),
        grant(Role::Admin, PUBLISHED),
    ]
}

/// The office its working versions; the auditor what was submitted.
const READ_CONTENT: Rule =
    &reads(&[Reach::Published, Reach::All], PUBLISHED, PUBLISHED, &[Reach::Published, Reach::Submitted]);

/// The Panel's clerk its working versions; the auditor what was submitted; the office what is published.
const READ_PANEL: Rule =
    &reads(PUBLISHED, PUBLISHED, &[Reach::Published, Reach::All], &[Reach::Published, Reach::Submitted]);

/// The same, and an organisation the working version of what is assigned to it.
const READ_ASSIGNED: Rule = &reads(
    &[Reach::Published, Reach::All],
    &[Reach::Published, Reach::Assigned],
    PUBLISHED,
    &[Reach::Published, Reach::Submitted],
);

/// Everyone alike.
pub const READ_PUBLIC: Rule = &reads(PUBLISHED, PUBLISHED, PUBLISHED, PUBLISHED);

/// The change feed shows each what the kinds' own rules show.
pub const READ_CHANGES: Rule = READ_ASSIGNED;

/// So does the search.
pub const READ_SEARCH: Rule = READ_CHANGES;

const EDITOR: Rule = &[grant(Role::Editor, &[Reach::All])];
const EDITOR_AND_ASSIGNED: Rule =
    &[grant(Role::Editor, &[Reach::All]), grant(Role::PartnerWriter, &[Reach::Assigned])];
const PUBLISHER: Rule = &[grant(Role::Publisher, &[Reach::All])];
const COMMISSIONER: Rule = &[grant(Role::Commissioner, &[Reach::All])];
const RETURNERS: Rule = &[grant(Role::Publisher, &[Reach::All]), grant(Role::Commissioner, &[Reach::All])];
const PANEL_OFFICER: Rule = &[grant(Role::PanelOfficer, &[Reach::All])];
const ADMIN: Rule = &[grant(Role::Admin, &[Reach::Published])];

/// Who may import: those who make records, of the kinds that they make.
pub const IMPORT: Rule = &[grant(Role::Editor, &[Reach::All]), grant(Role::Admin, &[Reach::Published])];

/// The rules of a kind: those of its actions. What is not listed is refused.
pub type Rules = &'static [(Action, Rule)];

/// The office's own records: plans, priorities, objectives.
pub const OFFICE: Rules = &[
    (Action::Read, READ_CONTENT),
    (Action::Create, EDITOR),
    (Action::Edit, EDITOR),
    (Action::Submit, EDITOR),
    (Action::Return, RETURNERS),
    (Action::Approve, COMMISSIONER),
    (Action::Publish, PUBLISHER),
    (Action::Withdraw, PUBLISHER),
];

/// The office's records that a partner agency keeps up: actions.
pub const OFFICE_WITH_ASSIGNED: Rules = &[
    (Action::Read, READ_ASSIGNED),
    (Action::Create, EDITOR),
    (Action::Edit, EDITOR_AND_ASSIGNED),
    (Action::Submit, EDITOR),
    (Action::Return, RETURNERS),
    (Action::Approve, COMMISSIONER),
    (Action::Publish, PUBLISHER),
    (Action::Withdraw, PUBLISHER),
];

/// What the office says of its own pledges: the commissioner, whose they are, has no part in it.
pub const OFFICE_RATING: Rules = &[
    (Action::Read, READ_CONTENT),
    (Action::Create, EDITOR),
    (Action::Edit, EDITOR),
    (Action::Submit, EDITOR),
    (Action::Return, PUBLISHER),
    (Action::Publish, PUBLISHER),
    (Action::Withdraw, PUBLISHER),
];

/// The Panel's own records: its readings of pledges. The office reads them when everyone does.
pub const PANEL: Rules = &[
    (Action::Read, READ_PANEL),
    (Action::Create, PANEL_OFFICER),
    (Action::Edit, PANEL_OFFICER),
    (Action::Submit, PANEL_OFFICER),
    (Action::Return, PANEL_OFFICER),
    (Action::Publish, PANEL_OFFICER),
    (Action::Withdraw, PANEL_OFFICER),
];

/// Reference data: read by all, written by `admin`, no workflow.
pub const REFERENCE: Rules = &[(Action::Read, READ_PUBLIC), (Action::Create, ADMIN), (Action::Edit, ADMIN)];

/// The rule for an action, if there is one.
pub fn find(rules: Rules, action: Action) -> Option<Rule> {
    rules.iter().find(|(known, _)| *known == action).map(|(_, rule)| *rule)
}

/// The sentence that the document carries: who may call this.
pub fn sentence(rule: Rule) -> String {
    let part = |grant: &Grant| {
        let reach: Vec<_> = grant.reach.iter().map(|reach| reach.name()).collect();
        format!("`{}` ({})", grant.role.name(), reach.join(", "))
    };
    format!("May be called by: {}.", rule.iter().map(part).collect::<Vec<_>>().join("; "))
}
