//! What the tests build on: a whole application on a database of its own, with a clock that they set.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::test;
use futures_util::future::LocalBoxFuture;
use onrecord::access::Role;
use onrecord::access::client::{self, NewClient};
use onrecord::access::oidc::Oidc;
use onrecord::access::secret::NewSecret;
use onrecord::app;
use onrecord::bundle::{Bundle, Summary};
use onrecord::clock::{Clock, Fixed, Id, Ts};
use onrecord::config::{Limits, Rates, Site};
use onrecord::http::State;
use onrecord::problem::Problem;
use onrecord::record::kind::KindDef;
use onrecord::store::{Conn, Db};
use serde_json::{Value, json};

pub use self::actors::{
    ACTORS, STRANGERS, caller, is_for, publisher, publisher_of, withdrawer, withdrawer_of, writer,
};
pub use self::figures::whole_observations;
pub use self::request::{Answer, Request, address_of};
pub use self::template::{Content, Database, copy_of_demo};
pub use self::wait::{HANG, until, until_async};

mod actors;
pub mod document;
mod figures;
mod request;
/// The workbooks of the unit tests, so that both make them alike.
#[path = "../../src/sheet/samples.rs"]
pub mod samples;
pub mod template;
mod wait;

/// The moment at which every test begins.
pub const START: &str = "2026-11-01T11:30:00Z";

/// When the tests' actors were made: before whatever a test sets its clock to.
pub const LONG_AGO: &str = "2000-01-01T00:00:00Z";

pub fn at(text: &str) -> Ts {
    Ts::parse(text).unwrap()
}

type Service = Rc<dyn Fn(actix_http::Request) -> LocalBoxFuture<'static, Answer>>;

/// A whole application on a fresh database, with the demo loaded.
pub struct TestApp {
    pub state: Arc<State>,
    pub clock: Arc<Fixed>,
    service: Service,
    counter: Cell<u32>,
    /// Tokens by actor and moment.
    tokens: RefCell<HashMap<(String, Ts), String>>,
    // Last, so that nothing is connected any more when it is removed.
    database: Database,
}

/// True when this run is the one on PostgreSQL.
pub fn on_postgres() -> bool {
    match std::env::var("TEST_DATABASE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("TEST_DATABASE is {other}: sqlite or postgres"),
    }
}

/// The PostgreSQL of this run.
pub fn postgres_url() -> String {
    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL names a PostgreSQL (tests/run sets it)")
}

impl TestApp {
    /// With the demo on record.
    pub async fn new() -> TestApp {
        TestApp::with_limits(Limits::default()).await
    }

    pub async fn with_limits(limits: Limits) -> TestApp {
        TestApp::build(Content::Demo, on_postgres(), limits, Oidc::default(), template::keys()).await
    }

    /// With people of OpenID providers let in.
    pub async fn with_oidc(oidc: Oidc) -> TestApp {
        TestApp::with_keys_and_oidc(template::keys(), oidc).await
    }

    /// With a file of keys that the test has made, and people of OpenID providers let in.
    pub async fn with_keys_and_oidc(keys: &str, oidc: Oidc) -> TestApp {
        TestApp::build(Content::Demo, on_postgres(), Limits::default(), oidc, keys).await
    }

    /// Of an office that says something else about its record as a whole.
    pub async fn with_site(site: Site) -> TestApp {
        let app = TestApp::new().await;
        let (clock, limits) = (Clock::shared(app.clock.clone()), app.state.limits.clone());
        let (oidc, keys) = (Oidc::default(), template::keys());
        let state = template::state_with_site(&app.database, clock, limits, oidc, keys, site);
        TestApp { service: service(state.clone()).await, state, ..app }
    }

    /// With nothing on record, and so without actors.
    pub async fn empty() -> TestApp {
        let limits = Limits::default();
        TestApp::build(Content::Tables, on_postgres(), limits, Oidc::default(), template::keys()).await
    }

    /// The same on SQLite, whichever database this run is on: to carry a record from one to the other.
    pub async fn empty_on_sqlite() -> TestApp {
        TestApp::build(Content::Tables, false, Limits::default(), Oidc::default(), template::keys()).await
    }

