//! The demo: real records of Derbyshire, loaded from the files under `demo/`, which are inside the binary.
//!
//! Each line is the body of a POST, with a fixed id and the time of its publication. All of it is loaded in one
//! transaction.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::access::client::{self, NewClient};
use crate::access::keys::{self, Keys};
use crate::access::secret::NewSecret;
use crate::bundle::{self, Bundle, Import, Who};
use crate::clock::{Clock, Fixed, Id, Ts};
use crate::config::Limits;
use crate::http::{State, StateConfig};
use crate::openapi::{self, Examples};
use crate::problem::Problem;
use crate::record::read;
use crate::record::visible::Visibility;
use crate::record::{BODY, ORGANISATION, due};
use crate::resources;
use crate::store::{Conn, Count, Db, Sql, Target, migrations};

/// Loads the demo into an empty database. Returns false where records exist.
pub fn load(state: &Arc<State>) -> Result<bool, Problem> {
    let empty = state.db.read(|conn| {
        let count: Count =
            diesel::RunQueryDsl::get_result(Sql::new("SELECT count(*) AS n FROM record"), conn)?;
        Ok(count.n == 0)
    })?;
    if !empty {
        return Ok(false);
    }
    let now = state.now();
    state.db.write(|conn| {
        let who = Who::Operator { body: None, owner: None, published_at: None };
        let import = Import { state, who, now, request: None, progress: &mut |_| {} };
        let failed = |problem: Problem| Problem::internal(format!("the demo cannot be loaded: {problem}"));
        bundle::import(conn, &mut Bundle::embedded(&state.kinds), import).map_err(failed)
    })?;
    due::catch_up(&state.db, &state.clock, &state.kinds, now)?;
    while !resources::judge_statements(state)? {}
    due::seal_audit(&state.db, usize::MAX)?;
    Ok(true)
}

fn shared_record(state: &State, conn: &mut Conn, kind: &str, reference: &str) -> Result<Id, Problem> {
    let kind = state.kind(kind).ok_or_else(|| Problem::internal("a kind that the envelope needs"))?;
    let row = read::by_name(conn, kind, reference, &Visibility::as_of(state.now()))?;
    match row {
        Some(row) => Ok(row.record),
        None => Err(Problem::internal(format!("there is no {} {reference}", kind.def.one))),
    }
}

/// A client in `demo-credentials.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credential {
    /// The client's role.
    pub role: String,
    /// The client's organisation, by reference.
    pub organisation: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
}

/// The contents of `demo-credentials.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credentials {
    /// The address of the token endpoint.
    pub token_url: String,
    /// The clients.
    pub clients: Vec<Credential>,
}

/// The label of the demo's clients.
pub const LABEL: &str = "demo";

/// The demo's clients, one for each role that has a membership. Publishers and the Panel's clerks have two, since sharing and
/// withdrawing need a second person.
const CLIENTS: &[(Role, &str)] = &[
    (Role::Editor, "opcc-derbyshire"),
    (Role::Publisher, "opcc-derbyshire"),
    (Role::Publisher, "opcc-derbyshire"),
    (Role::Commissioner, "opcc-derbyshire"),
    (Role::FinanceOfficer, "opcc-derbyshire"),
    (Role::DataProtection, "opcc-derbyshire"),
    (Role::PartnerReader, "victim-support"),
    (Role::PartnerWriter, "victim-support"),
    (Role::ForceAnalyst, "derbyshire-constabulary"),
    (Role::ForceOfficer, "derbyshire-constabulary"),
    (Role::PanelMember, "derbyshire-police-and-crime-panel"),
    (Role::PanelOfficer, "derbyshire-police-and-crime-panel"),
    (Role::PanelOfficer, "derbyshire-police-and-crime-panel"),
    (Role::Auditor, "jarac-derbyshire"),
    (Role::Admin, "opcc-derbyshire"),
];

