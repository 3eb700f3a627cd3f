//! Credentials of machines, for administrators: the clients of a body, their secrets, and API keys for open data.
//!
//! A secret is shown once, in the response that creates it, and only a hash of it is stored. So none of these operations
//! accepts an `Idempotency-Key`.

mod api_keys;
mod clients;
mod dto;
mod inputs;
mod replies;

use crate::http::operation::Operation;

pub use dto::{ApiKey, Client, ClientSecret, NewApiKey};

/// The operations of clients and API keys.
pub fn operations() -> Vec<Operation> {
    let mut all = clients::operations();
    all.extend(api_keys::operations());
    all
}
