//! Who may see and do what: roles, the rule table, the actor of a request, its token.
//!
//! Nothing is allowed that no rule allows. A rule names, for one operation, the roles that may call it and
//! the reach of each; [`crate::record::visible`] turns a reach into the one database filter.

pub mod actor;
pub mod api_key;
pub mod audit;
pub mod challenge;
pub mod client;
pub mod guard;
pub mod jwt;
pub mod keys;
pub mod membership;
pub mod oidc;
pub mod password;
pub mod person;
pub mod reach;
pub mod role;
pub mod rule;
pub mod rule_words;
pub mod secret;
pub mod token;
pub mod who;

pub use actor::Actor;
pub use reach::{Action, Reach};
pub use role::Role;
pub use rule::{Grant, Rule};
pub use who::Who;
