//! What the tests stand on: a whole application on a fresh database, with a clock that they set.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test;
use diesel::RunQueryDsl;
use futures_util::future::LocalBoxFuture;
use onrecord::access::client::{self, NewClient};
use onrecord::access::keys::Keys;
use onrecord::access::oidc::Oidc;
use onrecord::access::secret::Fresh;
use onrecord::access::{Action, Role};
use onrecord::bundle::{Bundle, Import, Summary, Who};
use onrecord::clock::{Clock, Fixed, Id, Ts};
use onrecord::config::{Limits, Rates};
use onrecord::http::operation::Operation;
use onrecord::http::{State, StateConfig};
use onrecord::problem::Problem;
use onrecord::record::due;
use onrecord::record::kind::KindDef;
use onrecord::store::{Conn, Db, Sql, Target, Val};
use onrecord::{app, demo, resources};
use serde_json::{Value, json};

/// The moment at which every test begins.
pub const START: &str = "2026-11-01T11:30:00Z";

/// When the tests' actors came to be: before whatever a test sets its clock to.
pub const LONG_AGO: &str = "2000-01-01T00:00:00Z";

pub fn at(text: &str) -> Ts {
    Ts::parse(text).unwrap()
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn etag(&self) -> &str {
        self.header("etag").unwrap_or_else(|| panic!("no etag in {self:?}"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Asserts the status and gives the answer back.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Asserts that it is a problem of that status in the one form, and gives its faults' codes.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Vec<String> {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text());
        let body = self.json();
        for member in ["type", "title", "status", "detail", "instance"] {
            assert!(!body[member].is_null(), "{member} is missing in {body}");
        }
        assert_eq!(body["status"], json!(status));
        assert!(body["type"].as_str().unwrap().starts_with("/problems/"));
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        for error in &errors {
            let places = ["pointer", "parameter", "header", "column"];
            assert_eq!(places.iter().filter(|place| error[**place].is_string()).count(), 1, "{error}");
            assert!(!error["detail"].as_str().unwrap().is_empty());
        }
        errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
    }

    /// What may be compared between two answers: all but date, what is left of a limit, request id and the id in a
    /// problem.
    pub fn comparable(&self) -> (u16, Vec<(String, String)>, String) {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .filter(|(name, _)| !["date", "ratelimit", "x-request-id"].contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let mut text = self.text();
        if let Some(id) = self.header("x-request-id") {
            text = text.replace(id, "<request>");
        }
        (self.status, headers, text)
    }
}

/// A request being put together.
pub struct Request<'a> {
    app: &'a TestApp,
    request: test::TestRequest,
}

impl<'a> Request<'a> {
    pub fn as_role(self, who: &str) -> Request<'a> {
        let token = self.app.token(who);
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// `None` is the public.
    pub fn as_actor(self, who: Option<&str>) -> Request<'a> {
        match who {
            None => self,
            Some(who) => self.as_role(who),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Request<'a> {
        let name = HeaderName::try_from(name).unwrap();
        self.request = self.request.append_header((name, HeaderValue::from_str(value).unwrap()));
        self
    }

    /// A header of any bytes that HTTP lets through.
    pub fn raw_header(mut self, name: &'static str, value: &[u8]) -> Request<'a> {
        let value = HeaderValue::from_bytes(value).unwrap();
        self.request = self.request.append_header((HeaderName::from_static(name), value));
        self
    }

    pub fn if_match(self, etag: &str) -> Request<'a> {
        self.header("if-match", etag)
    }

    pub fn json(mut self, body: &Value) -> Request<'a> {
        self.request =
            self.request.append_header(("content-type", "application/json")).set_payload(body.to_string());
        self
    }

    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Request<'a> {
        self.request = self.request.append_header(("content-type", content_type)).set_payload(body.into());
        self
    }

    /// The peer that it comes from.
    pub fn peer(mut self, address: &str) -> Request<'a> {
        self.request = self.request.peer_addr(std::net::SocketAddr::new(address.parse().unwrap(), 4711));
        self
    }

    pub async fn send(self) -> Answer {
        (self.app.service)(self.request.to_request()).await
    }
}

type Service = Rc<dyn Fn(actix_http::Request) -> LocalBoxFuture<'static, Answer>>;

