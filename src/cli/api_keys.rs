//! `api-key`: creates, lists and revokes API keys for open data.

use clap::Subcommand;
use onrecord::access::api_key::{self, ApiKey};
use onrecord::access::audit;
use onrecord::clock::Clock;
use onrecord::problem::Problem;
use serde_json::json;

use super::clients::OPERATOR;
use super::database::open;
use super::out::say;
use onrecord::config::DatabaseSettings;

/// The subcommands of `api-key`.
#[derive(Subcommand)]
pub enum ApiKeyCommand {
    /// Create a key and print it. It is not stored and cannot be shown again.
    #[command(
        after_help = "Example:\n  onrecord api-key create --label 'University of Derby, weekly download'"
    )]
    Create {
        /// What the key is for, and for whom.
        #[arg(long)]
        label: String,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// List the keys.
    List {
        #[command(flatten)]
        settings: DatabaseSettings,
    },
    /// Revoke a key. Within seconds it is refused everywhere.
    Revoke {
        /// The key's id: the part between the two underscores.
        id: String,
        #[command(flatten)]
        settings: DatabaseSettings,
    },
}

/// Runs a subcommand of `api-key`.
pub fn api_keys(command: ApiKeyCommand) -> Result<(), String> {
    let message = |problem: Problem| problem.detail_or_cause();
    let clock = Clock::system();
    match command {
        ApiKeyCommand::Create { settings, label } => {
            let made = open(settings)?.write(|conn| {
                let made = api_key::create(conn, &clock, &label, None, OPERATOR)?;
                audit::note_of_operator(conn, &clock, "key_created", &json!({"key": made.0}))?;
                Ok(made)
            });
            let (_, text) = made.map_err(message)?;
            say!("X-API-Key: {text}\nKeep it: it is not stored here.");
        }
        ApiKeyCommand::List { settings } => {
            for key in open(settings)?.read(ApiKey::all).map_err(message)? {
                let revoked = key.revoked_at.map(|at| format!("revoked {at}")).unwrap_or_default();
                say!("{}  {:<28} {}  {}  {revoked}", key.id, key.label, key.created_at, key.created_by);
            }
        }
        ApiKeyCommand::Revoke { settings, id } => {
            let now = clock.now();
            let revoked = open(settings)?.write(|conn| {
                let revoked = api_key::revoke(conn, &id, now)?;
                if revoked {
                    audit::note_of_operator(conn, &clock, "key_revoked", &json!({"key": id}))?;
                }
                Ok(revoked)
            });
            if !revoked.map_err(message)? {
                return Err(format!("there is no key {id} that is not revoked already"));
            }
            say!("revoked {id}");
        }
    }
    Ok(())
}
