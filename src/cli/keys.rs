//! `keys`: the server's own keys, listed and rotated.

use std::path::PathBuf;

use clap::Subcommand;
use onrecord::access::keys::{FILE, Keys};
use onrecord::clock::Clock;

use super::settings::KEYS_JSON;

/// What can be done with the server's keys.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// List the keys that sign or signed, by the names that tokens have them under.
    List {
        /// Where the keys lie.
        #[arg(long, env = "KEYS_DIR", default_value = "./onrecord-keys")]
        keys_dir: PathBuf,
    },
    /// Have another key sign. Running servers take it over within seconds; tokens of the one before stay good.
    ///
    /// Where the keys come from the environment (KEYS_JSON) nothing can be written: the new text is printed, to be put
    /// in the place of the old one.
    Rotate {
        /// Where the keys lie.
        #[arg(long, env = "KEYS_DIR", default_value = "./onrecord-keys")]
        keys_dir: PathBuf,
        /// The key before is out: refuse its tokens from now on.
        #[arg(long)]
        at_once: bool,
    },
}

/// Lists and rotates the server's keys.
pub fn keys(command: KeysCommand) -> Result<(), String> {
    let clock = Clock::system();
    let given = std::env::var(KEYS_JSON).ok().filter(|text| !text.is_empty());
    match command {
        KeysCommand::List { keys_dir } => {
            let keys = match given {
                Some(text) => Keys::from_json(&text).map_err(|error| format!("{KEYS_JSON}: {error}"))?,
                None => Keys::load(&keys_dir.join(FILE))?,
            };
            let now = clock.now();
            for known in keys.known() {
                let standing = match known.good_until {
                    None => "signs".to_owned(),
                    Some(until) if now < until => format!("verifies until {until}"),
                    Some(until) => format!("retired {until}"),
                };
                println!("{}  {standing}", known.kid);
            }
        }
        KeysCommand::Rotate { keys_dir, at_once } => match given {
            Some(text) => {
                let text = Keys::rotated(&text, &clock, at_once);
                println!("{}", text.map_err(|error| format!("{KEYS_JSON}: {error}"))?);
            }
            None => println!("{} signs from now on", Keys::rotate(&keys_dir, &clock, at_once)?),
        },
    }
    Ok(())
}
