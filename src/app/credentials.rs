//! Who the caller is: by an access token, by an API key, or the public.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::blocking::block;
use crate::access::{Actor, audit, guard, token};
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
    if headers.contains_key(API_KEY) && !repeats_the_token(headers) {
        return match values.next() {
            None => actor_of_key(state, headers).await,
            Some(_) => Err(token::invalid_key("Send an API key or an access token, not both.")),
        };
    }
    let Some(value) = values.next() else {
        return Ok(Actor::public());
    };
    if values.next().is_some() {
        return Err(token::invalid("Send one Authorization header."));
    }
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let Some(token) = token.filter(|token| token.len() <= guard::LONGEST) else {
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

/// Whether the key is the access token once more. Generated clients that are given one credential send it in every way that
/// the document names; it is one credential all the same.
fn repeats_the_token(headers: &HeaderMap) -> bool {
    let token = |header: &HeaderValue| {
        let (_, token) = header.to_str().ok()?.split_once(' ')?;
        Some(token.trim().to_owned())
    };
    let authorization = headers.get(header::AUTHORIZATION).and_then(token);
    let mut keys = headers.get_all(API_KEY);
    match (keys.next(), keys.next(), authorization) {
        (Some(key), None, Some(token)) => key.as_bytes() == token.as_bytes(),
        _ => false,
    }
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
