//! The databases of the tests: furnished once in a run, copied for each test.
//!
//! A template is made when the first test asks for it. On SQLite it is a file, on PostgreSQL a database. A copy begins
//! where its template ended: the same keys, the same moment, and a clock that goes on counting ids and random numbers, so
//! that nothing in a copy is made a second time.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use onrecord::access::keys::{FILE, Keys};
use onrecord::access::oidc::Oidc;
use onrecord::clock::{Clock, Fixed, Id, Source, Ts};
use onrecord::config::{Limits, Site};
use onrecord::http::{State, StateConfig};
use onrecord::store::{Db, Target};
use onrecord::{demo, resources};

use super::{START, actors, at, on_postgres, postgres_url};

/// What is in a database before its test begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The tables, and nothing in them.
    Tables,
    /// The demo, and the actors of the tests.
    Demo,
}

/// A database of its own for one test, removed at its end, also when the test fails.
pub struct Database {
    pub location: Target,
    place: Place,
}

enum Place {
    /// The test removes it itself.
    Elsewhere,
    Folder(PathBuf),
    Server(String),
}

impl Database {
    /// With nothing in it, not even tables.
    pub fn empty(postgres: bool) -> Database {
        let name = unique_name();
        if postgres {
            on_server(&format!("CREATE DATABASE {name}"));
            return Database::on_server(name);
        }
        Database::in_folder(&name)
    }

    /// At an address of the test's own.
    pub fn at(url: &str) -> Database {
        Database { location: Target::parse(url), place: Place::Elsewhere }
    }

    fn copy_of(template: &Database) -> Database {
        let name = unique_name();
        match (&template.place, &template.location) {
            (Place::Server(from), _) => {
                // Copies the files. The other way, page by page through the log, takes a multiple of the time here.
                on_server(&format!("CREATE DATABASE {name} TEMPLATE {from}{}", strategy()));
                Database::on_server(name)
            }
            (Place::Folder(_), Target::Lite(file)) => {
                let copy = Database::in_folder(&name);
                let Target::Lite(to) = &copy.location else { unreachable!() };
                std::fs::copy(file, to).unwrap();
                copy
            }
            (Place::Folder(_), Target::Pg(_)) | (Place::Elsewhere, _) => unreachable!(),
        }
    }

