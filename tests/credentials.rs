//! Clients' secrets, keys for open data, the server's own keys, and how fast a revocation is felt.

use std::path::Path;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use diesel::RunQueryDsl;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use onrecord::access::api_key;
use onrecord::access::client::{self, Client};
use onrecord::access::keys::{FILE, Keys, LIFETIME};
use onrecord::access::membership::{self, Holder, NewMembership};
use onrecord::access::secret::{self, NewSecret};
use onrecord::access::token::{CACHED_FOR, Tokens};
use onrecord::access::{Action, Role};
use onrecord::clock::{Clock, Fixed, Ts};
use onrecord::demo;
use onrecord::store::{Conn, Db, Sql, Target, Val};
use serde_json::{Value, json};

use crate::process::{self, Scratch, start_service};
use crate::support::{Answer, START, TestApp, at, until, until_async};

mod administration;
mod keys;
mod secrets;
mod services;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

async fn token_for(app: &TestApp, client: &str, secret: &str) -> Answer {
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    app.request("POST", "/oauth/token").body("application/x-www-form-urlencoded", form).send().await
}

async fn with_key(app: &TestApp, path: &str, key: &str) -> Answer {
    app.request("GET", path).header("x-api-key", key).send().await
}

fn rotate(app: &TestApp, client: &str, hours: i64) -> String {
    let fresh = NewSecret::generate(&app.state.clock).unwrap();
    let now = app.state.clock.now();
    app.write(|conn| assert!(secret::rotate(conn, client, &fresh, hours, now).unwrap()));
    fresh.text
}

fn make_key(app: &TestApp) -> (String, String) {
    let clock = &app.state.clock;
    app.state.db.write(|conn| api_key::create(conn, clock, "test", None, "test")).unwrap()
}
