//! At the gate: which verifier an access token goes to.
//!
//! The token's own word for its issuer only chooses the verifier. Each verifier then holds it against what it knows
//! of that issuer, so a word that is not true ends there.

use super::actor::Actor;
use super::oidc::Oidc;
use super::token::Tokens;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::store::Db;

/// The longest token that is looked at, in bytes.
pub const LONGEST: usize = 8_192;

/// Who holds this token, if it is good now: one of ours, or one of a provider that is configured.
pub fn verify(tokens: &Tokens, oidc: &Oidc, token: &str, db: &Db, now: Ts) -> Result<Actor, Problem> {
    match oidc.provider_of(token) {
        Some(provider) => provider.verify(token, db, now),
        None => tokens.verify(token, db, now),
    }
}
