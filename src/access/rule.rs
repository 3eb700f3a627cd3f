//! The rule table: operation × role → reach.
//!
//! The same table decides, is printed into the OpenAPI document (`x-access` and a sentence), and is swept by the tests.

use super::reach::{Action, Reach};
use super::role::Role;

/// One role in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The records that it reaches: the union of these.
    pub reach: &'static [Reach],
}

/// Who may call an operation. A role that is not listed may not.
pub type Rule = &'static [Grant];

const fn grant(role: Role, reach: &'static [Reach]) -> Grant {
    Grant { role, reach }
}

const PUBLISHED: &[Reach] = &[Reach::Published];
const ALL: &[Reach] = &[Reach::All];
const OWN: &[Reach] = &[Reach::OwnOrganisation];
const ASSIGNED: &[Reach] = &[Reach::Assigned];

/// What each role reads of a kind. Every role reads what is published.
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

/// Every role reads only what is published.
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

/// The office's own records: the office reads the working versions, the Panel what is shared with it, the auditor what
/// is submitted, the data protection officer everything, since any record can hold what must be redacted.
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

/// The Panel's own records: its clerk reads the working versions, its members what the clerk has shared with them, the
/// auditor what is submitted, the office what is published.
const READ_PANEL: Rule =
    &reads(Readers { panel_officer: &[Reach::Published, Reach::All], office: PUBLISHED, ..CONTENT });

/// The office's records; an organisation also reads the working version of what is assigned to it.
const READ_ASSIGNED: Rule = &reads(Readers {
    partner_writer: &[Reach::Published, Reach::Assigned],
    force_officer: &[Reach::Published, Reach::Assigned],
    ..CONTENT
});

/// The office's records; a partner also reads its own services and awards before they are public.
const READ_OWN: Rule = &reads(Readers {
    partner_reader: &[Reach::Published, Reach::OwnOrganisation],
    partner_writer: &[Reach::Published, Reach::OwnOrganisation],
    ..CONTENT
});

/// The office's records; the force's analyst also reads the working versions, to know what will be measured.
const READ_MEASURES: Rule = &reads(Readers { force_analyst: &[Reach::Published, Reach::All], ..CONTENT });

/// The office's records; those who submit observations also read what their own organisation has drafted.
const READ_RELEASES: Rule = &reads(Readers {
    partner_writer: &[Reach::Published, Reach::OwnOrganisation],
    force_analyst: &[Reach::Published, Reach::OwnOrganisation],
    ..CONTENT
});

/// Records of which each is the office's or the Panel's: each reads its own working versions, the auditor what is submitted.
const BY_OWNER: Readers = Readers {
    panel_officer: &[Reach::Published, Reach::PanelShared, Reach::OwnOrganisation],
    office: &[Reach::Published, Reach::OwnOrganisation],
    ..CONTENT
};

const READ_OWNERS: Rule = &reads(BY_OWNER);
/// As [`READ_OWNERS`]; an organisation also reads the working version of what is assigned to it, the office too.
const READ_OWNERS_ASSIGNED: Rule = &reads(Readers {
    partner_writer: &[Reach::Published, Reach::Assigned],
    force_officer: &[Reach::Published, Reach::Assigned],
    office: &[Reach::Published, Reach::OwnOrganisation, Reach::Assigned],
    ..BY_OWNER
});

/// The office's records about places; a partner also reads those about its own area, once they are shared.
const READ_AREA: Rule = &reads(Readers {
    partner_reader: &[Reach::Published, Reach::OwnArea],
    partner_writer: &[Reach::Published, Reach::OwnArea],
    ..CONTENT
});

/// The union of the kinds' read rules, for operations that show each kind by its own rule.
const READ_ANY: Rule = &reads(Readers {
    partner_reader: &[Reach::Published, Reach::OwnOrganisation, Reach::OwnArea],
    partner_writer: &[Reach::Published, Reach::OwnOrganisation, Reach::OwnArea, Reach::Assigned],
    force_analyst: &[Reach::Published, Reach::All],
    force_officer: &[Reach::Published, Reach::Assigned],
    panel_officer: &[Reach::Published, Reach::PanelShared, Reach::OwnOrganisation],
    ..CONTENT
});

/// Open to everyone.
pub const READ_PUBLIC: Rule = &reads(NOBODY);

