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
    /// The working version while it is shared with the Panel and not yet public, in the actor's body.
    PanelShared,
    /// The working version of what the actor's organisation owns; and of what it provides or receives, once that is
    /// handed in, in the actor's body. A draft of the office is the office's: a charity must not learn from one that it will
    /// have an award or lose a contract.
    OwnOrganisation,
    /// The working version of what is shared with the Panel and is about the area of the actor's organisation, in the
    /// actor's body.
    OwnArea,
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
            Reach::PanelShared => "panel_shared",
            Reach::OwnOrganisation => "own_organisation",
            Reach::OwnArea => "own_area",
            Reach::Assigned => "assigned",
            Reach::Submitted => "submitted",
            Reach::All => "all",
        }
    }

    /// All of them, from the narrowest to what a whole office sees.
    pub const EVERY: &'static [Reach] = &[
        Reach::Published,
        Reach::PanelShared,
        Reach::OwnOrganisation,
        Reach::OwnArea,
        Reach::Assigned,
        Reach::Submitted,
        Reach::All,
    ];

    /// Its letter in the matrix that people read.
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

    /// Which records it is, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Reach::Published => "what is published",
            Reach::PanelShared => "what is shared with the Panel",
            Reach::OwnOrganisation => "what is their own organisation's",
            Reach::OwnArea => "what is about their own area and shared",
            Reach::Assigned => "what is assigned to their organisation",
            Reach::Submitted => "what is handed in",
            Reach::All => "everything of their policing body",
        }
    }

    /// What it means, for those who read the matrix.
    pub fn meaning(self) -> &'static str {
        match self {
            Reach::Published => {
                "The version that is public now, of any policing body; and every version that has been public, as it was then."
            }
            Reach::PanelShared => {
                "The working version of what the office has shared with the Panel, from then until it is public. An edit or a return takes it away again."
            }
            Reach::OwnOrganisation => {
                "The working version of what the organisation owns; and of the services that it provides and the awards that it receives, from when they are handed in until they are public."
            }
            Reach::OwnArea => {
                "The working version of what is about the area of the organisation, while it is shared with the Panel and not yet public."
            }
            Reach::Assigned => {
                "The working version of what is assigned to the organisation, drafts too. It can change the members that report progress, and no others, and not while the office has it in hand."
            }
            Reach::Submitted => {
                "The working version of what has been handed in, until it is public. A draft that was not handed in is not shown."
            }
            Reach::All => "The working version of every record of that kind, drafts too.",
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
    /// Show it to the Police and Crime Panel before it is public.
    Share,
    /// Make it public, now or later.
    Publish,
    /// Take it back.
    Withdraw,
    /// Destroy its content, in an emergency.
    Redact,
}

impl Action {
    /// All of them, in the order of a record's life.
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

    /// Its letters in the matrix that people read.
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

    /// What is done, in words.
    pub fn words(self) -> &'static str {
        match self {
            Action::Read => "list and read, with the history and what it is linked with",
            Action::Create => "create",
            Action::Edit => "update the working version",
            Action::Submit => "submit (hand in)",
            Action::Return => "hand back with a reason, or cancel a publication that has not come",
            Action::Approve => "approve",
            Action::Share => "share with the Panel before it is public",
            Action::Publish => "publish, now or at a minute to come",
            Action::Withdraw => "withdraw for good, with a reason",
            Action::Redact => "redact in an emergency: destroy the content",
        }
    }
}

const fn grant(role: Role, reach: &'static [Reach]) -> Grant {
    Grant { role, reach }
}

const PUBLISHED: &[Reach] = &[Reach::Published];
const ALL: &[Reach] = &[Reach::All];
const OWN: &[Reach] = &[Reach::OwnOrganisation];
const ASSIGNED: &[Reach] = &[Reach::Assigned];

/// Who reads more of a kind than what is published. Everyone reads that.
#[derive(Clone, Copy)]
struct Readers {
    partner_reader: &'static [Reach],
    partner_writer: &'static [Reach],
    force_analyst: &'static [Reach],
    force_officer: &'static [Reach],
    panel_member: &'static [Reach],
    panel_officer: &'static [Reach],
    auditor: &'static [Reach],
    office: &'static [Reach],
    data_protection: &'static [Reach],
}

/// Nobody reads more.
const NOBODY: Readers = Readers {
    partner_reader: PUBLISHED,
    partner_writer: PUBLISHED,
    force_analyst: PUBLISHED,
    force_officer: PUBLISHED,
    panel_member: PUBLISHED,
    panel_officer: PUBLISHED,
    auditor: PUBLISHED,
    office: PUBLISHED,
    data_protection: PUBLISHED,
};