    fn in_folder(name: &str) -> Database {
        let folder = std::env::temp_dir().join(format!("onrecord-test-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        let location = Target::Lite(folder.join("test.sqlite").to_string_lossy().into_owned());
        Database { location, place: Place::Folder(folder) }
    }

    fn on_server(name: String) -> Database {
        let url = postgres_url();
        let joint = if url.contains('?') { '&' } else { '?' };
        // It is the last that counts.
        let location = Target::parse(&format!("{url}{joint}dbname={name}"));
        Database { location, place: Place::Server(name) }
    }

    /// What `--database-url` takes.
    pub fn url(&self) -> &str {
        match &self.location {
            Target::Lite(text) | Target::Pg(text) => text,
        }
    }

    /// The file, on SQLite.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.location {
            Target::Lite(file) => Some(PathBuf::from(file)),
            Target::Pg(_) => None,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.place {
            Place::Folder(folder) => {
                let _ = std::fs::remove_dir_all(folder);
            }
            Place::Server(name) => drop_on_server(name),
            Place::Elsewhere => {}
        }
    }
}

/// A name that no other database has, of letters and digits only.
fn unique_name() -> String {
    format!("t{}", Clock::system().new_id().0.simple())
}

/// Runs a statement on the run's PostgreSQL, outside a transaction.
fn on_server(statement: &str) {
    try_on_server(statement).unwrap_or_else(|error| panic!("{error}: {statement}"));
}

/// Whoever is still connected is cut off. A database that cannot be removed fails no test.
fn drop_on_server(name: &str) {
    let _ = try_on_server(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
}

/// On a connection that no other test uses meanwhile. It stays open for the next.
fn try_on_server(statement: &str) -> Result<(), String> {
    static IDLE: Mutex<Vec<PgConnection>> = Mutex::new(vec![]);
    let idle = || IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let open = idle().pop();
    let mut conn = match open {
        Some(conn) => conn,
        None => PgConnection::establish(&postgres_url()).map_err(|error| error.to_string())?,
    };
    conn.batch_execute(statement).map_err(|error| error.to_string())?;
    idle().push(conn);
    Ok(())
}

/// How PostgreSQL copies a template; versions before 15 know the one way only.
fn strategy() -> &'static str {
    #[derive(diesel::QueryableByName)]
    struct Version {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        number: i32,
    }
    static STRATEGY: OnceLock<&str> = OnceLock::new();
    STRATEGY.get_or_init(|| {
        let mut conn = PgConnection::establish(&postgres_url()).unwrap();
        let version = diesel::sql_query("SELECT current_setting('server_version_num')::integer AS number");
        let version: Version = diesel::RunQueryDsl::get_result(version, &mut conn).unwrap();
        if version.number >= 150_000 { " STRATEGY FILE_COPY" } else { "" }
    })
}

/// A furnished database, and how far its clock has counted.
struct Template {
    database: Database,
    ids: u64,
    draws: u64,
}

impl Template {
    fn make(content: Content, postgres: bool) -> Template {
        let database = Database::empty(postgres);
        let counting = Arc::new(Counting { fixed: Fixed::at(at(START)), draws: AtomicU64::new(0) });
        let clock = Clock::shared(counting.clone());
        let first = clock.new_id();
        let state = state(&database, clock.clone(), Limits::default(), Oidc::default(), keys());
        demo::run_migrations(&state.db).unwrap();
        if content == Content::Demo {
            assert!(demo::load(&state).unwrap());
            actors::furnish(&state);
        }
        if !postgres {
            // SQLite keeps what was written last beside the file until it is asked to put it in.
            assert!(state.db.scrub(&[]).unwrap());
        }
        let ids = stamp(clock.new_id()) - stamp(first) + 1;
        Template { database, ids, draws: counting.draws.load(Ordering::SeqCst) }
    }

    /// A clock that goes on where the template's ended.
    fn clock(&self) -> (Clock, Arc<Fixed>) {
        let fixed = Fixed::at(at(START));
        let clock = Clock::shared(fixed.clone());
        (0..self.ids).for_each(|_| {
            clock.new_id();
        });
        (self.ids..self.draws).for_each(|_| {
            clock.random::<1>();
        });
        (clock, fixed)
    }
}

/// What a UUIDv7 of ours has in front of its random bits: milliseconds and a counter.
fn stamp(id: Id) -> u64 {
    let bits = id.0.as_u128();
    u64::try_from(bits >> 80 << 12 | bits >> 64 & 0xfff).unwrap()
}

/// A clock that stands still, and counts what was drawn from it.
struct Counting {
    fixed: Arc<Fixed>,
    draws: AtomicU64,
}

impl Source for Counting {
    fn now(&self) -> Ts {
        self.fixed.now()
    }

