//! The roles. No role includes another; someone with several roles may do what any of them may.

/// A role of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Anyone, without a credential.
    Public,
    /// The holder of an API key: reads what the public reads, at a higher rate.
    OpenData,
    /// A partner agency that reads its own records.
    PartnerReader,
    /// A partner agency that also writes them.
    PartnerWriter,
    /// The constabulary's analyst: indicators and their observations.
    ForceAnalyst,
    /// The constabulary's officer who reports on what is assigned to the force.
    ForceOfficer,
    /// A member of the Police and Crime Panel.
    PanelMember,
    /// The Panel's clerk: owns the Panel's counter-assessments.
    PanelOfficer,
    /// The joint audit committee: reads everything but unsubmitted drafts, and the audit trail; writes nothing.
    Auditor,
    /// The office: writes its own records.
    Editor,
    /// The office: shares, publishes and withdraws what somebody else wrote.
    Publisher,
    /// The office-holder.
    Commissioner,
    /// The chief finance officer.
    FinanceOfficer,
    /// The data protection officer: redacts in an emergency.
    DataProtection,
    /// The system's administrator: people, clients, keys, reference data; no content.
    Admin,
}

impl Role {
    /// Every role, in the order of the access matrix.
    pub const ALL: &'static [Role] = &[
        Role::Public,
        Role::OpenData,
        Role::PartnerReader,
        Role::PartnerWriter,
        Role::ForceAnalyst,
        Role::ForceOfficer,
        Role::PanelMember,
        Role::PanelOfficer,
        Role::Auditor,
        Role::Editor,
        Role::Publisher,
        Role::Commissioner,
        Role::FinanceOfficer,
        Role::DataProtection,
        Role::Admin,
    ];

    /// The name in tokens, in the matrix and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Role::Public => "public",
            Role::OpenData => "open_data",
            Role::PartnerReader => "partner_reader",
            Role::PartnerWriter => "partner_writer",
            Role::ForceAnalyst => "force_analyst",
            Role::ForceOfficer => "force_officer",
            Role::PanelMember => "panel_member",
            Role::PanelOfficer => "panel_officer",
            Role::Auditor => "auditor",
            Role::Editor => "editor",
            Role::Publisher => "publisher",
            Role::Commissioner => "commissioner",
            Role::FinanceOfficer => "finance_officer",
            Role::DataProtection => "data_protection",
            Role::Admin => "admin",
        }
    }

    /// Who holds the role, for readers of the matrix.
    pub fn who(self) -> &'static str {
        match self {
            Role::Public => "anyone, without a credential",
            Role::OpenData => "the holder of an API key",
            Role::PartnerReader => "a partner agency that reads",
            Role::PartnerWriter => "a partner agency that reads and writes",
            Role::ForceAnalyst => "the constabulary's analyst",
            Role::ForceOfficer => "the constabulary's officer who answers",
            Role::PanelMember => "a member of the Police and Crime Panel",
            Role::PanelOfficer => "the Panel's clerk",
            Role::Auditor => "the joint audit committee",
            Role::Editor => "the office, writing",
            Role::Publisher => "the office, publishing",
            Role::Commissioner => "the office-holder",
            Role::FinanceOfficer => "the chief finance officer",
            Role::DataProtection => "the data protection officer",
            Role::Admin => "the system's administrator",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.iter().copied().find(|role| role.name() == name)
    }

    /// Whether only a person may hold the role. A machine client never does, except in the demo, where it is marked.
    pub fn needs_person(self) -> bool {
        matches!(
            self,
            Role::PanelOfficer
                | Role::Publisher
                | Role::Commissioner
                | Role::FinanceOfficer
                | Role::DataProtection
                | Role::Admin
        )
    }

    /// The kinds of organisation whose members may hold the role; none where the kind does not matter. Only members of an
    /// office write, publish and administer its record, only members of a Panel speak for it.
    pub fn organisation_kinds(self) -> Option<&'static [&'static str]> {
        match self {
            Role::Public | Role::OpenData | Role::PartnerReader | Role::PartnerWriter => None,
            Role::ForceAnalyst | Role::ForceOfficer => Some(&["police_force"]),
            Role::PanelMember | Role::PanelOfficer => Some(&["police_and_crime_panel"]),
            Role::Auditor => {
                Some(&["audit_committee", "inspectorate", "policing_body_office", "professional_body"])
            }
            Role::Editor
            | Role::Publisher
            | Role::Commissioner
            | Role::FinanceOfficer
            | Role::DataProtection
            | Role::Admin => Some(&["policing_body_office"]),
        }
    }

    /// Why a member of an organisation of that kind cannot hold the role, if so.
    pub fn unfit_for(self, organisation_kind: &str) -> Option<String> {
        let kinds = self.organisation_kinds().filter(|kinds| !kinds.contains(&organisation_kind))?;
        Some(format!(
            "`{}` is a role of members of an organisation of the kind {}; this one is of the kind `{organisation_kind}`.",
            self.name(),
            kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(" or ")
        ))
    }

    /// Whether only a member of an organisation may hold the role: not the public, nor the holder of an API key.
    pub fn needs_membership(self) -> bool {
        !matches!(self, Role::Public | Role::OpenData)
    }
}
