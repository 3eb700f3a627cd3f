//! The command line. It reads settings, opens what they name, and hands over to the library.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use onrecord::access::client::{self, Client, NewClient};
use onrecord::access::keys::Keys;
use onrecord::access::{Action, Role};
use onrecord::bundle::{self, Archive, Bundle, Folder, Import, Progress, Who};
use onrecord::clock::{Clock, Ts};
use onrecord::config::{self, Config, File, Limits};
use onrecord::http::{State, StateConfig};
use onrecord::problem::{At, Fault};
use onrecord::record::changes;
use onrecord::record::read::{self, Name};
use onrecord::record::search;
use onrecord::record::visible::Sight;
use onrecord::record::{BODY, ORGANISATION};
use onrecord::store::migrations::{self, Standing};
use onrecord::store::{Db, Target};
use onrecord::{app, demo, resources};
use tracing_subscriber::EnvFilter;

/// The open accountability record of a policing body: one versioned REST/JSON API.
///
/// Try it: `onrecord demo`, then open the address that it prints. For a service of your own: `migrate`, then
/// `client create`, then `serve`.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "The log goes to standard error, one JSON object a line; LOG sets how much of it (error, warn, info, debug)."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve Derbyshire's record from an embedded database, with clients to try every role.
    ///
    /// Loads the demo where the database is empty, and keeps what is there when it is started again. The
    /// clients' secrets lie in demo-credentials.json beside the database.
    #[command(after_help = "Example:\n  onrecord demo --data ./onrecord-data --listen 127.0.0.1:8080")]
    Demo {
        /// Where the database, the keys and the credentials lie.
        #[arg(long, default_value = "./onrecord-data")]
        data: PathBuf,
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// Another database than the embedded one: for the bench, which compares them.
        #[arg(long, hide = true)]
        database_url: Option<String>,
    },
    /// Serve a database that `migrate` has prepared.
    ///
    /// Refuses a database whose migrations are not this program's own, and one in which a demo client stands
    /// for a person.
    #[command(
        after_help = "Example:\n  DATABASE_URL=postgres://onrecord@db/onrecord PUBLIC_URL=https://api.example.org onrecord serve"
    )]
    Serve(Settings),
    /// Bring a database's tables up to this program's.
    Migrate(Settings),
    /// Read a bundle into the record: a folder or a ZIP archive with a file for each kind, or one such file.
    ///
    /// `plans.jsonl` (a JSON object a line) or `plans.csv` (as lists are given out); `grants.csv` may also be a
    /// spreadsheet of the 360Giving standard, and then needs --body, --owner and --published-at. Everything goes in
    /// or nothing: every fault is told with its file and line.
    #[command(
        after_help = "Examples:\n  onrecord import ./derbyshire --dry-run\n  onrecord import ./export.zip\n  onrecord import ./awards.csv --body derbyshire-pcc --owner opcc-derbyshire --published-at 2024-04-01T00:00:00Z"
    )]
    Import(ImportCommand),
    /// Write the whole public record, with its history, into an empty folder, or into an archive that ends in .zip.
    ///
    /// What `import` reads. The same record gives the same bytes.
    #[command(after_help = "Example:\n  onrecord export ./record")]
    Export {
        #[command(flatten)]
        settings: Settings,
        /// The folder or the archive.
        path: PathBuf,
    },
    /// Make, list and revoke machine clients.
    #[command(subcommand)]
    Client(ClientCommand),
    /// Print the OpenAPI document of this program, with examples that the demo gives.
    Openapi {
        /// Write it to this file instead, once it is whole.
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Ask a running service whether it is alive; for a container's health check.
    Health {
        /// The address to ask.
        #[arg(long, default_value = "http://127.0.0.1:8080/healthz")]
        url: String,
    },
}

#[derive(Args)]
struct ImportCommand {
    #[command(flatten)]
    settings: Settings,
    /// The folder, the archive or the file.
    path: PathBuf,
    /// Check everything and keep nothing.
    #[arg(long)]
    dry_run: bool,
    /// The policing body of records that do not name one, by reference.
    #[arg(long)]
    body: Option<String>,
    /// The organisation that owns records that do not name one, by reference.
    #[arg(long)]
    owner: Option<String>,
    /// When records that do not say so were published, by RFC 3339; without it they are drafts.
    #[arg(long)]
    published_at: Option<String>,
}

