//! Passwords of local accounts: which are accepted, how they are stored, and the wait after failures.
//!
//! Follows NIST SP 800-63B: length counts, composition does not, and common passwords are refused.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use unicode_normalization::UnicodeNormalization;

use crate::clock::{Clock, Ts};
use crate::problem::{Fault, Problem};

/// The shortest password, in characters.
pub const LEAST: usize = 12;
/// The longest password, in characters.
pub const MOST: usize = 256;

/// Common passwords of an accepted length, in lower case.
const COMMON: &[&str] = &[
    "012345678901",
    "098765432109",
    "1234567890123",
    "12345678901234",
    "123456789012",
    "123456789123",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u",
    "1qaz2wsx3edc",
    "987654321098",
    "a1b2c3d4e5f6",
    "abc123abc123",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "qazwsxedcrfv",
    "zaq12wsxcde3",
];

/// Words that are no password, however often they are repeated and whatever digits and signs surround them.
const STEMS: &[&str] = &[
    "abcdefgh",
    "abcdefghijkl",
    "abcdefghijklmnopqrstuvwxyz",
    "admin",
    "administrator",
    "arsenal",
    "asdfghjkl",
    "autumn",
    "changeme",
    "charlie",
    "chelsea",
    "commissioner",
    "default",
    "derbyshire",
    "dragon",
    "england",
    "football",
    "iloveyou",
    "letmein",
    "liverpool",
    "login",
    "manchester",
    "monkey",
    "onrecord",
    "passphrase",
    "passwd",
    "password",
    "police",
    "princess",
    "qwerty",
    "qwertyuiop",
    "qwertyuiopasdfghjkl",
    "secret",
    "spring",
    "summer",
    "sunshine",
    "superman",
    "test",
    "user",
    "welcome",
    "winter",
];

/// The least number of different characters: a password with fewer is easily guessed.
const DIFFERENT: usize = 5;

/// The normal form of a password, since Unicode can encode the same letters in several ways (SP 800-63B, 3.1.1.2).
fn normal(password: &str) -> String {
    password.nfkc().collect()
}

/// Every fault of a password for that login, at this place of a body.
pub fn faults(pointer: &str, password: &str, login: &str) -> Vec<Fault> {
    let text = normal(password);
    let mut faults = vec![];
    let mut add = |code: &'static str, detail: String| faults.push(Fault::pointer(pointer, code, detail));
    let length = text.chars().count();
    if length < LEAST {
        add(
            "too_short",
            format!("A password must have at least {LEAST} characters; three or four words work well."),
        );
    }
    if length > MOST {
        add("too_long", format!("A password must have at most {MOST} characters."));
    }
    let lower = text.to_lowercase();
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    if is_common(&lower) || (length >= LEAST && different.len() < DIFFERENT) {
        add("common", "This is a common password, which attackers try first; choose another.".to_owned());
    }
    let login = login.to_lowercase();
    let name = login.split('@').next().unwrap_or_default();
    if [login.as_str(), name].iter().any(|part| holds(&lower, part)) {
        add("holds_login", "The password contains the login; choose one that does not.".to_owned());
    }
    faults
}

/// Whether the password holds the login, or the name in it. A short name counts as a word of its own: `ada` is in `Canada`.
fn holds(lower: &str, name: &str) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphabetic);
    name.len() > 2
        && lower.match_indices(name).any(|(at, _)| {
            let (before, after) = (lower.get(..at), lower.get(at + name.len()..));
            name.len() > 4
                || !is_letter(before.and_then(|text| text.chars().next_back()))
                    && !is_letter(after.and_then(|text| text.chars().next()))
        })
}

fn is_common(lower: &str) -> bool {
    let plain: String = lower
        .trim_matches(|letter: char| !letter.is_alphabetic() && letter != '@' && letter != '$')
        .chars()
        .map(|letter| match letter {
            '@' => 'a',
            '$' => 's',
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            other => other,
        })
        .filter(|letter| letter.is_alphabetic())
        .collect();
    let repeated = |stem: &&str| plain.replace(*stem, "").is_empty();
    COMMON.contains(&lower) || (!plain.is_empty() && STEMS.iter().any(repeated))
}