/// The office's own records: the office its working versions, the Panel what is shared with it, the auditor what was
/// handed in, the data protection officer everything, since anything can hold what has to go.
const CONTENT: Readers = Readers {
    panel_member: &[Reach::Published, Reach::PanelShared],
    panel_officer: &[Reach::Published, Reach::PanelShared],
    auditor: &[Reach::Published, Reach::Submitted],
    office: &[Reach::Published, Reach::All],
    data_protection: &[Reach::Published, Reach::All],
    ..NOBODY
};

const fn reads(who: Readers) -> [Grant; Role::ALL.len()] {
    [
        grant(Role::Public, PUBLISHED),
        grant(Role::OpenData, PUBLISHED),
        grant(Role::PartnerReader, who.partner_reader),
        grant(Role::PartnerWriter, who.partner_writer),
        grant(Role::ForceAnalyst, who.force_analyst),
        grant(Role::ForceOfficer, who.force_officer),
        grant(Role::PanelMember, who.panel_member),
        grant(Role::PanelOfficer, who.panel_officer),
        grant(Role::Auditor, who.auditor),
        grant(Role::Editor, who.office),
        grant(Role::Publisher, who.office),
        grant(Role::Commissioner, who.office),
        grant(Role::FinanceOfficer, PUBLISHED),
        grant(Role::DataProtection, who.data_protection),
        grant(Role::Admin, PUBLISHED),
    ]
}

const READ_CONTENT: Rule = &reads(CONTENT);

/// The Panel's own: its clerk the working versions, its members what the clerk has shared with them, the auditor what
/// was handed in; the office what is published.
const READ_PANEL: Rule =
    &reads(Readers { panel_officer: &[Reach::Published, Reach::All], office: PUBLISHED, ..CONTENT });

/// The office's, and an organisation the working version of what is assigned to it.
const READ_ASSIGNED: Rule = &reads(Readers {
    partner_writer: &[Reach::Published, Reach::Assigned],
    force_officer: &[Reach::Published, Reach::Assigned],
    ..CONTENT
});

/// The office's, and a partner its own services and awards before they are public.
const READ_OWN: Rule = &reads(Readers {
    partner_reader: &[Reach::Published, Reach::OwnOrganisation],
    partner_writer: &[Reach::Published, Reach::OwnOrganisation],
    ..CONTENT
});

/// The office's, and the force's analyst, who has to know what is going to be measured.
const READ_MEASURES: Rule = &reads(Readers { force_analyst: &[Reach::Published, Reach::All], ..CONTENT });

/// The office's, and whoever hands figures in what their own organisation has drafted.
const READ_RELEASES: Rule = &reads(Readers {
    partner_writer: &[Reach::Published, Reach::OwnOrganisation],
    force_analyst: &[Reach::Published, Reach::OwnOrganisation],
    ..CONTENT
});

/// What any of these shows: for what shows each kind by that kind's own rule.
const READ_ANY: Rule = &reads(Readers {
    partner_reader: &[Reach::Published, Reach::OwnOrganisation],
    partner_writer: &[Reach::Published, Reach::OwnOrganisation, Reach::Assigned],
    force_analyst: &[Reach::Published, Reach::All],
    force_officer: &[Reach::Published, Reach::Assigned],
    ..CONTENT
});

/// Everyone alike.
pub const READ_PUBLIC: Rule = &reads(NOBODY);

/// The change feed shows each what the kinds' own rules show.
pub const READ_CHANGES: Rule = READ_ANY;

/// So does the search.
pub const READ_SEARCH: Rule = READ_CHANGES;

const EDITOR: Rule = &[grant(Role::Editor, ALL)];
const EDITOR_AND_ASSIGNED: Rule =
    &[grant(Role::Editor, ALL), grant(Role::PartnerWriter, ASSIGNED), grant(Role::ForceOfficer, ASSIGNED)];
const EDITOR_AND_ANALYST: Rule = &[grant(Role::Editor, ALL), grant(Role::ForceAnalyst, OWN)];
const EDITOR_PARTNER_AND_ANALYST: Rule =
    &[grant(Role::Editor, ALL), grant(Role::PartnerWriter, OWN), grant(Role::ForceAnalyst, OWN)];
