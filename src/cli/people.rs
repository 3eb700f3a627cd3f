//! `person`: creates, lists and revokes local accounts, and resets their passwords. The first administrator is created
//! here, and creates the others over HTTP.

use clap::Subcommand;
use onrecord::access::audit;
use onrecord::access::person::{self, NewPerson};
use onrecord::access::{Role, membership, password};
use onrecord::clock::Clock;
use onrecord::problem::{self, Problem};
use onrecord::record::{BODY, ORGANISATION};
use onrecord::store::Db;
use serde_json::json;

use super::clients::{first_fault, shared};
use super::database::open;
use super::out::say;
use onrecord::config::DatabaseSettings;

/// The subcommands of `person`.
#[derive(Subcommand)]
pub enum PersonCommand {
    /// Create a local account and print its first password, which must be changed at the first sign-in.
    #[command(
        after_help = "Example:\n  onrecord person create --login ada@office.example --label 'Ada Example' --role admin \\\n    --body derbyshire-pcc --organisation opcc-derbyshire"
    )]
    Create {
        /// What they sign in with, in any case.
        #[arg(long)]
        login: String,
        /// What people call them [default: the login].
        #[arg(long)]
        label: Option<String>,
        /// The policing body, by reference.
        #[arg(long)]
        body: String,
        /// The organisation that they belong to, by reference.
        #[arg(long)]
        organisation: String,
        /// A role; can be repeated.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// List the people, with their current roles.
    List {
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// Revoke a person for good: within two seconds their tokens are refused everywhere.
    Revoke {
        /// The person's id or login.
        id: String,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// Give a person a new first password, which must be changed at the next sign-in.
    ResetPassword {
        /// The person's id or login.
        id: String,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
}

/// Runs a subcommand of `person`.
pub fn people(command: PersonCommand) -> Result<(), String> {
    let message = first_fault;
    match command {
        PersonCommand::Create { settings, login, label, body, organisation, roles } => {
            let roles = person_roles(&roles)?;
            create(&open(settings)?, &login, label.as_deref(), (&body, &organisation), &roles)
                .map_err(message)
        }
        PersonCommand::List { settings } => list(&open(settings)?).map_err(message),
        PersonCommand::Revoke { settings, id } => {
            let now = Clock::system().now();
            let db = open(settings)?;
            let revoked = db.write(|conn| {
                let person = named(conn, &id)?;
                match person::revoke(conn, &person.id, now)? {
                    true => {
                        let detail = json!({"person": person.id});
                        audit::note_of_operator(conn, &Clock::system(), "person_revoked", &detail)?;
                        Ok(person.id)
                    }
                    false => Err(Problem::conflict(format!("{} is revoked already", person.id))),
                }
            });
            say!("revoked {}", revoked.map_err(message)?);
            Ok(())
        }
        PersonCommand::ResetPassword { settings, id } => reset(&open(settings)?, &id).map_err(message),
    }
}

/// The person of that id or login.
fn named(conn: &mut onrecord::store::Conn, name: &str) -> Result<person::Person, Problem> {
    let found = match name.starts_with(person::PREFIX) {
        true => person::find(conn, name)?,
        false => person::find_login(conn, &person::login(name))?,
    };
    found.ok_or_else(|| Problem::new(&problem::NOT_FOUND, format!("there is no person `{name}`")))
}

/// What is wrong with a login that is none.
pub fn not_a_login(login: &str) -> String {
    format!("`{login}` is not a valid login; give 3 to 100 letters, digits or `.`, `_`, `@`, `+`, `-`")
}

pub fn create(
    db: &Db,
    login: &str,
    label: Option<&str>,
    (body, organisation): (&str, &str),
    roles: &[Role],
) -> Result<(), Problem> {
    let clock = Clock::system();
    let login = person::login(login);
    if !person::is_login(&login) {
        return Err(Problem::new(&problem::BAD_REQUEST, not_a_login(&login)));
    }
    let first = password::first(&clock);
    let hash = password::hash(&first, &clock)?;
    let id = db.write(|conn| {
        let new = NewPerson {
            login: &login,
            label: label.unwrap_or(&login),
            hash: &hash,
            body: shared(conn, BODY, body, &clock)?,
            organisation: shared(conn, ORGANISATION, organisation, &clock)?,
            roles,
            valid_from: clock.now(),
            valid_to: None,
            created_by: "command line",
        };
        let id = person::create(conn, &clock, &new)?;
        let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        let detail = json!({"person": id, "holds": names, "in": new.organisation});
        audit::note_of_operator(conn, &clock, "person_created", &detail)?;
        Ok(id)
    })?;
    say!(
        "person         {id}\nlogin          {login}\nfirst_password {first}\nIt is not stored here, and must be changed at the first sign-in."
    );
    Ok(())
}

fn list(db: &Db) -> Result<(), Problem> {
    let now = Clock::system().now();
    db.read(|conn| {
        for person in person::all(conn)? {
            let current = membership::of(conn, &person.id, now)?;
            let (roles, organisation) =
                current.map(|one| (one.roles, one.organisation_reference)).unwrap_or_default();
            say!(
                "{}  {:<28} {:<24} {:<24} {}  {}",
                person.id,
                person.login.or(person.issuer).unwrap_or_default(),
                roles,
                organisation,
                person.label,
                person.revoked_at.map(|at| format!("revoked {at}")).unwrap_or_default(),
            );
        }
        Ok(())
    })
}

fn reset(db: &Db, name: &str) -> Result<(), Problem> {
    let clock = Clock::system();
    let first = password::first(&clock);
    let hash = password::hash(&first, &clock)?;
    let id = db.write(|conn| {
        let person = named(conn, name)?;
        match person::set_password(conn, &person.id, &hash, true, None)? {
            true => {
                audit::note_of_operator(conn, &clock, "password_reset", &json!({"person": person.id}))?;
                Ok(person.id)
            }
            false => Err(Problem::conflict(format!(
                "{} is revoked, or signs in with an OpenID provider and has no password here",
                person.id
            ))),
        }
    })?;
    say!("person         {id}\nfirst_password {first}");
    Ok(())
}

/// Parses the names of roles that a person may hold.
fn person_roles(names: &[String]) -> Result<Vec<Role>, String> {
    let known: Vec<&str> =
        Role::ALL.iter().filter(|role| role.needs_membership()).map(|role| role.name()).collect();
    let role = |name: &String| {
        Role::parse(name)
            .filter(|role| role.needs_membership())
            .ok_or_else(|| problem::unknown_name("role", name, &known))
    };
    names.iter().map(role).collect()
}