/// The change feed: it shows each actor what the kinds' own rules show.
pub const READ_CHANGES: Rule = READ_ANY;

/// The search: it shows the same records as the change feed.
pub const READ_SEARCH: Rule = READ_CHANGES;

const EDITOR: Rule = &[grant(Role::Editor, ALL)];
const EDITOR_AND_ASSIGNED: Rule =
    &[grant(Role::Editor, ALL), grant(Role::PartnerWriter, ASSIGNED), grant(Role::ForceOfficer, ASSIGNED)];
const EDITOR_AND_ANALYST: Rule = &[grant(Role::Editor, ALL), grant(Role::ForceAnalyst, OWN)];
const EDITOR_PARTNER_AND_ANALYST: Rule =
    &[grant(Role::Editor, ALL), grant(Role::PartnerWriter, OWN), grant(Role::ForceAnalyst, OWN)];
const OWN_WRITERS: Rule = &[grant(Role::Editor, OWN), grant(Role::PanelOfficer, OWN)];
const OWN_WRITERS_AND_ASSIGNED: Rule = &[
    grant(Role::Editor, &[Reach::OwnOrganisation, Reach::Assigned]),
    grant(Role::PanelOfficer, OWN),
    grant(Role::PartnerWriter, ASSIGNED),
    grant(Role::ForceOfficer, ASSIGNED),
];
const OWN_PUBLISHERS: Rule = &[grant(Role::Publisher, OWN), grant(Role::PanelOfficer, OWN)];
const PUBLISHER: Rule = &[grant(Role::Publisher, ALL)];
const COMMISSIONER: Rule = &[grant(Role::Commissioner, ALL)];
const RETURNERS: Rule = &[grant(Role::Publisher, ALL), grant(Role::Commissioner, ALL)];
const PANEL_OFFICER: Rule = &[grant(Role::PanelOfficer, ALL)];
const DATA_PROTECTION: Rule = &[grant(Role::DataProtection, ALL)];
const ADMIN: Rule = &[grant(Role::Admin, PUBLISHED)];

/// Who lists redactions: those who redact, those who review, the office and its auditors; each sees the kinds whose
/// working versions they read.
pub const READ_REDACTIONS: Rule = &[
    grant(Role::PanelOfficer, ALL),
    grant(Role::Auditor, ALL),
    grant(Role::Editor, ALL),
    grant(Role::Publisher, ALL),
    grant(Role::Commissioner, ALL),
    grant(Role::DataProtection, ALL),
];

/// Who reviews a redaction: the commissioner for the office's records, the Panel's clerk for the Panel's.
pub const REVIEW_REDACTION: Rule =
    &[grant(Role::PanelOfficer, ALL), grant(Role::Commissioner, ALL), grant(Role::DataProtection, ALL)];

/// Who decides on what residents have put: each office on what was put to its own meetings.
pub const MODERATE: Rule = OWN_WRITERS;

/// Who reads what residents have put, before it is on record.
pub const READ_INBOX: Rule =
    &[grant(Role::Editor, OWN), grant(Role::PanelOfficer, OWN), grant(Role::Auditor, ALL)];

/// What only `admin` does: people, clients, keys.
pub const ADMINISTER: Rule = ADMIN;

/// Open to every member of an organisation.
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

/// Who reads the audit trail: three roles that of their body, every other member their own entries.
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

/// Who learns the names of the people behind what is done in their body; others learn role and organisation.
pub const READ_NAMES: Rule = &[
    grant(Role::Auditor, ALL),
    grant(Role::Editor, ALL),
    grant(Role::Publisher, ALL),
    grant(Role::Commissioner, ALL),
    grant(Role::FinanceOfficer, ALL),
    grant(Role::DataProtection, ALL),
    grant(Role::Admin, ALL),
];

/// Who sees the figures of a release that are hidden or rounded: the office, and the organisation that submitted them.
pub const READ_CONCEALED: Rule = &[
    grant(Role::PartnerWriter, OWN),
    grant(Role::ForceAnalyst, OWN),
    grant(Role::Editor, ALL),
    grant(Role::Publisher, ALL),
    grant(Role::Commissioner, ALL),
];

/// Who may import new records: for the kinds that they create.
pub const IMPORT_NEW: Rule = &[grant(Role::Editor, ALL), grant(Role::Admin, PUBLISHED)];