const PUBLISHER: Rule = &[grant(Role::Publisher, ALL)];
const COMMISSIONER: Rule = &[grant(Role::Commissioner, ALL)];
const RETURNERS: Rule = &[grant(Role::Publisher, ALL), grant(Role::Commissioner, ALL)];
const PANEL_OFFICER: Rule = &[grant(Role::PanelOfficer, ALL)];
const DATA_PROTECTION: Rule = &[grant(Role::DataProtection, ALL)];
const ADMIN: Rule = &[grant(Role::Admin, PUBLISHED)];

/// Who sees what was redacted: who redacts, who looks at it again, the office and its auditors; each of the kinds whose
/// working versions are theirs to read.
pub const READ_REDACTIONS: Rule = &[
    grant(Role::PanelOfficer, ALL),
    grant(Role::Auditor, ALL),
    grant(Role::Editor, ALL),
    grant(Role::Publisher, ALL),
    grant(Role::Commissioner, ALL),
    grant(Role::DataProtection, ALL),
];

/// Who looks at a redaction again: of the office's records the commissioner, of the Panel's its clerk.
pub const REVIEW_REDACTION: Rule =
    &[grant(Role::PanelOfficer, ALL), grant(Role::Commissioner, ALL), grant(Role::DataProtection, ALL)];

/// What `admin` alone does: people, clients, keys.
pub const ADMINISTER: Rule = ADMIN;

/// Who belongs to an organisation: what concerns a member alone.
pub const MEMBERS: Rule = &[
    grant(Role::PartnerReader, PUBLISHED),
    grant(Role::PartnerWriter, PUBLISHED),
    grant(Role::ForceAnalyst, PUBLISHED),
    grant(Role::ForceOfficer, PUBLISHED),
    grant(Role::PanelMember, PUBLISHED),
    grant(Role::PanelOfficer, PUBLISHED),
    grant(Role::Auditor, PUBLISHED),
    grant(Role::Editor, PUBLISHED),
    grant(Role::Publisher, PUBLISHED),
    grant(Role::Commissioner, PUBLISHED),
    grant(Role::FinanceOfficer, PUBLISHED),
    grant(Role::DataProtection, PUBLISHED),
    grant(Role::Admin, PUBLISHED),
];

/// Who reads the audit trail: four roles that of their body, every other member what they did themselves.
pub const READ_AUDIT: Rule = &[
    grant(Role::PartnerReader, PUBLISHED),
    grant(Role::PartnerWriter, PUBLISHED),
    grant(Role::ForceAnalyst, PUBLISHED),
    grant(Role::ForceOfficer, PUBLISHED),
    grant(Role::PanelMember, PUBLISHED),
    grant(Role::PanelOfficer, PUBLISHED),
    grant(Role::Auditor, ALL),
    grant(Role::Editor, PUBLISHED),
    grant(Role::Publisher, ALL),
    grant(Role::Commissioner, ALL),
    grant(Role::FinanceOfficer, PUBLISHED),
    grant(Role::DataProtection, PUBLISHED),
    grant(Role::Admin, PUBLISHED),
];

/// Who may import: those who make records, of the kinds that they make.
pub const IMPORT: Rule = &[grant(Role::Editor, ALL), grant(Role::Admin, PUBLISHED)];

/// The rules of a kind: those of its actions. What is not listed is refused.
pub type Rules = &'static [(Action, Rule)];

const fn office(read: Rule, write: Rule, edit: Rule) -> [(Action, Rule); 10] {
    [
        (Action::Read, read),
        (Action::Create, write),
        (Action::Edit, edit),
        (Action::Submit, write),
        (Action::Return, RETURNERS),
        (Action::Approve, COMMISSIONER),
        (Action::Share, PUBLISHER),
        (Action::Publish, PUBLISHER),
        (Action::Withdraw, PUBLISHER),
        (Action::Redact, DATA_PROTECTION),
    ]
}

/// The office's own records: plans, priorities, objectives, pledges, funds.
pub const OFFICE: Rules = &office(READ_CONTENT, EDITOR, EDITOR);

/// The office's records that a partner agency or the force keeps up: actions.
pub const OFFICE_WITH_ASSIGNED: Rules = &office(READ_ASSIGNED, EDITOR, EDITOR_AND_ASSIGNED);

/// The office's records of what a partner provides or receives: services, grants.
pub const OFFICE_WITH_OWN: Rules = &office(READ_OWN, EDITOR, EDITOR);

