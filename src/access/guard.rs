//! Chooses who verifies an access token: we ourselves, or the OpenID provider that it names.
//!
//! The issuer in a token only chooses the verifier. The verifier then checks the issuer, so a false one is refused there.

use super::actor::Actor;
use super::oidc::Oidc;
use super::token::Tokens;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::store::Db;

/// The longest token that is parsed, in bytes.
pub const LONGEST: usize = 8_192;

/// Has the keys fetched that [`verify`] needs: of the provider that the token names, if one is configured.
pub async fn prepare(oidc: &Oidc, token: &str, now: Ts) -> Result<(), Problem> {
    match oidc.provider_of(token) {
        Some(provider) => provider.prepare(token, now).await,
        None => Ok(()),
    }
}

/// As whom the token's holder acts, if the token is ours or a configured provider's, and valid now. Also whether this is
/// the first use of a provider's token, which is noted as a sign-in; our own tokens come from a sign-in that was noted.
pub fn verify(tokens: &Tokens, oidc: &Oidc, token: &str, db: &Db, now: Ts) -> Result<(Actor, bool), Problem> {
    match oidc.provider_of(token) {
        Some(provider) => {
            let actor = provider.verify(token, db, now)?;
            Ok((actor, oidc.is_first_use(token)))
        }
        None => Ok((tokens.verify(token, db, now)?, false)),
    }
}
