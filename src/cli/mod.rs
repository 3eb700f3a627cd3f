//! The commands and their arguments.

mod api_keys;
mod backup;
mod clients;
mod database;
mod disclosure;
mod files;
mod health;
mod init;
mod keys;
pub mod out;
mod people;
mod roles;
mod series;
mod serve;
mod verify;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use onrecord::{demo, logging};

use self::api_keys::{ApiKeyCommand, api_keys};
use self::backup::backup;
use self::clients::{ClientCommand, clients};
use self::database::{migrate, rewrite};
use self::disclosure::audit_disclosure;
use self::files::{ImportCommand, export, import};
use self::health::health;
use self::init::{InitCommand, init};
use self::keys::{KeysCommand, keys};
use self::people::{PersonCommand, people};
use self::roles::check_roles;
use self::series::{ImportSeriesCommand, import_series};
use self::serve::{run_demo, serve};
use self::verify::verify;
use onrecord::config::{DatabaseSettings, Settings, Site};

/// The open accountability record of a policing body: one versioned REST/JSON API.
///
/// Try it: `onrecord demo`, then open the address that it prints. For a service of your own: `init`, then `serve`.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "The log goes to standard error, one JSON object a line; LOG sets its level (error, warn, info, debug)."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The subcommands.
#[derive(Subcommand)]
enum Command {
    /// Serve Derbyshire's record from an embedded database, with clients to try every role.
    ///
    /// Loads the demo if the database is empty, and keeps the data when it is started again. The clients' secrets are in
    /// demo-credentials.json, next to the database.
    #[command(after_help = "Example:\n  onrecord demo --data ./onrecord-data --listen 127.0.0.1:8080")]
    Demo {
        /// The directory of the database, the keys and the credentials.
        #[arg(long, default_value = "./onrecord-data")]
        data: PathBuf,
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// A database other than the embedded one, for the bench, which compares them.
        #[arg(long, hide = true)]
        database_url: Option<String>,
        /// Without limits of requests and connections, for the bench and for load tests.
        #[arg(long)]
        no_limits: bool,
        /// With questions from residents without an account.
        #[arg(long)]
        resident_questions: bool,
    },
    /// Serve a database that `migrate` has prepared.
    ///
    /// Refuses a database whose migrations are not this program's, and one that still contains demo accounts of people.
    #[command(
        after_help = "Example:\n  DATABASE_URL=postgres://onrecord@db/onrecord PUBLIC_URL=https://api.example.org onrecord serve"
    )]
    Serve(Settings),
    /// Update a database's tables to those of this program.
    Migrate(DatabaseSettings),
    /// Prepare a new office: the tables, its area, its organisation, its policing body and the first administrator.
    ///
    /// Makes what is missing and leaves what is there, so it can be run again. The administrator's first password is printed
    /// once, and must be changed at the first sign-in.
    #[command(
        after_help = "Example:\n  onrecord init --database-url ./onrecord.sqlite --body derbyshire-pcc --body-name 'Police and Crime Commissioner for Derbyshire' \\\n    --area E23000018 --area-name Derbyshire --organisation opcc-derbyshire --organisation-name 'Office of the Commissioner' \\\n    --login ada@office.example --label 'Ada Example'"
    )]
    Init(InitCommand),
    /// Import a bundle into the record: a folder or a ZIP archive with a file for each kind, or one such file.
    ///
    /// `plans.jsonl` (a JSON object a line) or `plans.csv`, `.xlsx` or `.ods` (as lists are returned); `grants.csv`, `.xlsx` or
    /// `.ods` may also be a spreadsheet of the 360Giving standard, and then needs --body, --owner and --published-at. Either
    /// everything is imported or nothing: every fault is listed with its file and line.
    #[command(
        after_help = "Examples:\n  onrecord import ./derbyshire --dry-run\n  onrecord import ./export.zip\n  onrecord import ./awards.csv --body derbyshire-pcc --owner opcc-derbyshire --published-at 2024-04-01T00:00:00Z"
    )]
    Import(ImportCommand),
    /// Import a file of observations as a new release of an indicator: a CSV or a sheet of a workbook (.xlsx, .ods).
    ///
    /// The mapping declares what each column is, what markers mean and what is corrected; without one the file must be in
    /// our own form. The mapping becomes a part of the release. Either everything is imported or nothing: every fault is
    /// listed with its row and column. The release is a draft unless you give --publish.
    #[command(
        after_help = "Example:\n  onrecord import-series crime.csv --mapping crime.mapping.json --indicator derbyshire-pcc:IND-CRIME --reference REL-CRIME-2018 --body derbyshire-pcc --owner opcc-derbyshire --organisation ons --first-published 2018-07-19T08:30:00Z --publish --dry-run"
    )]
    ImportSeries(ImportSeriesCommand),
    /// Write the whole public record, with its history, into an empty folder, or into an archive that ends in .zip.
    ///
    /// `import` reads what this writes. The same record gives the same bytes.
    #[command(after_help = "Example:\n  onrecord export ./record")]
    Export {
        /// The folder or the archive.
        path: PathBuf,
        /// The licence of the record, as for `serve`.
        #[arg(long, env)]
        licence: Option<String>,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// Copy the database to a new file while the service runs, and check the copy.
    ///
    /// SQLite: one moment of the database, on which all of `verify` runs. PostgreSQL: an archive of pg_dump, which is read
    /// through; with --restore-into an empty database, it is restored there and verified, otherwise the database itself is.
    #[command(
        after_help = "Example:\n  onrecord backup --database-url ./onrecord.sqlite /backup/onrecord-2026-11-29.sqlite"
    )]
    Backup {
        /// The file to write.
        path: PathBuf,
        /// PostgreSQL only: an empty database in which the copy is restored and verified.
        #[arg(long)]
        restore_into: Option<String>,
        /// The directory of the server's keys, with which the signed heads are compared.
        #[arg(long, env)]
        keys_dir: Option<PathBuf>,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// Check that the audit trail and the records are as they were written.
    ///
    /// Recomputes the chain, the tree, the signed heads, the digest of every content and the state of every record. The
    /// service may run meanwhile. Exits with 1 at the first thing that is broken, and names it.
    #[command(after_help = "Example:\n  onrecord verify --database-url onrecord.sqlite")]
    Verify {
        /// The directory of the server's keys, with which the signed heads are compared.
        #[arg(long, env)]
        keys_dir: Option<PathBuf>,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// Try to work out every figure that disclosure control hides, from all that is or was public.
    ///
    /// Reads the figures of all protected indicators, in every release that was published, withdrawn ones too. Prints a line for
    /// each hidden figure that the public could bound more narrowly than 1 to 4, with the sums that say so, and exits with 1; with
    /// 0 if there is none. The service may run meanwhile.
    #[command(after_help = "Example:\n  onrecord disclosure-audit --database-url onrecord.sqlite")]
    DisclosureAudit(DatabaseSettings),
    /// Rewrite the files of a database, so that they hold nothing of what was redacted.
    ///
    /// The service does so each night in which a redaction waits for it. On PostgreSQL each table is locked while it is
    /// rewritten, so reads and changes wait, or fail with 503 after five seconds.
    #[command(after_help = "Example:\n  onrecord rewrite --database-url postgres://onrecord@db/onrecord")]
    Rewrite(DatabaseSettings),
    /// Create, list and revoke machine clients, and give them new secrets.
    #[command(subcommand)]
    Client(ClientCommand),
    /// Create, list and revoke API keys for open data.
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// List and rotate the server's own keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Create, list and revoke local accounts of people; this creates the first administrator.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Report people and clients with roles that the kind of their organisation does not allow.
    ///
    /// Nobody gets such a role any more; this finds those of earlier releases, and those of an organisation whose kind has
    /// changed. Prints one line for each membership and exits with 1, or with 0 if there is none. End such a membership
    /// with POST /v1/memberships/{membership}/end, or revoke the client or person.
    #[command(after_help = "Example:\n  onrecord check-roles --database-url onrecord.sqlite")]
    CheckRoles(DatabaseSettings),
    /// Print the OpenAPI document of this program, with examples from the demo.
    Openapi {
        /// Write it to this file instead.
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Print who may do what, as a page for people: docs/access.md.
    Access {
        /// Write it to this file instead.
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Check that a running service is alive, for a container's health check.
    Health {
        /// The address to request.
        #[arg(long, default_value = "http://127.0.0.1:8080/healthz")]
        url: String,
    },
}

/// Runs the command. An error is the message to print.
pub fn run(cli: Cli) -> Result<(), String> {
    match cli.command {
        Command::Demo { data, listen, database_url, no_limits, resident_questions } => {
            logging::start("warn")?;
            let site = Site { resident_questions, ..Site::default() };
            run_demo(&data, &listen, database_url, no_limits, site)
        }
        Command::Serve(settings) => {
            logging::start("info")?;
            serve(settings.resolve()?)
        }
        Command::Migrate(settings) => migrate(&settings.resolve()?),
        Command::Init(command) => init(command),
        Command::Backup { settings, path, restore_into, keys_dir } => {
            backup(&settings.with_keys(keys_dir)?, &path, restore_into.as_deref())
        }
        Command::Import(command) => import(command),
        Command::ImportSeries(command) => import_series(command),
        Command::Export { settings, path, licence } => export(&settings.with_licence(licence)?, &path),
        Command::Verify { settings, keys_dir } => verify(&settings.with_keys(keys_dir)?),
        Command::DisclosureAudit(settings) => audit_disclosure(&settings.resolve()?),
        Command::Rewrite(settings) => rewrite(settings),
        Command::Client(command) => clients(command),
        Command::ApiKey(command) => api_keys(command),
        Command::Keys(command) => keys(command),
        Command::Person(command) => people(command),
        Command::CheckRoles(settings) => check_roles(settings),
        Command::Openapi { output } => print_or_write(&demo::released_text()?, output),
        Command::Access { output } => print_or_write(&onrecord::resources::access_page(), output),
        Command::Health { url } => health(&url),
    }
}

/// Prints a text, or writes it to a file, which is replaced atomically.
fn print_or_write(text: &str, output: Option<PathBuf>) -> Result<(), String> {
    let Some(path) = output else {
        out::text(text);
        return Ok(());
    };
    let temporary = path.with_extension("new");
    let result = std::fs::write(&temporary, text).and_then(|()| std::fs::rename(&temporary, &path));
    result.map_err(|error| format!("{}: {error}", path.display()))
}
