//! The vocabulary of the rule table: which records a role reaches, and what can be done with them.

/// Which records a role reaches in an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// What is public now, or was at the requested `as_of`.
    Published,
    /// The working version while it is shared with the Panel and not yet public, in the actor's body.
    PanelShared,
    /// The working version of what the actor's organisation owns. Also of what it provides or receives, from
    /// submission until publication, in the actor's body. A draft stays with the office: it must not tell a
    /// charity that it will receive an award or lose a contract.
    OwnOrganisation,
    /// The working version of what is about the area of the actor's organisation, while it is shared with the
    /// Panel and not yet public, in the actor's body.
    OwnArea,
    /// The working version of what is assigned to the actor's organisation, in the actor's body.
    Assigned,
    /// The working version while it is submitted and not yet public, in the actor's body; otherwise what is
    /// published. The office's representation of a published record is not shown, since a change in it would tell
    /// that a draft has been begun.
    Submitted,
    /// The working version of everything in the actor's body.
    All,
}

impl Reach {
    /// Every reach, from the narrowest to what an office sees.
    pub const EVERY: &'static [Reach] = &[
        Reach::Published,
        Reach::PanelShared,
        Reach::OwnOrganisation,
        Reach::OwnArea,
        Reach::Assigned,
        Reach::Submitted,
        Reach::All,
    ];

    /// The name in `x-access` and in `GET /v1/access`.
    pub fn name(self) -> &'static str {
        match self {
            Reach::Published => "published",
            Reach::PanelShared => "panel_shared",
            Reach::OwnOrganisation => "own_organisation",
            Reach::OwnArea => "own_area",
            Reach::Assigned => "assigned",
            Reach::Submitted => "submitted",
            Reach::All => "all",
        }
    }

    /// The sign in the matrix of docs/access.md.
    pub fn letter(self) -> char {
        match self {
            Reach::Published => 'p',
            Reach::PanelShared => 'n',
            Reach::OwnOrganisation => 'o',
            Reach::OwnArea => 'a',
            Reach::Assigned => 's',
            Reach::Submitted => 'h',
            Reach::All => '*',
        }
    }

    /// The records in a few words, for the sentence of an operation.
    pub fn words(self) -> &'static str {
        match self {
            Reach::Published => "what is published",
            Reach::PanelShared => "what is shared with the Panel",
            Reach::OwnOrganisation => "what is their own organisation's",
            Reach::OwnArea => "what is about their own area and shared",
            Reach::Assigned => "what is assigned to their organisation",
            Reach::Submitted => "what is submitted",
            Reach::All => "everything of their policing body",
        }
    }

    /// The full definition, for readers of the matrix.
    pub fn meaning(self) -> &'static str {
        match self {
            Reach::Published => {
                "The version that is public now, of any policing body; and every version that has been public, as it was then."
            }
            Reach::PanelShared => {
                "The working version of what the office has shared with the Panel, from then until it is public. An edit or a return ends the sharing."
            }
            Reach::OwnOrganisation => {
                "The working version of what the organisation owns. Also the working version of the services that it provides and the awards that it receives, from submission until publication."
            }
            Reach::OwnArea => {
                "The working version of what is about the area of the organisation, while it is shared with the Panel and not yet public."
            }
            Reach::Assigned => {
                "The working version of what is assigned to the organisation, drafts included. The organisation can change the fields that report progress, and no others, and only while the office is not reviewing or publishing it."
            }
            Reach::Submitted => {
                "The working version of what has been submitted, until it is public. A draft that has not been submitted is not shown."
            }
            Reach::All => "The working version of every record of that kind, drafts included.",
        }
    }
}

/// What can be done with a kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// List records, GET one, its versions, its thread.
    Read,
    /// Create a record.
    Create,
    /// Replace or patch the working version.
    Edit,
    /// Submit it for publication.
    Submit,
    /// Return it to its authors.
    Return,
    /// Approve it.
    Approve,
    /// Share it with the Police and Crime Panel before it is public.
    Share,
    /// Publish it, now or later.
    Publish,
    /// Withdraw it.
    Withdraw,
    /// Destroy its content, in an emergency.
    Redact,
}

impl Action {
    /// Every action, in the order of a record's life.
    pub const EVERY: &'static [Action] = &[
        Action::Read,
        Action::Create,
        Action::Edit,
        Action::Submit,
        Action::Return,
        Action::Approve,
        Action::Share,
        Action::Publish,
        Action::Withdraw,
        Action::Redact,
    ];

    /// The letters in the matrix of docs/access.md.
    pub fn letters(self) -> &'static str {
        match self {
            Action::Read => "LR",
            Action::Create => "C",
            Action::Edit => "U",
            Action::Submit => "S",
            Action::Return => "B",
            Action::Approve => "A",
            Action::Share => "N",
            Action::Publish => "P",
            Action::Withdraw => "W",
            Action::Redact => "X",
        }
    }

    /// The action in words, for readers of the matrix.
    pub fn words(self) -> &'static str {
        match self {
            Action::Read => "list and read, with the history and the linked records",
            Action::Create => "create",
            Action::Edit => "update the working version",
            Action::Submit => "submit for publication",
            Action::Return => "return with a reason, or cancel a scheduled publication",
            Action::Approve => "approve",
            Action::Share => "share with the Panel before it is public",
            Action::Publish => "publish, now or at a later minute",
            Action::Withdraw => "withdraw for good, with a reason",
            Action::Redact => "redact in an emergency: destroy the content",
        }
    }
}
