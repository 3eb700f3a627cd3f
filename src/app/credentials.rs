//! Who the caller is: by an access token, by an API key, or the public.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::blocking::block;
use crate::access::{Actor, api_key, audit, guard, token};
use crate::clock::Ts;
use crate::http::State;
use crate::problem::Problem;

/// The header of an API key.
pub const API_KEY: &str = "x-api-key";

/// Whether a request carries a credential, valid or not.
pub fn present(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key(API_KEY)
}

/// The caller of a request. An invalid credential is refused even where none is needed.
pub async fn actor(state: &Arc<State>, headers: &HeaderMap, now: Ts) -> Result<Actor, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let repeated = repeated(headers);
    if headers.contains_key(API_KEY) && repeated.is_none_or(|text| api_key::id_in(text).is_some()) {
        return match values.next() {
            Some(_) if repeated.is_none() => {
                Err(token::invalid_key("Send an API key or an access token, not both."))
            }
            _ => actor_of_key(state, headers).await,
        };
    }
    let Some(value) = values.next() else {
        return Ok(Actor::public());
    };
    if values.next().is_some() {
        return Err(token::invalid("Send one Authorization header."));
    }
    let token = scheme_and_token(value)
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && token.len() <= guard::LONGEST);
    let Some(token) = token.map(|(_, token)| token.to_owned()) else {
        return Err(token::invalid("Send the access token as Authorization: Bearer and the token."));
    };
    guard::prepare(&state.oidc, &token, now).await?;
    let state = state.clone();
    block(move || {
        let (actor, signed_in) = guard::verify(&state.tokens, &state.oidc, &token, &state.db, now)?;
        if signed_in {
            let detail = serde_json::json!({"by": "openid_provider"});
            let actor = actor.clone();
            state.refusals.later(audit::Note { at: now, event: "signed_in", actor, request: None, detail });
        }
        Ok(actor)
    })
    .await
}

/// The credential that is in both headers, a token or a key. Generated clients that are given one credential send it in
/// every way that the document names; it is one credential all the same.
fn repeated(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let mut keys = headers.get_all(API_KEY);
    match (keys.next(), keys.next(), values.next().and_then(scheme_and_token), values.next()) {
        (Some(key), None, Some((_, text)), None) if key.as_bytes() == text.as_bytes() => Some(text),
        _ => None,
    }
}

/// The two parts of an `Authorization` header.
fn scheme_and_token(value: &HeaderValue) -> Option<(&str, &str)> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    Some((scheme, token.trim()))
}

/// The holder of the API key in the headers.
async fn actor_of_key(state: &Arc<State>, headers: &HeaderMap) -> Result<Actor, Problem> {
    let mut values = headers.get_all(API_KEY);
    let text = values.next().and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Some(text) = text.filter(|_| values.next().is_none()) else {
        return Err(token::invalid_key("Send one X-API-Key header."));
    };
    let state = state.clone();
    block(move || state.tokens.verify_key(&text, &state.db)).await
}