/// Creates the demo's clients.
pub fn make_clients(state: &State) -> Result<Credentials, Problem> {
    state.db.write(|conn| {
        let body = shared_record(state, conn, BODY, "derbyshire-pcc")?;
        let mut clients = vec![];
        for (role, organisation) in CLIENTS {
            let owner = shared_record(state, conn, ORGANISATION, organisation)?;
            let secret = NewSecret::generate(&state.clock)?;
            let new = NewClient {
                label: LABEL,
                body,
                organisation: owner,
                roles: &[*role],
                stands_for_person: role.needs_person(),
                created_by: LABEL,
            };
            let client_id = client::create(conn, &state.clock, &new, &secret)?;
            clients.push(Credential {
                role: role.name().to_owned(),
                organisation: (*organisation).to_owned(),
                client_id,
                client_secret: secret.text,
            });
        }
        Ok(Credentials { token_url: token_url(&state.public_url), clients })
    })
}

/// Writes the credentials next to the database, readable by the owner only.
pub fn write_credentials(directory: &Path, credentials: &Credentials) -> Result<PathBuf, String> {
    let path = directory.join("demo-credentials.json");
    let text = serde_json::to_string_pretty(credentials).map_err(|error| error.to_string())?;
    // The credentials of a deleted database are useless.
    if path.exists() {
        std::fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    keys::write_private(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// Updates the address in the credentials to the one at which the demo is served now.
pub fn update_credentials_url(directory: &Path, public_url: &str) -> Result<(), String> {
    let path = directory.join("demo-credentials.json");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(()) };
    let mut credentials: Credentials =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let now = token_url(public_url);
    if credentials.token_url != now {
        credentials.token_url = now;
        write_credentials(directory, &credentials)?;
    }
    Ok(())
}

fn token_url(public_url: &str) -> String {
    format!("{public_url}/oauth/token")
}

/// A demo in a temporary file, with a clock that stands still, for the examples of the document.
pub struct Scratch {
    /// The server's state.
    pub state: Arc<State>,
    directory: PathBuf,
}

impl Scratch {
    /// Loads the demo.
    pub fn new() -> Result<Scratch, String> {
        let clock = Clock::system();
        let directory = std::env::temp_dir().join(format!("onrecord-{}", clock.new_id()));
        std::fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
        let db =
            Db::create(Target::Lite(directory.join("scratch.sqlite").to_string_lossy().into_owned()), 1)?;
        let noon = Ts::parse("2026-11-01T12:00:00Z").ok_or("a moment")?;
        let clock = Clock::shared(Fixed::at(noon));
        let keys = Keys::from_json(&Keys::generate(&clock)?)?;
        run_migrations(&db)?;
        let config = StateConfig {
            site: Default::default(),
            public_url: "http://127.0.0.1:8080".to_owned(),
            cors_origins: vec![],
            oidc: crate::access::oidc::Oidc::default(),
            limits: Limits::default(),
        };
        let state = Arc::new(State::new(db, clock, Arc::new(keys), crate::resources::kinds(), config));
        load(&state).map_err(|problem| problem.detail_or_cause())?;
        Ok(Scratch { state, directory })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A temporary directory that remains does no harm.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Runs the missing migrations; returns their names.
pub fn run_migrations(db: &Db) -> Result<Vec<String>, String> {
    let mut ran = Ok(vec![]);
    db.on_writer(|conn| ran = migrations::run(conn)).map_err(|problem| problem.to_string())?;
    ran
}

/// The document as it is checked in: made from a fresh demo, with a clock that stands still.
pub fn released_text() -> Result<String, String> {
    let scratch = Scratch::new()?;
    // The story changes records, so it has a demo of its own.
    let story = openapi::story::play(&Scratch::new()?.state)?;
    let examples = Examples { demo: &scratch.state, story: &story };
    let value = openapi::generate(crate::resources::operations(), &scratch.state.kinds, Some(&examples))?;
    let mut text = serde_json::to_string_pretty(&value).map_err(|error| error.to_string())?;
    text.push('\n');
    Ok(text)
}