#[derive(Subcommand)]
enum ClientCommand {
    /// Make a client; prints its id and its secret, which is not stored and cannot be shown again.
    #[command(
        after_help = "Example:\n  onrecord client create --label 'Victim Support, reporting' --body derbyshire-pcc \\\n    --organisation victim-support --role partner_writer"
    )]
    Create {
        #[command(flatten)]
        settings: Settings,
        /// What it is for.
        #[arg(long)]
        label: String,
        /// The policing body that its reach ends at, by reference.
        #[arg(long)]
        body: String,
        /// The organisation whose slice it has, by reference.
        #[arg(long)]
        organisation: String,
        /// Its roles: editor, partner_writer, panel_member, auditor. Publishing, approving and administering
        /// are for people, who cannot sign in yet.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
    },
    /// List the clients.
    List {
        #[command(flatten)]
        settings: Settings,
    },
    /// Revoke a client: within two seconds its tokens are refused everywhere.
    Revoke {
        #[command(flatten)]
        settings: Settings,
        /// The client's id.
        id: String,
    },
}

/// Settings come from the command line, then from the environment, then from the file, then from defaults.
#[derive(Args, Default)]
struct Settings {
    /// A TOML file with any of these settings, in lower case.
    #[arg(long, env = "ONRECORD_CONFIG")]
    config: Option<PathBuf>,
    /// The database: a path (SQLite) or postgres://…
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Where to listen [default: 127.0.0.1:8080].
    #[arg(long, env = "LISTEN")]
    listen: Option<String>,
    /// The scheme and host that callers use; issuer and audience of tokens [default: http:// and LISTEN].
    #[arg(long, env = "PUBLIC_URL")]
    public_url: Option<String>,
    /// Where the keys lie; made at first start, mode 0600 [default: ./onrecord-keys].
    #[arg(long, env = "KEYS_DIR")]
    keys_dir: Option<PathBuf>,
    /// Where to serve Prometheus metrics; off unless set.
    #[arg(long, env = "METRICS_LISTEN")]
    metrics_listen: Option<String>,
    /// Origins that may write from a browser, with commas between.
    #[arg(long, env = "CORS_ORIGINS", value_delimiter = ',')]
    cors_origins: Option<Vec<String>>,
    /// The largest body, in bytes [default: 1048576].
    #[arg(long, env = "BODY_LIMIT")]
    body_limit: Option<usize>,
    /// Connections that read; as many write on PostgreSQL [default: 4].
    #[arg(long, env = "CONNECTIONS")]
    connections: Option<u32>,
    /// Threads that serve [default: the machine's cores, at most 8].
    #[arg(long, env = "WORKERS")]
    workers: Option<usize>,
}