    fn fill(&self, buffer: &mut [u8]) {
        self.draws.fetch_add(buffer.chunks(32).len() as u64, Ordering::SeqCst);
        self.fixed.fill(buffer);
    }
}

/// A copy of the run's template, and a clock that goes on where it ended.
pub fn copy(content: Content, postgres: bool) -> (Database, Clock, Arc<Fixed>) {
    static TEMPLATES: [OnceLock<Template>; 4] = [const { OnceLock::new() }; 4];
    let place = usize::from(postgres) * 2 + usize::from(content == Content::Demo);
    let template = TEMPLATES[place].get_or_init(|| {
        let template = Template::make(content, postgres);
        remove_at_exit(&template.database.place);
        template
    });
    let (clock, fixed) = template.clock();
    (Database::copy_of(&template.database), clock, fixed)
}

/// The files that `onrecord demo` keeps in its folder, beside its database.
const DEMO_FILES: [&str; 2] = [FILE, "demo-credentials.json"];

/// A copy of what `onrecord demo` leaves when it has started for the first time: the files in this folder, and the database.
/// For the tests of the program that are not about its first start.
pub fn copy_of_demo(directory: &Path) -> Database {
    static DEMO: OnceLock<(PathBuf, Database)> = OnceLock::new();
    let (folder, database) = DEMO.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("onrecord-test-{}", unique_name()));
        std::fs::create_dir_all(&folder).unwrap();
        let place = Place::Folder(folder.clone());
        remove_at_exit(&place);
        let database = Database::empty(on_postgres());
        remove_at_exit(&database.place);
        // By the clock on the wall, as the program that goes on with it.
        let clock = Clock::system();
        Keys::load_or_create(&folder, &clock).unwrap();
        let keys = std::fs::read_to_string(folder.join(FILE)).unwrap();
        let state = state(&database, clock, Limits::default(), Oidc::default(), &keys);
        demo::run_migrations(&state.db).unwrap();
        assert!(demo::load(&state).unwrap());
        demo::write_credentials(&folder, &demo::make_clients(&state).unwrap()).unwrap();
        if !on_postgres() {
            assert!(state.db.scrub(&[]).unwrap());
        }
        (folder, database)
    });
    for file in DEMO_FILES {
        std::fs::copy(folder.join(file), directory.join(file)).unwrap();
    }
    Database::copy_of(database)
}

/// What lives as long as the run is dropped by nobody.
fn remove_at_exit(place: &Place) {
    static TEMPLATES: Mutex<Vec<Place>> = Mutex::new(vec![]);

    extern "C" fn remove() {
        for place in TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            match place {
                Place::Folder(folder) => {
                    let _ = std::fs::remove_dir_all(folder);
                }
                Place::Server(name) => drop_on_server(&name),
                Place::Elsewhere => {}
            }
        }
    }

    let place = match place {
        Place::Folder(folder) => Place::Folder(folder.clone()),
        Place::Server(name) => Place::Server(name.clone()),
        Place::Elsewhere => return,
    };
    let mut all = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
    if all.is_empty() {
        #[expect(unsafe_code, reason = "the test harness tells nobody that it ends")]
        // SAFETY: the function takes and returns nothing, lives as long as the program, and does not panic.
        let registered = unsafe { libc::atexit(remove) };
        assert_eq!(registered, 0);
    }
    all.push(place);
}

/// The run's keys, for every test that has none of its own.
pub fn keys() -> &'static str {
    static KEYS: OnceLock<String> = OnceLock::new();
    KEYS.get_or_init(|| Keys::generate(&Clock::system()).unwrap())
}

/// A server's state on a database.
pub fn state(database: &Database, clock: Clock, limits: Limits, oidc: Oidc, keys: &str) -> Arc<State> {
    let site = Site {
        security_contact: Some("mailto:security@example.org".to_owned()),
        resident_questions: true,
        ..Site::default()
    };
    state_with_site(database, clock, limits, oidc, keys, site)
}

/// [`state`] of an office that says something else about its record.
pub fn state_with_site(
    database: &Database,
    clock: Clock,
    limits: Limits,
    oidc: Oidc,
    keys: &str,
    site: Site,
) -> Arc<State> {
    let db = Db::create(database.location.clone(), limits.connections).unwrap();
    state_of(db, clock, limits, oidc, keys, site)
}

/// [`state_with_site`] on a handle of the test's own.
pub fn state_of(db: Db, clock: Clock, limits: Limits, oidc: Oidc, keys: &str, site: Site) -> Arc<State> {
    let config = StateConfig {
        site,
        public_url: "http://127.0.0.1:8080".to_owned(),
        cors_origins: vec!["https://dashboard.example.org".to_owned()],
        oidc,
        limits,
    };
    let keys = Keys::from_json(keys).unwrap();
    Arc::new(State::new(db, clock, Arc::new(keys), resources::kinds(), config))
}

/// Furnishes an empty database as the tests have it, by the clock on the wall.
pub fn furnish(database: &Database) {
    let state = state(database, Clock::system(), Limits::default(), Oidc::default(), keys());
    demo::run_migrations(&state.db).unwrap();
    assert!(demo::load(&state).unwrap());
    actors::furnish(&state);
}
