//! Who is asking.

use super::reach::Reach;
use super::role::Role;
use super::rule::Rule;
use crate::clock::Id;

/// An organisation or a body, by id and by the reference that people use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: Id,
    /// Its reference.
    pub reference: String,
}

/// The one who asks, as verified: nothing here comes from the request's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The client (later: the person); `None` for the public.
    pub subject: Option<String>,
    /// The roles held. `public` for who has no credential.
    pub roles: Vec<Role>,
    /// The policing body that every reach ends at.
    pub body: Option<Named>,
    /// The organisation whose slice this is.
    pub organisation: Option<Named>,
    /// Whether the client stands for a person (the demo's only).
    pub stands_for_person: bool,
}

impl Actor {
    /// Anyone, without a credential.
    pub fn public() -> Actor {
        Actor {
            subject: None,
            roles: vec![Role::Public],
            body: None,
            organisation: None,
            stands_for_person: false,
        }
    }

    /// True without a credential.
    pub fn is_anonymous(&self) -> bool {
        self.subject.is_none()
    }

    /// True for who sees what everyone sees: without a credential, or with a key for open data.
    pub fn is_public(&self) -> bool {
        self.roles.iter().all(|role| matches!(role, Role::Public | Role::OpenData))
    }

    /// True if the actor holds the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// What the actor reaches under this rule: the union over its roles; empty when none is listed.
    pub fn reach(&self, rule: Rule) -> Vec<Reach> {
        let mut reach: Vec<Reach> = rule
            .iter()
            .filter(|grant| self.has(grant.role))
            .flat_map(|grant| grant.reach.iter().copied())
            .collect();
        reach.sort_unstable();
        reach.dedup();
        reach
    }

    /// How the record names who did something.
    pub fn name(&self) -> &str {
        self.subject.as_deref().unwrap_or("anonymous")
    }
}