/// The actors of the tests: name, roles, organisation. Two of a role where two pairs of eyes need them.
pub const ACTORS: &[(&str, &[Role], &str)] = &[
    ("editor", &[Role::Editor], "opcc-derbyshire"),
    ("editor2", &[Role::Editor], "opcc-derbyshire"),
    ("publisher", &[Role::Publisher], "opcc-derbyshire"),
    ("publisher2", &[Role::Publisher], "opcc-derbyshire"),
    ("editor_publisher", &[Role::Editor, Role::Publisher], "opcc-derbyshire"),
    ("commissioner", &[Role::Commissioner], "opcc-derbyshire"),
    ("finance_officer", &[Role::FinanceOfficer], "opcc-derbyshire"),
    ("data_protection", &[Role::DataProtection], "opcc-derbyshire"),
    ("data_protection2", &[Role::DataProtection], "opcc-derbyshire"),
    ("partner_reader", &[Role::PartnerReader], "victim-support"),
    ("partner", &[Role::PartnerWriter], "victim-support"),
    ("other_partner", &[Role::PartnerWriter], "derby-city-council"),
    ("force_analyst", &[Role::ForceAnalyst], "derbyshire-constabulary"),
    ("force_officer", &[Role::ForceOfficer], "derbyshire-constabulary"),
    ("panel_member", &[Role::PanelMember], "derbyshire-police-and-crime-panel"),
    ("panel_officer", &[Role::PanelOfficer], "derbyshire-police-and-crime-panel"),
    ("panel_officer2", &[Role::PanelOfficer], "derbyshire-police-and-crime-panel"),
    ("auditor", &[Role::Auditor], "jarac-derbyshire"),
    ("admin", &[Role::Admin], "opcc-derbyshire"),
];

/// Actors of another policing body: every reach ends at theirs.
pub const STRANGERS: &[(&str, &[Role])] = &[
    ("other_editor", &[Role::Editor]),
    ("other_publisher", &[Role::Publisher]),
    ("other_auditor", &[Role::Auditor]),
    ("other_partner_reader", &[Role::PartnerReader]),
    ("other_force_analyst", &[Role::ForceAnalyst]),
    ("other_panel_member", &[Role::PanelMember]),
    ("other_data_protection", &[Role::DataProtection]),
    ("other_panel_officer", &[Role::PanelOfficer]),
];

/// Whether an actor of one role may call an operation at all.
pub fn is_for(who: Option<&str>, operation: &Operation) -> bool {
    let holds = |role: Role| match who {
        None => role == Role::Public,
        Some(who) => ACTORS.iter().any(|(name, roles, _)| *name == who && roles.contains(&role)),
    };
    operation.rule.iter().any(|grant| holds(grant.role))
}

/// Whom an operation is for: the public, or the first actor who may call it.
pub fn caller(operation: &Operation) -> Option<&'static str> {
    let actors = ACTORS.iter().map(|(name, ..)| Some(*name));
    std::iter::once(None).chain(actors).find(|who| is_for(*who, operation)).flatten()
}

/// Who writes a kind: the first whom its rules name.
pub fn writer(kind: &KindDef) -> &'static str {
    kind.rule(Action::Create).unwrap()[0].role.name()
}

/// Who publishes what [`writer`] wrote.
pub fn publisher(kind: &KindDef) -> &'static str {
    another(kind.rule(Action::Publish).unwrap()[0].role.name(), writer(kind))
}

/// Who withdraws what [`publisher`] published.
pub fn withdrawer(kind: &KindDef) -> &'static str {
    another(kind.rule(Action::Withdraw).unwrap()[0].role.name(), publisher(kind))
}

