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

/// Who holds this token, if it is good now: one of ours, or one of a provider that is configured; with it, whether they
/// come with a provider's token for the first time. Who comes with ours has signed in here, where that was put on record.
pub fn verify(tokens: &Tokens, oidc: &Oidc, token: &str, db: &Db, now: Ts) -> Result<(Actor, bool), Problem> {
    match oidc.provider_of(token) {
        Some(provider) => {
            let actor = provider.verify(token, db, now)?;
            Ok((actor, oidc.is_first_use(token)))
        }
        None => Ok((tokens.verify(token, db, now)?, false)),
    }
}