impl Settings {
    /// Puts the sources together and checks every value.
    fn resolve(self) -> Result<Config, String> {
        let file = match &self.config {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        let database_url = self.database_url.or(file.database_url).ok_or(
            "DATABASE_URL is not set; give a path for SQLite, such as ./onrecord.sqlite, or postgres://user@host/database",
        )?;
        let listen_text = self.listen.or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen = config::address("LISTEN", &listen_text)?;
        let public = self.public_url.or(file.public_url).unwrap_or_else(|| format!("http://{listen}"));
        let metrics = self.metrics_listen.or(file.metrics_listen);
        let mut limits = Limits::default();
        if let Some(bytes) = self.body_limit.or(file.body_limit) {
            limits.body_bytes = config::between("BODY_LIMIT", bytes, 1_024, 64 * 1_048_576)?;
        }
        if let Some(connections) = self.connections.or(file.connections) {
            limits.connections = config::between("CONNECTIONS", connections, 1, 200)?;
        }
        if let Some(workers) = self.workers.or(file.workers) {
            limits.workers = config::between("WORKERS", workers, 1, 256)?;
        }
        let origins = self.cors_origins.or(file.cors_origins).unwrap_or_default();
        Ok(Config {
            database_url,
            listen,
            public_url: config::public_url(&public)?,
            keys_dir: self.keys_dir.or(file.keys_dir).unwrap_or_else(|| PathBuf::from("./onrecord-keys")),
            metrics_listen: metrics.map(|text| config::address("METRICS_LISTEN", &text)).transpose()?,
            cors_origins: origins.iter().map(|text| config::origin(text.trim())).collect::<Result<_, _>>()?,
            limits,
        })
    }
}

/// What this program writes (the database, its log, keys, credentials) is for its own user's eyes.
#[cfg(unix)]
#[expect(unsafe_code, reason = "a call into the C library that sets one of the process's properties")]
fn keep_files_private() {
    // SAFETY: umask cannot fail; no other thread runs yet.
    unsafe {
        libc::umask(0o077);
    }
}

#[cfg(not(unix))]
fn keep_files_private() {}

/// Hands large blocks back to the system as soon as they are free. A client's secret is hashed with Argon2id in
/// 19 MiB; glibc would otherwise learn from the first such block to keep all of them, in every thread's arena:
/// 180 MB resident after a few tokens, in place of 25.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "a call into the C library that sets one of its parameters")]
fn give_memory_back() {
    // SAFETY: mallopt may be called at any time; no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 262_144);
    }
}

#[cfg(not(target_env = "gnu"))]
fn give_memory_back() {}

fn main() -> ExitCode {
    keep_files_private();
    give_memory_back();
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("onrecord: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// The log: one JSON object a line on standard error; LOG sets what is told (default `info`).
fn start_log(default: &str) -> Result<(), String> {
    let filter = match std::env::var("LOG") {
        Ok(text) => EnvFilter::try_new(&text).map_err(|_| {
            format!("LOG is `{text}`; give error, warn, info or debug, or targets with levels")
        })?,
        Err(_) => EnvFilter::new(default),
    };
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Demo { data, listen, database_url } => {
            start_log("warn")?;
            run_demo(&data, &listen, database_url)
        }
        Command::Serve(settings) => {
            start_log("info")?;
            serve(settings.resolve()?)
        }
        Command::Migrate(settings) => migrate(&settings.resolve()?),
        Command::Import(command) => import(command),
        Command::Export { settings, path } => export(&settings.resolve()?, &path),
        Command::Client(command) => clients(command),
        Command::Openapi { output } => {
            let text = demo::released_text()?;
            match output {
                None => print!("{text}"),
                Some(path) => {
                    let beside = path.with_extension("new");
                    let written =
                        std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &path));
                    written.map_err(|error| format!("{}: {error}", path.display()))?;
                }
            }
            Ok(())
        }
        Command::Health { url } => health(&url),
    }
}

fn state(db: Db, keys: Keys, public_url: String, cors_origins: Vec<String>, limits: Limits) -> Arc<State> {
    let config = StateConfig { public_url, cors_origins, limits };
    Arc::new(State::new(db, Clock::system(), Arc::new(keys), resources::kinds(), config))
}

/// Serves; says what is to be told once the door is open.
fn serve_state(
    state: Arc<State>,
    listen: SocketAddr,
    metrics: Option<SocketAddr>,
    told: &str,
) -> Result<(), String> {
    state.refresh_mark().map_err(|problem| problem.detail_or_cause())?;
    actix_web::rt::System::new().block_on(app::server::run(state, listen, metrics, told))
}