/// The office's records that the force's analyst drafts too: indicators.
pub const OFFICE_WITH_ANALYST: Rules = &office(READ_MEASURES, EDITOR_AND_ANALYST, EDITOR_AND_ANALYST);

/// Figures, which a partner agency or the force's analyst hands in for their own organisation, too: releases.
pub const OFFICE_WITH_FIGURES: Rules =
    &office(READ_RELEASES, EDITOR_PARTNER_AND_ANALYST, EDITOR_PARTNER_AND_ANALYST);

/// What the office says of its own pledges: the commissioner, whose they are, has no part in it.
pub const OFFICE_RATING: Rules = &[
    (Action::Read, READ_CONTENT),
    (Action::Create, EDITOR),
    (Action::Edit, EDITOR),
    (Action::Submit, EDITOR),
    (Action::Return, PUBLISHER),
    (Action::Share, PUBLISHER),
    (Action::Publish, PUBLISHER),
    (Action::Withdraw, PUBLISHER),
    (Action::Redact, DATA_PROTECTION),
];

/// The Panel's own records: its readings of pledges. The office reads them when everyone does.
pub const PANEL: Rules = &[
    (Action::Read, READ_PANEL),
    (Action::Create, PANEL_OFFICER),
    (Action::Edit, PANEL_OFFICER),
    (Action::Submit, PANEL_OFFICER),
    (Action::Return, PANEL_OFFICER),
    (Action::Share, PANEL_OFFICER),
    (Action::Publish, PANEL_OFFICER),
    (Action::Withdraw, PANEL_OFFICER),
    (Action::Redact, DATA_PROTECTION),
];

/// Reference data: read by all, written by `admin`, no workflow.
pub const REFERENCE: Rules = &[(Action::Read, READ_PUBLIC), (Action::Create, ADMIN), (Action::Edit, ADMIN)];

/// The rule for an action, if there is one.
pub fn find(rules: Rules, action: Action) -> Option<Rule> {
    rules.iter().find(|(known, _)| *known == action).map(|(_, rule)| *rule)
}

/// Where one person is not enough, in words. The checks stand in the transactions that do these deeds.
pub const TWO_PAIRS_OF_EYES: &[&str] = &[
    "Whoever has written in a version, or handed it in, since the last publication neither shares nor publishes it.",
    "Whoever published a version does not withdraw the record; another publisher does.",
    "An approval is of exactly one version, by the role that the kind asks for; after an edit it is given anew.",
    "Whoever redacted does not review it; the commissioner (of the Panel's records its officer) or another data protection officer does, in a day.",
    "The commissioner, whose pledges they are, writes no assessment of them, whatever other roles they hold.",
    "The office cannot write, delay, publish or withdraw what the Panel owns, nor the Panel what the office owns.",
];

/// The sentence that the document and the matrix carry: who may call this, and what of.
pub fn sentence(rule: Rule) -> String {
    let everyone = Role::ALL
        .iter()
        .all(|role| rule.iter().any(|grant| grant.role == *role && grant.reach.contains(&Reach::Published)));
    let members = Role::ALL.iter().filter(|role| role.needs_membership());
    if rule.iter().all(|grant| grant.reach == PUBLISHED && grant.role.needs_membership())
        && members.clone().all(|role| rule.iter().any(|grant| grant.role == *role))
    {
        return "May be called by: whoever belongs to an organisation, in any role.".to_owned();
    }
    let mut parts: Vec<(Vec<&'static str>, Vec<Reach>)> = vec![];
    for grant in rule {
        let reach: Vec<Reach> =
            grant.reach.iter().copied().filter(|reach| !everyone || *reach != Reach::Published).collect();
        if reach.is_empty() {
            continue;
        }
        match parts.iter_mut().find(|(_, known)| *known == reach) {
            Some((roles, _)) => roles.push(grant.role.name()),
            None => parts.push((vec![grant.role.name()], reach)),
        }
    }
    let told = parts.iter().map(|(roles, reach)| {
        let roles: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
        let reach: Vec<&str> = reach.iter().map(|reach| reach.words()).collect();
        match everyone {
            true => format!("{} (also {})", roles.join(", "), reach.join(", ")),
            // Of what all can see there is no slice to tell of.
            false if reach == [Reach::Published.words()] => roles.join(", "),
            false => format!("{} ({})", roles.join(", "), reach.join(", ")),
        }
    });
    let anyone = everyone.then(|| format!("anyone ({})", Reach::Published.words()));
    format!("May be called by: {}.", anyone.into_iter().chain(told).collect::<Vec<_>>().join("; "))
}
