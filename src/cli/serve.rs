//! `serve` and `demo`: the preparation of a server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use onrecord::access::client::Client;
use onrecord::access::keys::Keys;
use onrecord::access::membership;
use onrecord::access::oidc::Oidc;
use onrecord::clock::Clock;
use onrecord::config::{self, Config, Limits, Rates, Site};
use onrecord::http::{State, StateConfig};
use onrecord::record::redaction;
use onrecord::store::{Db, Target};
use onrecord::{app, demo, resources};

use super::database::{begin_trail, check_database, index_words};
use super::out::{self, say};
use onrecord::config::KEYS_JSON;

/// Serves Derbyshire's record, loaded if the database is empty, with clients to try every role.
pub fn run_demo(
    data: &Path,
    listen: &str,
    database_url: Option<String>,
    no_limits: bool,
    site: Site,
) -> Result<(), String> {
    let listen = config::address("--listen", listen)?;
    std::fs::create_dir_all(data).map_err(|error| format!("{}: {error}", data.display()))?;
    let clock = Clock::system();
    let keys = Keys::load_or_create(data, &clock)?;
    let mut limits = Limits::default();
    if no_limits {
        limits.rates = Rates::OFF;
    }
    let file = data.join("onrecord.sqlite");
    let location = database_url
        .map_or_else(|| Target::Lite(file.to_string_lossy().into_owned()), |url| Target::parse(&url));
    let db = Db::create(location, limits.connections)?;
    demo::run_migrations(&db)?;
    index_words(&db)?;
    begin_trail(&db)?;
    let config = StateConfig {
        public_url: format!("http://{listen}"),
        cors_origins: vec![],
        oidc: Oidc::default(),
        limits,
        site,
    };
    let state = state(db, keys, config);
    let loaded = demo::load(&state).map_err(|problem| problem.detail_or_cause())?;
    let credentials = data.join("demo-credentials.json");
    let known = state
        .db
        .read(|conn| Client::all(conn, state.clock.now()))
        .map_err(|problem| problem.detail_or_cause())?;
    // Never in a database that has clients already.
    if known.is_empty() {
        let made = demo::make_clients(&state).map_err(|problem| problem.detail_or_cause())?;
        demo::write_credentials(data, &made)?;
    } else {
        demo::update_credentials_url(data, &state.public_url)?;
    }
    let message = format!(
        "OnRecord's demo: Derbyshire's record{}
  API            http://{listen}/v1/plans
  documentation  http://{listen}/docs/
  credentials    {}
  data           {}
Stop it with Ctrl-C.",
        if loaded { ", just loaded" } else { ", as you left it" },
        credentials.display(),
        file.display()
    );
    serve_state(state, listen, None, || {
        say!("{message}");
        // Who started it may not read what it prints; it serves all the same.
        let _ = out::flush();
    })
}

/// Serves a database that `migrate` has prepared.
pub fn serve(config: Config) -> Result<(), String> {
    let mut db = Db::open(Target::parse(&config.database_url), config.limits.connections)?;
    check_database(&db)?;
    index_words(&db)?;
    begin_trail(&db)?;
    if let Some(url) = &config.read_database_url {
        db = db.with_replicas(url)?;
    }
    let keys = match &config.keys_json {
        Some(text) => Keys::from_json(&text.0).map_err(|error| format!("{KEYS_JSON}: {error}"))?,
        None => Keys::load_or_create(&config.keys_dir, &Clock::system())?,
    };
    let oidc = Oidc::new(&config.oidc, &config.public_url)?;
    oidc.check_references(&db)?;
    let unfit = db.read(|conn| membership::unfit(conn, Clock::system().now()));
    match unfit.map_err(|problem| problem.detail_or_cause())?.len() {
        0 => {}
        memberships => tracing::warn!(
            memberships,
            "roles that the organisation's kind does not allow; `onrecord check-roles` names them"
        ),
    }
    let (listen, metrics_listen) = (config.listen, config.metrics_listen);
    let state = state(
        db,
        keys,
        StateConfig {
            public_url: config.public_url,
            cors_origins: config.cors_origins,
            oidc,
            limits: config.limits,
            site: config.site,
        },
    );
    serve_state(state, listen, metrics_listen, || {})
}

/// Serves, and calls `ready` once the server listens.
fn serve_state(
    state: Arc<State>,
    listen: SocketAddr,
    metrics: Option<SocketAddr>,
    ready: impl FnOnce(),
) -> Result<(), String> {
    state.refresh_watermark().map_err(|problem| problem.detail_or_cause())?;
    let day_ago = state.clock.now().plus_seconds(-redaction::REVIEW_WITHIN);
    if state
        .db
        .read(|conn| redaction::any_since(conn, day_ago))
        .map_err(|problem| problem.detail_or_cause())?
    {
        state.scrub();
    }
    actix_web::rt::System::new().block_on(app::server::run(state, listen, metrics, ready))
}

/// A server's state over this database and these keys.
pub fn state(db: Db, keys: Keys, config: StateConfig) -> Arc<State> {
    Arc::new(State::new(db, Clock::system(), Arc::new(keys), resources::kinds(), config))
}
