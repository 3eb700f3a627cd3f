//! Roles. They are sets, not ranks: none contains another, and one actor can hold several.

/// What an actor may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Anyone, without a credential.
    Public,
    /// The office: drafts, edits, submits.
    Editor,
    /// The office: publishes, returns, withdraws what others wrote.
    Publisher,
    /// The office-holder: approves.
    Commissioner,
    /// A partner agency: updates the actions assigned to it.
    PartnerWriter,
    /// A member of the Police and Crime Panel; reads as the public until sharing with the Panel is built.
    PanelMember,
    /// The Panel's clerk: owns the Panel's readings.
    PanelOfficer,
    /// The joint audit committee: reads everything but unsubmitted drafts, writes nothing.
    Auditor,
    /// The system's administrator: reference data, no content.
    Admin,
}

impl Role {
    /// All of them, in the order of the access matrix.
    pub const ALL: &'static [Role] = &[
        Role::Public,
        Role::Editor,
        Role::Publisher,
        Role::Commissioner,
        Role::PartnerWriter,
        Role::PanelMember,
        Role::PanelOfficer,
        Role::Auditor,
        Role::Admin,
    ];

    /// Its name in tokens, in the matrix and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Role::Public => "public",
            Role::Editor => "editor",
            Role::Publisher => "publisher",
            Role::Commissioner => "commissioner",
            Role::PartnerWriter => "partner_writer",
            Role::PanelMember => "panel_member",
            Role::PanelOfficer => "panel_officer",
            Role::Auditor => "auditor",
            Role::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.iter().copied().find(|role| role.name() == name)
    }

    /// Whether only a person may hold it: a machine client never does, but for the demo's, which are marked.
    pub fn needs_person(self) -> bool {
        matches!(self, Role::Publisher | Role::Commissioner | Role::PanelOfficer | Role::Admin)
    }
}