/// The actor of that name, or the second of it where the first is the one.
fn another(who: &'static str, one: &str) -> &'static str {
    match who {
        "publisher" if one == who => "publisher2",
        "panel_officer" if one == who => "panel_officer2",
        who => who,
    }
}

/// A whole application on a fresh database, with the demo loaded.
pub struct TestApp {
    pub state: Arc<State>,
    pub clock: Arc<Fixed>,
    service: Service,
    counter: Cell<u32>,
    database: Database,
}

enum Database {
    Lite(std::path::PathBuf),
    Pg { url: String, schema: String },
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

fn fresh_database(postgres: bool) -> (Target, Database) {
    let name = format!("t{}", Clock::system().new_id().0.simple());
    if postgres {
        let url = postgres_url();
        let admin = Db::open(Target::parse(&url), 1).unwrap();
        admin
            .write(|conn| {
                // The name is ours: a `t` and hexadecimal digits.
                let text: &'static str = Box::leak(format!("CREATE SCHEMA {name}").into_boxed_str());
                Sql::new(text).execute(conn)?;
                Ok(())
            })
            .unwrap();
        let joint = if url.contains('?') { '&' } else { '?' };
        let target = Target::parse(&format!("{url}{joint}options=-csearch_path%3D{name}"));
        (target, Database::Pg { url, schema: name })
    } else {
        let directory = std::env::temp_dir().join(format!("onrecord-test-{name}"));
        std::fs::create_dir_all(&directory).unwrap();
        let target = Target::Lite(directory.join("test.sqlite").to_string_lossy().into_owned());
        (target, Database::Lite(directory))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        match &self.database {
            Database::Lite(directory) => {
                let _ = std::fs::remove_dir_all(directory);
            }
            Database::Pg { url, schema } => {
                if let Ok(admin) = Db::open(Target::parse(url), 1) {
                    let text: &'static str =
                        Box::leak(format!("DROP SCHEMA {schema} CASCADE").into_boxed_str());
                    let _ = admin.write(|conn| Ok(Sql::new(text).execute(conn).map(|_| ())?));
                }
            }
        }
    }
}

impl TestApp {
    /// With the demo on record.
    pub async fn new() -> TestApp {
        TestApp::with_limits(Limits::default()).await
    }

    pub async fn with_limits(limits: Limits) -> TestApp {
        TestApp::with(limits, Oidc::default()).await
    }

    /// With people of OpenID providers let in.
    pub async fn with_oidc(oidc: Oidc) -> TestApp {
        TestApp::with(Limits::default(), oidc).await
    }

    /// With a file of keys that the test has made, and people of OpenID providers let in.
    pub async fn with_keys_and_oidc(keys: &str, oidc: Oidc) -> TestApp {
        TestApp::furnished(TestApp::build_with_keys(Limits::default(), oidc, on_postgres(), keys).await)
    }

    async fn with(limits: Limits, oidc: Oidc) -> TestApp {
        TestApp::furnished(TestApp::build(limits, oidc, on_postgres()).await)
    }

    fn furnished(app: TestApp) -> TestApp {
        assert!(demo::load(&app.state).unwrap());
        app.make_actors();
        app
    }

    /// With nothing on record, and so without actors.
    pub async fn empty() -> TestApp {
        TestApp::build(Limits::default(), Oidc::default(), on_postgres()).await
    }

    /// The same on SQLite, whichever database this run is on: to carry a record from one to the other.
    pub async fn empty_on_sqlite() -> TestApp {
        TestApp::build(Limits::default(), Oidc::default(), false).await
    }

    async fn build(limits: Limits, oidc: Oidc, postgres: bool) -> TestApp {
        let keys = Keys::generate(&Clock::system()).unwrap();
        TestApp::build_with_keys(limits, oidc, postgres, &keys).await
    }

    /// A test that asks for no limits of its own has room enough: its clock stands still, so nothing comes back.
    async fn build_with_keys(mut limits: Limits, oidc: Oidc, postgres: bool, keys: &str) -> TestApp {
        if limits.rates == Rates::default() {
            let most = Rates::MOST;
            limits.rates =
                Rates { address: most, credential: most, open_data: most, sign_in: most, connections: 0 };
        }
        let (target, database) = fresh_database(postgres);
        let db = Db::open(target, limits.connections).unwrap();
        demo::run_migrations(&db).unwrap();
        let fixed = Fixed::at(at(START));
        let clock = Clock::shared(fixed.clone());
        let keys = Keys::from_json(keys).unwrap();
        let config = StateConfig {
            public_url: "http://127.0.0.1:8080".to_owned(),
            cors_origins: vec!["https://dashboard.example.org".to_owned()],
            oidc,
            limits,
        };
        let state = Arc::new(State::new(db, clock, Arc::new(keys), resources::kinds(), config));
        TestApp {
            service: service(state.clone()).await,
            state,
            clock: fixed,
            counter: Cell::new(0),
            database,
        }
    }

    fn make_actors(&self) {
        self.import(
            "bodies",
            json!({"reference": "elsewhere-pcc", "name": "Elsewhere", "body_kind": "commissioner", "area": "E12000004"}),
        );
        self.let_actors_in();
    }

    /// The clients of the tests, where their bodies and organisations are on record.
    pub fn let_actors_in(&self) {
        let body = self.id_of("policing_body", "derbyshire-pcc");
        let elsewhere = self.id_of("policing_body", "elsewhere-pcc");
        for (name, roles, organisation) in ACTORS {
            self.make_actor(name, roles, body, organisation);
        }
        for (name, roles) in STRANGERS {
            self.make_actor(name, roles, elsewhere, "derbyshire-constabulary");
        }
        self.settle();
    }

    /// A client of that name. Its secret is never used: the tests' tokens are issued directly.
    pub fn make_actor(&self, name: &str, roles: &[Role], body: Id, organisation: &str) {
        let organisation = self.id_of("organisation", organisation);
        let roles: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        self.write(|conn| {
            Sql::new("INSERT INTO client (id, label, stands_for_person, created_at, created_by) VALUES (")
                .bind_all([Val::from(name), "test".into(), false.into(), at(LONG_AGO).into(), "test".into()])
                .text(")")
                .execute(conn)
                .unwrap();
            // Not by the door that checks them: some are what no machine may be.
            Sql::new("INSERT INTO membership (id, subject, body, organisation, roles, valid_from, created_at, created_by) VALUES (")
                .bind_all([
                    Val::from(self.state.clock.new_id()), name.into(), body.into(), organisation.into(),
                    roles.join(" ").into(), at(LONG_AGO).into(), at(LONG_AGO).into(), "test".into(),
                ])
                .text(")")
                .execute(conn)
                .unwrap();
        });
    }

    /// A client with a real secret, made as `client create` makes it.
    pub fn make_client(&self, roles: &[Role]) -> (String, String) {
        let body = self.id_of("policing_body", "derbyshire-pcc");
        let organisation = self.id_of("organisation", "victim-support");
        let new = NewClient {
            label: "test",
            body,
            organisation,
            roles,
            stands_for_person: roles.iter().any(|role| role.needs_person()),
            created_by: "test",
        };
        let clock = &self.state.clock;
        let secret = Fresh::new(clock).unwrap();
        let id = self.state.db.write(|conn| client::create(conn, clock, &new, &secret)).unwrap();
        (id, secret.text)
    }

    /// The database's file, on SQLite.
    pub fn file(&self) -> Option<std::path::PathBuf> {
        match &self.database {
            Database::Lite(directory) => Some(directory.join("test.sqlite")),
            Database::Pg { .. } => None,
        }
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
        let kind = self.state.kind(kind).unwrap();
        let name = onrecord::record::read::Name::parse(kind, reference).unwrap();
        let visibility = onrecord::record::visible::Visibility::as_of(self.state.now());
        let row =
            self.state.db.read(|conn| onrecord::record::read::one(conn, kind, &name, &visibility)).unwrap();
        row.unwrap_or_else(|| panic!("no {kind:?} {reference}")).record
    }

    /// A bundle, through the operator's door; what it said.
    pub fn take_in(&self, mut bundle: Bundle) -> Result<Summary, Problem> {
        let who = Who::Operator { body: None, owner: None, published_at: None };
        let import =
            Import { state: &self.state, who, now: self.state.now(), request: None, progress: &mut |_| {} };
        let summary = self.state.db.write(|conn| onrecord::bundle::import(conn, &mut bundle, import));
        self.settle();
        summary
    }

    /// Reference data, through the door of imports.
    fn import(&self, path: &str, body: Value) {
        let kind = self.state.kinds.iter().position(|kind| kind.def.path == path).unwrap();
        self.take_in(Bundle::of_records(kind, path, vec![body])).unwrap();
    }

    /// A token for one of the actors, good at the clock's time.
    pub fn token(&self, who: &str) -> String {
        let client =
            self.state.db.read(|conn| client::Client::find(conn, who, self.state.clock.now())).unwrap();
        let client = client.unwrap_or_else(|| panic!("no actor {who}"));
        self.state.tokens.issue(who, &client.roles(), &self.state.clock).unwrap()
    }

    /// Sets the clock.
    pub fn set_time(&self, text: &str) {
        self.clock.set(at(text));
    }

    /// Numbers the feed, as the server's housekeeping does.
    pub fn settle(&self) {
        due::catch_up(&self.state.db, &self.state.clock, &self.state.kinds, self.state.now()).unwrap();
        self.state.refusals.write(&self.state.db, &self.state.clock).unwrap();
        assert!(due::seal_audit(&self.state.db, usize::MAX).unwrap());
    }

    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let method = actix_web::http::Method::from_bytes(method.as_bytes()).unwrap();
        Request { app: self, request: test::TestRequest::default().method(method).uri(path) }
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

    /// Hands in what a draft needs before it can be published: a release has figures. Of each another day, so that no two
    /// say something of the same cell at the same moment.
    pub async fn fill(&self, kind: &KindDef, who: &str, address: &str) {
        // Figures that are published stay as they are.
        if kind.def.name != "release" || self.get(None, address).await.status == 200 {
            return;
        }
        let day = at("1970-01-01T00:00:00Z").plus_seconds(i64::from(self.next()) * 86_400).0.date_naive();
        let rows = format!("AREA,TIME_PERIOD,value\nE23000018,{day},7\n");
        self.put_observations(who, address, &rows).await.expect(200);
    }

    /// Hands the figures of a release in, as CSV.
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
            let response = test::call_service(&*service, request).await;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let body =
                to_bytes(response.into_body()).await.map_err(|_| "a body that broke off").unwrap().to_vec();
            Answer { status, headers, body }
        })
    })
}
