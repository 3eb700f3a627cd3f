//! `client`: creates, lists and revokes machine clients.

use clap::Subcommand;
use onrecord::access::audit;
use onrecord::access::client::{self, Client, NewClient};
use onrecord::access::membership::Membership;
use onrecord::access::secret::{self, LONGEST_OVERLAP, NewSecret};
use onrecord::access::{Action, Role};
use onrecord::clock::{Clock, Id};
use onrecord::problem::{self, Problem};
use onrecord::record::read;
use onrecord::record::visible::Visibility;
use onrecord::record::{BODY, ORGANISATION};
use onrecord::resources;
use onrecord::store::Conn;
use serde_json::json;

use super::database::open;
use super::out::say;
use onrecord::config::DatabaseSettings;

/// `created_by` of what is created on the command line.
pub const OPERATOR: &str = "operator";

/// The subcommands of `client`.
#[derive(Subcommand)]
pub enum ClientCommand {
    /// Create a client and print its id and secret, which is not stored and cannot be shown again.
    #[command(
        after_help = "Example:\n  onrecord client create --label 'Victim Support, reporting' --body derbyshire-pcc \\\n    --organisation victim-support --role partner_writer"
    )]
    Create {
        /// What the client is for.
        #[arg(long)]
        label: String,
        /// The policing body, by reference.
        #[arg(long)]
        body: String,
        /// The organisation that it acts for, by reference.
        #[arg(long)]
        organisation: String,
        /// Its roles: editor, partner_writer, panel_member, auditor. Publishing, approving and administering need a person:
        /// see `person create`.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// List the clients.
    List {
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// Give a client a new secret and print it. The current one stays valid for the overlap.
    #[command(after_help = "Example:\n  onrecord client rotate client-0123456789abcdef --overlap 24h")]
    Rotate {
        /// The client's id.
        id: String,
        /// How long the current secret stays valid: 0, or hours (24h), or days (7d), at most 30d.
        #[arg(long, default_value = "24h", value_parser = hours)]
        overlap: i64,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// Revoke a client: within two seconds its tokens are refused everywhere.
    Revoke {
        /// The client's id.
        id: String,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
}

fn roles(membership: &Membership) -> &str {
    &membership.roles
}

fn organisation(membership: &Membership) -> &str {
    &membership.organisation_reference
}

/// Runs a subcommand of `client`.
pub fn clients(command: ClientCommand) -> Result<(), String> {
    let text = first_fault;
    let clock = Clock::system();
    match command {
        ClientCommand::Create { settings, label, body, organisation, roles } => {
            let db = open(settings)?;
            let roles = machine_roles(&roles)?;
            let secret = NewSecret::generate(&clock).map_err(text)?;
            let id = db
                .write(|conn| {
                    let body = shared(conn, BODY, &body, &clock)?;
                    let organisation = shared(conn, ORGANISATION, &organisation, &clock)?;
                    let new = NewClient {
                        label: &label,
                        body,
                        organisation,
                        roles: &roles,
                        stands_for_person: false,
                        created_by: OPERATOR,
                    };
                    let id = client::create(conn, &clock, &new, &secret)?;
                    let names: Vec<&str> = new.roles.iter().map(|role| role.name()).collect();
                    let detail = json!({"client": id, "holds": names, "in": new.organisation});
                    audit::note_of_operator(conn, &clock, "client_created", &detail)?;
                    Ok(id)
                })
                .map_err(text)?;
            say!(
                "client_id     {id}\nclient_secret {}\nKeep the secret: it is not stored here.",
                secret.text
            );
        }
        ClientCommand::List { settings } => {
            let db = open(settings)?;
            for client in db.read(|conn| Client::all(conn, clock.now())).map_err(text)? {
                say!(
                    "{}  {:<16} {:<24} {:<28} {}  {}",
                    client.id,
                    client.membership.as_ref().map(roles).unwrap_or_default(),
                    client.membership.as_ref().map(organisation).unwrap_or_default(),
                    client.label,
                    client.created_at,
                    client.revoked_at.map(|at| format!("revoked {at}")).unwrap_or_default(),
                );
            }
        }
        ClientCommand::Rotate { settings, id, overlap } => {
            let db = open(settings)?;
            let secret = NewSecret::generate(&clock).map_err(text)?;
            let now = clock.now();
            let rotated = db.write(|conn| {
                let rotated = secret::rotate(conn, &id, &secret, overlap, now)?;
                if rotated {
                    audit::note_of_operator(conn, &clock, "secret_rotated", &json!({"client": id}))?;
                }
                Ok(rotated)
            });
            if !rotated.map_err(text)? {
                return Err(format!("there is no client {id} that is not revoked"));
            }
            say!(
                "client_secret {}\nKeep the secret: it is not stored here. The previous one is valid until {}.",
                secret.text,
                now.plus_seconds(overlap * 3_600)
            );
        }
        ClientCommand::Revoke { settings, id } => {
            let db = open(settings)?;
            let now = clock.now();
            let revoked = db.write(|conn| {
                let revoked = client::revoke(conn, &id, now)?;
                if revoked {
                    audit::note_of_operator(conn, &clock, "client_revoked", &json!({"client": id}))?;
                }
                Ok(revoked)
            });
            if !revoked.map_err(text)? {
                return Err(format!("there is no client {id} that is not revoked already"));
            }
            say!("revoked {id}");
        }
    }
    Ok(())
}

/// A problem as the command line prints it: its first fault, or what it says itself.
pub fn first_fault(problem: Problem) -> String {
    match problem.errors.first() {
        Some(fault) => fault.detail.clone(),
        None => problem.detail_or_cause(),
    }
}

/// Parses `24h` or `7d` into hours.
fn hours(text: &str) -> Result<i64, String> {
    let wrong = || "give 0, or hours such as 24h, or days such as 7d, at most 30d".to_owned();
    let (number, unit) = match text.strip_suffix('d') {
        Some(number) => (number, 24),
        None => (text.strip_suffix('h').unwrap_or(text), 1),
    };
    let count: i64 = number.parse().map_err(|_| wrong())?;
    let has_no_unit = !text.ends_with(['h', 'd']);
    match count.checked_mul(unit) {
        Some(hours) if (0..=LONGEST_OVERLAP).contains(&hours) && (!has_no_unit || hours == 0) => Ok(hours),
        _ => Err(wrong()),
    }
}

/// Parses the names of roles that a machine may hold.
fn machine_roles(names: &[String]) -> Result<Vec<Role>, String> {
    let allowed: Vec<Role> =
        Role::ALL.iter().copied().filter(|role| !role.needs_person() && role.needs_membership()).collect();
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

/// The id of a body or an organisation, by reference.
pub fn shared(conn: &mut Conn, kind: &str, reference: &str, clock: &Clock) -> Result<Id, Problem> {
    let kind = resources::kinds().into_iter().find(|known| known.def.name == kind);
    let kind = kind.ok_or_else(|| Problem::internal("the kinds lack a body or organisation"))?;
    debug_assert!(kind.rule(Action::Read).is_some());
    let row = read::by_name(conn, kind, reference, &Visibility::as_of(clock.now()))?;
    row.map(|row| row.record).ok_or_else(|| {
        Problem::new(&problem::NOT_FOUND, format!("there is no {} `{reference}` on record", kind.def.one))
    })
}
