//! The actor of a request.

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

/// Who makes a request, as verified: nothing here is taken from the request's own statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The client, the person or the API key; `None` for the public.
    pub subject: Option<String>,
    /// `public` without a credential.
    pub roles: Vec<Role>,
    /// The policing body. Every reach but [`Reach::Published`] is limited to it.
    pub body: Option<Named>,
    /// The organisation, for the reaches that depend on one.
    pub organisation: Option<Named>,
    /// Whether the client stands for a person, as only the demo's do.
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

    /// The server itself, which does what becomes due. It has no role.
    pub fn clock() -> Actor {
        Actor { subject: Some("clock".to_owned()), ..Actor::public() }
    }

    /// True without a credential.
    pub fn is_anonymous(&self) -> bool {
        self.subject.is_none()
    }

    /// True for an actor who sees what everyone sees: without a credential, or with an API key for open data.
    pub fn is_public(&self) -> bool {
        self.roles.iter().all(|role| matches!(role, Role::Public | Role::OpenData))
    }

    /// True if the actor holds the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// What the actor reaches under this rule: the union over the actor's roles; empty if the rule lists none of them.
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

    /// The actor's name on record.
    pub fn name(&self) -> &str {
        self.subject.as_deref().unwrap_or("anonymous")
    }
}