    /// Where a test names no rates of its own they are as high as they can be: its clock stands still, so that no minute
    /// begins in which more requests may come.
    async fn build(content: Content, postgres: bool, mut limits: Limits, oidc: Oidc, keys: &str) -> TestApp {
        if limits.rates == Rates::default() {
            let most = Rates::MOST;
            limits.rates =
                Rates { address: most, credential: most, open_data: most, sign_in: most, connections: 0 };
        }
        let (database, clock, fixed) = template::copy(content, postgres);
        let state = template::state(&database, clock, limits, oidc, keys);
        TestApp {
            service: service(state.clone()).await,
            state,
            clock: fixed,
            counter: Cell::new(0),
            tokens: RefCell::default(),
            database,
        }
    }

    /// Another process on that database, by the clock on the wall, whose public reads from these replicas.
    pub async fn beside(database: Database, replicas: &str) -> TestApp {
        let most = Rates::MOST;
        let rates = Rates { address: most, credential: most, open_data: most, sign_in: most, connections: 0 };
        let limits = Limits { rates, ..Limits::default() };
        let db = Db::create(database.location.clone(), limits.connections).unwrap();
        let db = db.with_replicas(replicas).unwrap();
        let (oidc, keys) = (Oidc::default(), template::keys());
        let state = template::state_of(db, Clock::system(), limits, oidc, keys, Site::default());
        state.refresh_watermark().unwrap();
        TestApp {
            service: service(state.clone()).await,
            state,
            clock: Fixed::at(at(START)),
            counter: Cell::new(0),
            tokens: RefCell::default(),
            database,
        }
    }

    /// The clients of the tests, where their bodies and organisations are on record.
    pub fn make_actors(&self) {
        actors::make_actors(&self.state);
    }

    /// A client of that name. Its secret is never used: the tests' tokens are issued directly.
    pub fn make_actor(&self, name: &str, roles: &[Role], body: Id, organisation: &str) {
        actors::make_actor(&self.state, name, roles, body, organisation);
    }

    /// A client with a real secret, made as `client create` makes it.
    pub fn make_client(&self, roles: &[Role]) -> (String, String) {
        let body = self.id_of("policing_body", "derbyshire-pcc");
        let office = roles.iter().any(|role| role.organisation_kinds().is_some());
        let organisation = if office { "opcc-derbyshire" } else { "victim-support" };
        let organisation = self.id_of("organisation", organisation);
        let new = NewClient {
            label: "test",
            body,
            organisation,
            roles,
            stands_for_person: roles.iter().any(|role| role.needs_person()),
            created_by: "test",
        };
        let clock = &self.state.clock;
        let secret = NewSecret::generate(clock).unwrap();
        let id = self.state.db.write(|conn| client::create(conn, clock, &new, &secret)).unwrap();
        (id, secret.text)
    }

    /// The database's file, on SQLite.
    pub fn file(&self) -> Option<std::path::PathBuf> {
        self.database.file()
    }

    pub fn write(&self, work: impl FnOnce(&mut Conn)) {
        self.state
            .db
            .write(|conn| {
                work(conn);
                Ok(())
            })
            .unwrap();
    }

    pub fn id_of(&self, kind: &str, reference: &str) -> Id {
        actors::id_of(&self.state, kind, reference)
    }

    /// Imports a bundle, as the operator does.
    pub fn import(&self, bundle: Bundle) -> Result<Summary, Problem> {
        actors::import(&self.state, bundle)
    }

    /// A token for one of the actors, good at the clock's time.
    pub fn token(&self, who: &str) -> String {
        let now = self.state.clock.now();
        let issue = || {
            let client = self.state.db.read(|conn| client::Client::find(conn, who, now)).unwrap();
            let client = client.unwrap_or_else(|| panic!("no actor {who}"));
            self.state.tokens.issue(who, &client.roles(), &self.state.clock).unwrap()
        };
        self.tokens.borrow_mut().entry((who.to_owned(), now)).or_insert_with(issue).clone()
    }

    /// Sets the clock.
    pub fn set_time(&self, text: &str) {
        self.clock.set(at(text));
    }