fn run_demo(data: &Path, listen: &str, database_url: Option<String>) -> Result<(), String> {
    let listen = config::address("--listen", listen)?;
    std::fs::create_dir_all(data).map_err(|error| format!("{}: {error}", data.display()))?;
    let clock = Clock::system();
    let keys = Keys::load_or_create(data, &clock)?;
    let limits = Limits::default();
    let file = data.join("onrecord.sqlite");
    let target = database_url
        .map_or_else(|| Target::Lite(file.to_string_lossy().into_owned()), |url| Target::parse(&url));
    let db = Db::open(target, limits.connections)?;
    demo::run_migrations(&db)?;
    index_words(&db)?;
    let state = state(db, keys, format!("http://{listen}"), vec![], limits);
    let loaded = demo::load(&state).map_err(|problem| problem.detail_or_cause())?;
    let credentials = data.join("demo-credentials.json");
    let known = state.db.read(Client::all).map_err(|problem| problem.detail_or_cause())?;
    // Never into a database that has clients of its own.
    if known.is_empty() {
        let made = demo::make_clients(&state).map_err(|problem| problem.detail_or_cause())?;
        demo::write_credentials(data, &made)?;
    } else {
        demo::readdress_credentials(data, &state.public_url)?;
    }
    let told = format!(
        "OnRecord's demo: Derbyshire's record{}
  API            http://{listen}/v1/plans
  documentation  http://{listen}/docs/
  credentials    {}
  data           {}
Stop it with Ctrl-C.",
        if loaded { ", freshly loaded" } else { ", as it was left" },
        credentials.display(),
        file.display()
    );
    serve_state(state, listen, None, &told)
}

fn serve(config: Config) -> Result<(), String> {
    let db = Db::open(Target::parse(&config.database_url), config.limits.connections)?;
    check_database(&db)?;
    index_words(&db)?;
    let keys = Keys::load_or_create(&config.keys_dir, &Clock::system())?;
    let state = state(db, keys, config.public_url, config.cors_origins, config.limits);
    serve_state(state, config.listen, config.metrics_listen, "")
}

/// Indexes what was stored before there was a search; gives the number of versions.
fn index_words(db: &Db) -> Result<usize, String> {
    search::backfill(db, &resources::kinds()).map_err(|problem| problem.detail_or_cause())
}

/// Refuses a database whose tables are not this program's.
fn check_migrations(db: &Db) -> Result<(), String> {
    let standing =
        db.read(|conn| Ok(migrations::standing(conn))).map_err(|problem| problem.detail_or_cause())??;
    match standing {
        Standing::Current => Ok(()),
        Standing::Behind(missing) => {
            Err(format!("the database lacks {} migrations; run `onrecord migrate` first", missing.len()))
        }
        Standing::Foreign(foreign) => Err(migrations::foreign_sentence(&foreign)),
    }
}

/// Refuses what must not be served.
fn check_database(db: &Db) -> Result<(), String> {
    check_migrations(db)?;
    let persons = db.read(client::standing_for_persons).map_err(|problem| problem.detail_or_cause())?;
    if persons > 0 {
        return Err(format!(
            "the database holds {persons} demo clients that stand for persons; serve another database, or revoke them with `onrecord client revoke`"
        ));
    }
    Ok(())
}

fn migrate(config: &Config) -> Result<(), String> {
    let db = Db::open(Target::parse(&config.database_url), 1)?;
    let ran = demo::run_migrations(&db)?;
    match ran.len() {
        0 => println!("nothing to do: the database is up to date"),
        n => println!("ran {n} migrations: {}", ran.join(", ")),
    }
    match index_words(&db)? {
        0 => {}
        n => println!("indexed the words of {n} versions"),
    }
    Ok(())
}

/// A server's state for work on the command line: what it signs is thrown away.
fn offline(config: Config) -> Result<Arc<State>, String> {
    let db = Db::open(Target::parse(&config.database_url), 2)?;
    check_migrations(&db)?;
    let keys = Keys::from_json(&Keys::generate(&Clock::system())?)?;
    let state = state(db, keys, config.public_url, vec![], config.limits);
    state.refresh_mark().map_err(|problem| problem.detail_or_cause())?;
    Ok(state)
}