/// Who may import: those who create records, for the kinds that they create; those who change records, for these.
pub const IMPORT: Rule = &[
    grant(Role::PartnerWriter, &[Reach::OwnOrganisation, Reach::Assigned]),
    grant(Role::ForceAnalyst, OWN),
    grant(Role::ForceOfficer, ASSIGNED),
    grant(Role::PanelOfficer, ALL),
    grant(Role::Editor, ALL),
    grant(Role::Admin, PUBLISHED),
];

/// The rules of a kind, by action. An action that is not listed is refused.
pub type Rules = &'static [(Action, Rule)];

const fn office(read: Rule, write: Rule, edit: Rule, submit: Rule) -> [(Action, Rule); 10] {
    [
        (Action::Read, read),
        (Action::Create, write),
        (Action::Edit, edit),
        (Action::Submit, submit),
        (Action::Return, RETURNERS),
        (Action::Approve, COMMISSIONER),
        (Action::Share, PUBLISHER),
        (Action::Publish, PUBLISHER),
        (Action::Withdraw, PUBLISHER),
        (Action::Redact, DATA_PROTECTION),
    ]
}

/// The office's own records: plans, priorities, objectives, pledges, funds.
pub const OFFICE: Rules = &office(READ_CONTENT, EDITOR, EDITOR, EDITOR);

/// The office's records on which a partner agency or the force reports progress: actions. They submit their own report;
/// the lifecycle refuses to submit anything else with it.
pub const OFFICE_WITH_ASSIGNED: Rules =
    &office(READ_ASSIGNED, EDITOR, EDITOR_AND_ASSIGNED, EDITOR_AND_ASSIGNED);

/// The office's records of what a partner provides or receives: services, grants.
pub const OFFICE_WITH_OWN: Rules = &office(READ_OWN, EDITOR, EDITOR, EDITOR);

/// The office's records about places that a partner agency there also reads once they are shared: threats.
pub const OFFICE_WITH_AREA: Rules = &office(READ_AREA, EDITOR, EDITOR, EDITOR);

/// The office's records that the force's analyst also drafts: indicators.
pub const OFFICE_WITH_ANALYST: Rules =
    &office(READ_MEASURES, EDITOR_AND_ANALYST, EDITOR_AND_ANALYST, EDITOR_AND_ANALYST);

/// Releases, which a partner agency or the force's analyst also submits for their own organisation.
pub const OFFICE_WITH_FIGURES: Rules = &office(
    READ_RELEASES,
    EDITOR_PARTNER_AND_ANALYST,
    EDITOR_PARTNER_AND_ANALYST,
    EDITOR_PARTNER_AND_ANALYST,
);

/// The office's assessments of its pledges. The commissioner made the pledges, and so does not approve or return them.
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

/// The Panel's own records: its counter-assessments of pledges. The office reads them once they are published.
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

const fn owners(read: Rule, edit_and_submit: Rule) -> [(Action, Rule); 9] {
    [
        (Action::Read, read),
        (Action::Create, OWN_WRITERS),
        (Action::Edit, edit_and_submit),
        (Action::Submit, edit_and_submit),
        (Action::Return, OWN_PUBLISHERS),
        (Action::Share, OWN_PUBLISHERS),
        (Action::Publish, OWN_PUBLISHERS),
        (Action::Withdraw, OWN_PUBLISHERS),
        (Action::Redact, DATA_PROTECTION),
    ]
}

/// Records that the office and the Panel each keep for themselves: reports. Neither reads or changes the other's drafts.
pub const OWNERS: Rules = &owners(READ_OWNERS, OWN_WRITERS);

/// Such records on which an agency, the force or, for the Panel's, the office reports: progress. They submit their own
/// report; the lifecycle refuses to submit anything else with it.
pub const OWNERS_WITH_ASSIGNED: Rules = &owners(READ_OWNERS_ASSIGNED, OWN_WRITERS_AND_ASSIGNED);

/// Reference data: read by all, written by `admin`, no workflow.
pub const REFERENCE: Rules = &[(Action::Read, READ_PUBLIC), (Action::Create, ADMIN), (Action::Edit, ADMIN)];

/// The rule for an action, if there is one.
pub fn find(rules: Rules, action: Action) -> Option<Rule> {
    rules.iter().find(|(known, _)| *known == action).map(|(_, rule)| *rule)
}