/// A password as it is stored: Argon2id, in PHC form.
pub fn hash(password: &str, clock: &Clock) -> Result<String, Problem> {
    Argon2::default()
        .hash_password_with_salt(normal(password).as_bytes(), &clock.random::<16>())
        .map(|hash| hash.to_string())
        .map_err(Problem::internal)
}

/// Checks a password against the stored hash. Without a hash it does the same work, so that the time taken tells nothing.
pub fn verify(stored: Option<&str>, password: &str) -> bool {
    super::secret::verify(stored, &normal(password))
}

/// A first password: 100 random bits as letters and digits that are not easily confused.
pub fn first(clock: &Clock) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut text = String::new();
    for (n, byte) in clock.random::<20>().iter().enumerate() {
        if n > 0 && n % 5 == 0 {
            text.push('-');
        }
        text.push(char::from(LETTERS[usize::from(byte % 32)]));
    }
    text
}

/// The number of failures in a row after which a login must wait.
const FREE_FAILURES: u32 = 5;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 15 * 60;
/// The seconds without an attempt after which failures are forgotten.
const FORGOTTEN_AFTER: i64 = 60 * 60;
/// How many logins are counted. Evicting one by trying others takes longer than waiting.
const COUNTED_LOGINS: usize = 20_000;

#[derive(Clone, Copy)]
struct Count {
    failures: u32,
    latest: Ts,
    until: Ts,
}

/// Failures in a row by login, whether or not there is such an account, so that a wait tells nothing.
///
/// In the memory of each process: a request without a credential must not write to the database.
#[derive(Default)]
pub struct Waits {
    counts: Mutex<HashMap<String, Count>>,
    checks: AtomicU64,
}

impl Waits {
    /// Checks a password as [`verify`] does, and counts the check.
    pub fn verify(&self, stored: Option<&str>, password: &str) -> bool {
        self.checks.fetch_add(1, Ordering::Relaxed);
        verify(stored, password)
    }

    /// How many passwords were checked since the start, for logins that exist and for those that do not.
    pub fn checks(&self) -> u64 {
        self.checks.load(Ordering::Relaxed)
    }

    /// Begins an attempt. It counts as a failure until [`Waits::forget`], so that concurrent attempts are counted too.
    /// `Err` is the number of seconds to wait; such an attempt is not counted.
    pub fn begin(&self, login: &str, now: Ts) -> Result<(), i64> {
        let mut counts = self.counts();
        if counts.len() >= COUNTED_LOGINS && !counts.contains_key(login) {
            evict(&mut counts, now);
        }
        let none = Count { failures: 0, latest: now, until: now };
        let count = counts.entry(login.to_owned()).or_insert(none);
        if count.until > now {
            let micros = count.until.micros() - now.micros();
            return Err((micros + 999_999) / 1_000_000);
        }
        if count.latest.plus_seconds(FORGOTTEN_AFTER) <= now {
            *count = none;
        }
        count.failures = count.failures.saturating_add(1);
        count.latest = now;
        let wait =
            if count.failures < FREE_FAILURES { 0 } else { (1 << count.failures.min(20)).min(LONGEST_WAIT) };
        count.until = now.plus_seconds(wait);
        Ok(())
    }