fn import(command: ImportCommand) -> Result<(), String> {
    let told = |problem: onrecord::problem::Problem| problem.detail_or_cause();
    let published_at = match command.published_at.as_deref().map(Ts::parse) {
        Some(None) => {
            return Err("--published-at is a moment by RFC 3339, such as 2024-04-01T00:00:00Z".to_owned());
        }
        at => at.flatten(),
    };
    let state = offline(command.settings.resolve()?)?;
    let mut bundle = Bundle::open(&command.path, &state.kinds).map_err(faults_told)?;
    let bar = indicatif::ProgressBar::no_length().with_style(bar_style()?);
    let now = state.now();
    let mut kept = None;
    let written = state.db.write_much(|conn| {
        let who = Who::Operator { body: command.body, owner: command.owner, published_at };
        let mut progress = |progress: Progress| match progress {
            Progress::Lines(lines) => bar.set_length(lines),
            Progress::Done(lines) => bar.set_position(lines),
        };
        let import = Import { state: &state, who, now, progress: &mut progress };
        kept = Some(bundle::import(conn, &mut bundle, import)?);
        // What was only tried is undone.
        if command.dry_run { Err(onrecord::problem::Problem::internal("a dry run")) } else { Ok(()) }
    });
    bar.finish_and_clear();
    let Some(summary) = kept else {
        return Err(written.err().map_or_else(|| "nothing was imported".to_owned(), faults_told));
    };
    for remark in &summary.remarks {
        eprintln!("note: {}", fault_line(remark));
    }
    if !command.dry_run {
        written.map_err(told)?;
        changes::catch_up(&state.db, &state.clock, now).map_err(told)?;
    }
    for (path, count) in &summary.records {
        println!("{count:>9} {path}");
    }
    let done = if command.dry_run { "would go in; nothing was kept" } else { "went in" };
    println!("{:>9} publications and drafts {done}", summary.versions);
    Ok(())
}

fn bar_style() -> Result<indicatif::ProgressStyle, String> {
    let template = "{bar:40} {pos} of {len} lines, {elapsed} gone, {eta} to go";
    indicatif::ProgressStyle::with_template(template).map_err(|error| error.to_string())
}

/// Every fault on a line of its own; the last says how many there are.
fn faults_told(problem: onrecord::problem::Problem) -> String {
    for fault in &problem.errors {
        eprintln!("{}", fault_line(fault));
    }
    problem.detail_or_cause()
}

/// A fault as compilers write theirs: `plans.jsonl:3: /from: …`.
fn fault_line(fault: &Fault) -> String {
    let file = fault.file.as_deref().map(|file| format!("{file}:")).unwrap_or_default();
    let line = fault.line.map(|line| format!("{line}:")).unwrap_or_default();
    let at = match &fault.at {
        At::Pointer(at) | At::Parameter(at) | At::Header(at) | At::Column(at) if at.is_empty() => {
            String::new()
        }
        At::Pointer(at) | At::Parameter(at) | At::Header(at) | At::Column(at) => format!(" {at}:"),
    };
    format!("{file}{line}{at} {} ({})", fault.detail, fault.code)
}

fn export(config: &Config, path: &Path) -> Result<(), String> {
    let told = |problem: onrecord::problem::Problem| problem.detail_or_cause();
    let cannot = |error: std::io::Error| format!("{}: {error}", path.display());
    let db = Db::open(Target::parse(&config.database_url), 1)?;
    check_migrations(&db)?;
    let kinds = resources::kinds();
    let mark = db.read(changes::latest_mark).map_err(told)?;
    let moment = Clock::system().now().max(mark);
    let written = if path.extension().is_some_and(|ending| ending == "zip") {
        let file = std::fs::File::create_new(path).map_err(cannot)?;
        let mut archive = Archive::new(std::io::BufWriter::new(file));
        let written = bundle::export(&db, &kinds, moment, &mut archive).map_err(told)?;
        archive.finish().map_err(cannot)?;
        written
    } else {
        bundle::export(&db, &kinds, moment, &mut Folder::new(path).map_err(cannot)?).map_err(told)?
    };
    for (file, lines) in &written {
        println!("{lines:>9} {file}");
    }
    Ok(())
}

