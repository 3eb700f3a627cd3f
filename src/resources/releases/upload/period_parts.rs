//! The parts of a period as a file writes them: years, months and days.

/// The names of the months. Their first three letters are the short names.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A number of `least` to `most` digits.
pub fn number<T: std::str::FromStr>(rest: &mut &str, least: usize, most: usize) -> Option<T> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, after) = rest.split_at_checked(count).filter(|_| count >= least)?;
    *rest = after;
    digits.parse().ok()
}

pub fn month_number(rest: &mut &str, is_before_digits: bool) -> Option<u32> {
    number(rest, if is_before_digits { 2 } else { 1 }, 2)
}

/// The number of a day, with or without `st`, `nd`, `rd` or `th`.
pub fn day_number(rest: &mut &str, is_before_digits: bool) -> Option<u32> {
    let day = number(rest, if is_before_digits { 2 } else { 1 }, 2)?;
    for ending in ["st", "nd", "rd", "th"] {
        if let Some(after) = rest.strip_prefix(ending) {
            *rest = after;
            break;
        }
    }
    Some(day)
}

/// The name of a month, whole or short, with or without a full stop.
pub fn month_name(rest: &mut &str) -> Option<u32> {
    for (name, number) in MONTHS.iter().zip(1..) {
        for known in [*name, if number == 9 { "sept" } else { *name }, &name[..3]] {
            if let Some(after) = rest.strip_prefix(known)
                && !after.starts_with(|c: char| c.is_alphabetic())
            {
                *rest = after.strip_prefix('.').filter(|_| known.len() < name.len()).unwrap_or(after);
                return Some(number);
            }
        }
    }
    None
}

/// Whether what follows a day is its midnight: `t00:00:00z`, ` 00:00`. Another time could be that of another day.
pub fn is_midnight(rest: &str) -> bool {
    let Some(time) = rest.strip_prefix(['t', ' ']) else { return false };
    let end = time.find(['z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(end);
    let clock = clock.trim_end();
    // Twelve in the morning, as some countries write it.
    let (clock, begins_with) = match clock.strip_suffix("am").map(str::trim_end) {
        Some(clock) => {
            (clock.strip_prefix("12").unwrap_or(clock), if clock.starts_with("12") { 2 } else { 0 })
        }
        None => (clock, 0),
    };
    // `0:00` is the shortest.
    let is_zero = clock.len() + begins_with >= 4
        && clock.contains(':')
        && clock.chars().all(|c| matches!(c, '0' | ':' | '.'));
    let is_zone = matches!(zone, "" | "z")
        || zone.len() == 6 && zone[1..].chars().all(|c| c.is_ascii_digit() || c == ':');
    is_zero && is_zone
}
