//! `keys`: lists and rotates the server's own keys.

use super::out::say;
use clap::Subcommand;
use onrecord::access::keys::{FILE, Keys};
use onrecord::clock::Clock;

use onrecord::config::{KEYS_JSON, KeysDirectory};

/// The subcommands of `keys`.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// List the keys that sign or signed, by their names in tokens.
    List(KeysDirectory),
    /// Replace the signing key. Running servers load the new one within seconds; tokens of the previous one stay valid.
    ///
    /// If the keys come from the environment (KEYS_JSON), the new text is printed: replace the old text with it.
    Rotate {
        #[command(flatten)]
        directory: KeysDirectory,
        /// The previous key is known to others: refuse its tokens from now on.
        #[arg(long)]
        at_once: bool,
    },
}

/// Runs a subcommand of `keys`.
pub fn keys(command: KeysCommand) -> Result<(), String> {
    let clock = Clock::system();
    let from_environment = std::env::var(KEYS_JSON).ok().filter(|text| !text.is_empty());
    match command {
        KeysCommand::List(KeysDirectory { keys_dir }) => {
            let keys = match from_environment {
                Some(text) => Keys::from_json(&text).map_err(|error| format!("{KEYS_JSON}: {error}"))?,
                None => Keys::load(&keys_dir.join(FILE))?,
            };
            let now = clock.now();
            for key in keys.public_keys() {
                let status = match key.good_until {
                    None => "signs".to_owned(),
                    Some(until) if now < until => format!("verifies until {until}"),
                    Some(until) => format!("retired {until}"),
                };
                say!("{}  {status}", key.kid);
            }
        }
        KeysCommand::Rotate { directory: KeysDirectory { keys_dir }, at_once } => match from_environment {
            Some(text) => {
                let text = Keys::rotated(&text, &clock, at_once);
                say!("{}", text.map_err(|error| format!("{KEYS_JSON}: {error}"))?);
            }
            None => say!("{} signs from now on", Keys::rotate(&keys_dir, &clock, at_once)?),
        },
    }
    Ok(())
}