fn clients(command: ClientCommand) -> Result<(), String> {
    let text = |problem: onrecord::problem::Problem| problem.detail_or_cause();
    let clock = Clock::system();
    match command {
        ClientCommand::Create { settings, label, body, organisation, roles } => {
            let db = Db::open(Target::parse(&settings.resolve()?.database_url), 1)?;
            let roles = machine_roles(&roles)?;
            let (id, secret) = db
                .write(|conn| {
                    let body = shared(conn, BODY, &body, &clock)?;
                    let organisation = shared(conn, ORGANISATION, &organisation, &clock)?;
                    let new = NewClient {
                        label: &label,
                        body: Some(body),
                        organisation: Some(organisation),
                        roles: &roles,
                        stands_for_person: false,
                    };
                    client::create(conn, &clock, &new)
                })
                .map_err(text)?;
            println!("client_id     {id}\nclient_secret {secret}\nKeep the secret: it is not stored here.");
        }
        ClientCommand::List { settings } => {
            let db = Db::open(Target::parse(&settings.resolve()?.database_url), 1)?;
            for client in db.read(Client::all).map_err(text)? {
                println!(
                    "{}  {:<16} {:<24} {:<28} {}  {}",
                    client.id,
                    client.roles,
                    client.organisation_reference.unwrap_or_default(),
                    client.label,
                    client.created_at,
                    client.revoked_at.map(|at| format!("revoked {at}")).unwrap_or_default(),
                );
            }
        }
        ClientCommand::Revoke { settings, id } => {
            let db = Db::open(Target::parse(&settings.resolve()?.database_url), 1)?;
            let now = clock.now();
            if !db.write(|conn| client::revoke(conn, &id, now)).map_err(text)? {
                return Err(format!("there is no client {id} that is not revoked already"));
            }
            println!("revoked {id}");
        }
    }
    Ok(())
}

/// The roles that a machine may hold, from their names.
fn machine_roles(names: &[String]) -> Result<Vec<Role>, String> {
    let allowed: Vec<Role> =
        Role::ALL.iter().copied().filter(|role| !role.needs_person() && *role != Role::Public).collect();
    let known: Vec<&str> = allowed.iter().map(|role| role.name()).collect();
    names
        .iter()
        .map(|name| {
            Role::parse(name).filter(|role| allowed.contains(role)).ok_or_else(|| {
                format!(
                    "`{name}` is not a role that a machine client can hold; those are: {}",
                    known.join(", ")
                )
            })
        })
        .collect()
}

/// The id of a body or an organisation, by its reference.
fn shared(
    conn: &mut onrecord::store::Conn,
    kind: &str,
    reference: &str,
    clock: &Clock,
) -> Result<onrecord::clock::Id, onrecord::problem::Problem> {
    let kind = resources::kinds().into_iter().find(|known| known.def.name == kind);
    let kind =
        kind.ok_or_else(|| onrecord::problem::Problem::internal("a kind that the envelope stands on"))?;
    debug_assert!(kind.rule(Action::Read).is_some());
    let name = Name::Shared(reference.to_owned());
    let row = read::one(conn, kind, &name, &Sight::as_of(clock.now()))?;
    row.map(|row| row.record).ok_or_else(|| {
        onrecord::problem::Problem::new(
            &onrecord::problem::NOT_FOUND,
            format!("there is no {} `{reference}` on record", kind.def.one),
        )
    })
}

/// Asks a health address, over plain TCP: the image has no other tool.
fn health(url: &str) -> Result<(), String> {
    use std::io::{Read, Write};
    let rest = url.strip_prefix("http://").ok_or("give an http:// address")?;
    let (host, path) =
        rest.split_once('/').map_or((rest, String::from("/")), |(host, path)| (host, format!("/{path}")));
    let mut stream = std::net::TcpStream::connect(host).map_err(|error| format!("{host}: {error}"))?;
    let patience = Some(std::time::Duration::from_secs(5));
    stream.set_read_timeout(patience).map_err(|error| error.to_string())?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        .map_err(|error| error.to_string())?;
    let mut answer = [0u8; 12];
    stream.read_exact(&mut answer).map_err(|error| error.to_string())?;
    if &answer == b"HTTP/1.1 200" { Ok(()) } else { Err("it does not answer 200".to_owned()) }
}