    /// Ends a login's row of failures, after a success.
    pub fn forget(&self, login: &str) {
        self.counts().remove(login);
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes logins whose failures are forgotten; if there are none, the login that was tried longest ago.
fn evict(counts: &mut HashMap<String, Count>, now: Ts) {
    counts.retain(|_, count| count.latest.plus_seconds(FORGOTTEN_AFTER) > now);
    if counts.len() < COUNTED_LOGINS {
        return;
    }
    let oldest = counts.iter().min_by_key(|(_, count)| count.latest).map(|(login, _)| login.clone());
    if let Some(oldest) = oldest {
        counts.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(password: &str) -> Vec<&'static str> {
        faults("/password", password, "ada@example.org").iter().map(|fault| fault.code).collect()
    }

    #[test]
    fn a_password_is_long_and_not_what_everybody_tries() {
        for good in [
            "three quiet rivers",
            "kl93-vnmw-22xq",
            "Übermut tut selten gut",
            "849302716554",
            "two geese over Canada",
            &"ab cd e".repeat(36),
        ] {
            assert!(codes(good).is_empty(), "{good}: {:?}", codes(good));
        }
        assert_eq!(codes("short"), ["too_short"]);
        assert_eq!(codes("Password"), ["too_short", "common"]);
        assert_eq!(codes("ada1"), ["too_short", "holds_login"]);
        assert_eq!(codes(&"abcdefg ".repeat(33)), ["too_long"]);
        for common in [
            "Password2026!",
            "P@ssw0rd1234",
            "passwordpassword",
            "123456789012",
            "aaaaaaaaaaaa",
            "onrecord-2026",
            "Derbyshire12!",
            "qwertyuiop12",
        ] {
            assert_eq!(codes(common), ["common"], "{common}");
        }
        assert_eq!(codes("ada@example.org!"), ["holds_login"]);
        assert_eq!(codes("my name is Ada, hello"), ["holds_login"]);
        assert_eq!(codes("three ada4 rivers"), ["holds_login"]);
    }

    #[test]
    fn one_password_typed_in_two_ways_is_one_password() {
        let hash = hash("caf\u{e9} au lait, please", &Clock::system()).unwrap_or_default();
        assert!(verify(Some(&hash), "cafe\u{301} au lait, please"));
        assert!(!verify(Some(&hash), "cafe au lait, please"));
        assert!(!verify(None, "cafe au lait, please"));
    }

    #[test]
    fn a_first_password_may_be_one() {
        let clock = Clock::system();
        for _ in 0..100 {
            let first = first(&clock);
            assert_eq!(first.len(), 23);
            assert!(codes(&first).is_empty(), "{first}");
        }
    }

    #[test]
    fn the_wait_doubles_and_ends() {
        let waits = Waits::default();
        let mut now = Ts::NEVER.plus_seconds(-1_000_000);
        for _ in 0..5 {
            assert_eq!(waits.begin("ada", now), Ok(()));
        }
        for wait in [32, 64, 128, 256, 512, 900, 900, 900] {
            assert_eq!(waits.begin("ada", now), Err(wait));
            // Who knocks while waiting waits no longer for it.
            assert_eq!(waits.begin("ada", now.plus_seconds(wait - 1)), Err(1));
            assert_eq!(waits.begin("grace", now), Ok(()));
            waits.forget("grace");
            now = now.plus_seconds(wait);
            assert_eq!(waits.begin("ada", now), Ok(()));
        }
        now = now.plus_seconds(FORGOTTEN_AFTER);
        assert_eq!(waits.begin("ada", now), Ok(()));
        assert_eq!(waits.begin("ada", now), Ok(()));
        waits.forget("ada");
        assert!(waits.counts().is_empty());
    }

    #[test]
    fn the_number_of_counted_logins_is_limited() {
        let waits = Waits::default();
        let now = Ts::NEVER.plus_seconds(-1_000_000);
        for n in 0..COUNTED_LOGINS + 5 {
            assert_eq!(waits.begin(&n.to_string(), now.plus_seconds((n / 10_000) as i64)), Ok(()));
        }
        assert_eq!(waits.counts().len(), COUNTED_LOGINS);
        assert!(waits.begin("late", now.plus_seconds(2 * FORGOTTEN_AFTER)).is_ok());
        assert_eq!(waits.counts().len(), 1);
    }
}