    /// Numbers the change feed and seals the audit trail, as the server does in the background.
    pub fn seal_and_catch_up(&self) {
        actors::catch_up_and_seal(&self.state);
    }

    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        Request::new(self, method, path)
    }

    pub async fn get(&self, who: Option<&str>, path: &str) -> Answer {
        self.request("GET", path).as_actor(who).send().await
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.request("POST", path).as_role(who).json(&body).send().await
    }

    /// A step of the workflow, with the tag that the actor reads now.
    pub async fn step(&self, who: &str, address: &str, verb: &str, body: Value) -> Answer {
        let tag = self.get(Some(who), address).await.expect(200).etag().to_owned();
        self.request("POST", &format!("{address}/{verb}"))
            .as_role(who)
            .if_match(&tag)
            .json(&body)
            .send()
            .await
    }

    /// A merge patch, with the tag that the actor reads now.
    pub async fn patch(&self, who: &str, address: &str, body: Value) -> Answer {
        let tag = self.get(Some(who), address).await.expect(200).etag().to_owned();
        self.request("PATCH", address).as_role(who).if_match(&tag).json(&body).send().await
    }

    /// A number that no other record of this test has.
    pub fn next(&self) -> u32 {
        self.counter.set(self.counter.get() + 1);
        self.counter.get()
    }

    /// The kind's example under a reference of its own, with values of its own where no two may have the same.
    pub fn fresh(&self, kind: &KindDef) -> Value {
        let number = self.next();
        let mut body = kind.example.clone();
        body["reference"] = json!(format!("T-{number}"));
        for column in kind.def.columns.iter().filter(|column| column.unique) {
            body[column.name] = json!(format!("t-{number}"));
        }
        body
    }

    /// A draft of a kind's example under a fresh reference, made by whoever writes it; its address.
    pub async fn draft(&self, kind: &str) -> String {
        let kind = self.state.kind(kind).unwrap();
        let body = self.fresh(kind);
        let who = writer(kind);
        let made = self.post(who, &format!("/v1/{}", kind.def.path), body).await.expect(201);
        made.header("location").unwrap().to_owned()
    }

    /// Adds what a draft needs before it can be published: a release needs observations. Each gets another day, so that no
    /// two state something about the same cell at the same moment. Progress needs a recommendation on which its organisation has
    /// not reported.
    pub async fn fill(&self, kind: &KindDef, who: &str, address: &str) {
        if kind.def.name == "progress" && self.get(None, address).await.status != 200 {
            let draft = self.get(Some(who), address).await.expect(200).json();
            if draft["recommendation"] == kind.example["recommendation"] {
                let other = Box::pin(self.published("recommendation")).await;
                let other = other.rsplit('/').next().unwrap();
                self.patch(who, address, json!({"recommendation": other})).await.expect(200);
            }
            return;
        }
        // Figures that are published stay as they are.
        if kind.def.name != "release" || self.get(None, address).await.status == 200 {
            return;
        }
        let day = at("1970-01-01T00:00:00Z").plus_seconds(i64::from(self.next()) * 86_400).0.date_naive();
        let rows = format!("AREA,TIME_PERIOD,value\nE23000018,{day},7\n");
        self.put_observations(who, address, &rows).await.expect(200);
    }

    /// Uploads the observations of a release, as CSV.
    pub async fn put_observations(&self, who: &str, address: &str, rows: &str) -> Answer {
        let etag = self.get(Some(who), address).await.expect(200).etag().to_owned();
        let path = format!("{address}/observations");
        self.request("PUT", &path).as_role(who).if_match(&etag).body("text/csv", rows).send().await
    }

    /// Submits and approves what the kind asks for.
    pub async fn ready(&self, kind: &str, address: &str) {
        let kind = self.state.kind(kind).unwrap();
        self.fill(kind, writer(kind), address).await;
        self.step(writer(kind), address, "submit", json!({})).await.expect(200);
        if !kind.def.approvals.is_empty() {
            self.step("commissioner", address, "approve", json!({})).await.expect(200);
        }
    }

    /// A published record of a kind; its address.
    pub async fn published(&self, kind: &str) -> String {
        let address = self.draft(kind).await;
        if self.state.kind(kind).unwrap().def.workflow {
            self.ready(kind, &address).await;
            let who = publisher(self.state.kind(kind).unwrap());
            self.step(who, &address, "publish", json!({})).await.expect(200);
        }
        address
    }

    /// The kinds with a workflow.
    pub fn workflow_kinds(&self) -> Vec<&'static str> {
        self.state.kinds.iter().filter(|kind| kind.def.workflow).map(|kind| kind.def.name).collect()
    }
}

async fn service(state: Arc<State>) -> Service {
    let service = Rc::new(test::init_service(app::build(state)).await);
    Rc::new(move |request| {
        let service = service.clone();
        Box::pin(async move {
            let (method, target) = (request.method().to_string(), request.uri().to_string());
            let response = test::call_service(&*service, request).await;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let body =
                to_bytes(response.into_body()).await.map_err(|_| "a body that broke off").unwrap().to_vec();
            let answer = Answer { status, headers, body };
            document::check(document::Sent { method: &method, target: &target }, &answer);
            answer
        })
    })
}
