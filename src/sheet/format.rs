//! What a number format shows of a number (ECMA-376, 18.8.30 and 18.8.31).

use super::cell::Shown;
use super::moment;
use crate::stats::decimal::shifted;

/// A number format: up to four sections, for positive, negative and zero numbers and for texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format(Vec<Section>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Section {
    what: What,
    /// What is before and after the digits.
    before: String,
    after: String,
    /// The number of digits at least, before the point.
    least: usize,
    /// Whether it shows a digit for nothing.
    shows_zero: bool,
    /// The number of decimals at most. None if they are not limited.
    decimals: Option<usize>,
    /// By how many places the point is moved: two for each `%`, minus three for each comma at the end.
    shift: i32,
    condition: Option<(String, String)>,
    /// Whether it shows the day and the month of a date.
    shows_day: bool,
    shows_month: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum What {
    /// All digits, as the number is.
    #[default]
    General,
    Digits,
    Day,
    Time,
    /// No digits: only text, or nothing.
    Text,
    /// Text between the digits.
    Odd,
}

/// The formats that have a number instead of a code. Those from 27 on differ by language, and all are of days or times.
pub fn built_in(id: usize) -> &'static str {
    match id {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5..=8 => "\"£\"#,##0.00",
        9 => "0%",
        10 => "0.00%",
        11 | 48 => "0.00E+00",
        12 | 13 => "# ?/?",
        17 => "mmm-yy",
        14..=16 | 27..=31 | 36 | 50..=58 => "yyyy-mm-dd",
        22 => "yyyy-mm-dd hh:mm",
        18..=21 | 32..=35 | 45..=47 => "[h]:mm:ss",
        37 | 38 => "#,##0;(#,##0)",
        39 | 40 => "#,##0.00;(#,##0.00)",
        41 => "#,##0;(#,##0);\"-\"",
        42 => "\"£\"#,##0;(\"£\"#,##0);\"-\"",
        43 => "#,##0.00;(#,##0.00);\"-\"",
        44 => "\"£\"#,##0.00;(\"£\"#,##0.00);\"-\"",
        _ => "General",
    }
}

impl Format {
    /// Parses the code of a format.
    pub fn parse(code: &str) -> Format {
        Format(sections(code).iter().map(|section| Section::parse(section)).collect())
    }

    /// What a cell with this format shows of a number, and how that differs from the number.
    pub fn show(&self, number: &str, is_1904: bool) -> (String, Option<Shown>) {
        let is_negative = number.starts_with('-');
        let section = self.section_for(number);
        let Some((section, is_for_negatives)) = section else { return (number.to_owned(), None) };
        let instead = |decimals| Some(Shown::InsteadOf(number.to_owned(), decimals));
        let size = number.strip_prefix('-').unwrap_or(number);
        match section.what {
            What::General if section.before.is_empty() && section.after.is_empty() => {
                (number.to_owned(), None)
            }
            What::Day => match moment::day(number, is_1904) {
                Some(day) => {
                    let part = section.part_of(&day);
                    (day, part)
                }
                None => (number.to_owned(), None),
            },
            What::Time => (moment::time(number).unwrap_or_else(|| number.to_owned()), instead(None)),
            What::Text => (section.before.trim().to_owned(), instead(None)),
            What::General | What::Digits | What::Odd => {
                let is_nothing = is_zero(size) && section.what == What::Digits && !section.shows_zero;
                let digits = if is_nothing {
                    String::new()
                } else {
                    padded(&shifted(size, section.shift), section.least)
                };
                let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
                let (before, after) = (section.before.trim(), section.after.trim());
                // A section for negative numbers shows brackets, a sign or a colour; all of them mean the sign.
                let sign_shown = |c: char| matches!(c, '(' | ')' | '-' | '\u{2212}');
                let trim = |text: &str| {
                    if is_for_negatives { text.replace(sign_shown, "") } else { text.to_owned() }
                };
                let (before, after) = (trim(before), trim(after));
                // Words keep their distance from the number: `4.2 per 1,000`.
                let is_word =
                    section.after.starts_with(char::is_whitespace) && after.starts_with(char::is_alphabetic);
                let after = if is_word { format!(" {after}") } else { after };
                let text = format!("{}{before}{digits}{after}", if is_negative { "-" } else { "" });
                let rounded = section.decimals.filter(|decimals| places > *decimals);
                let has_more = section.shift != 0 || !before.is_empty() || !after.is_empty();
                let shown = match rounded {
                    _ if text != number && section.what == What::Odd => instead(None),
                    _ if is_nothing => instead(None),
                    rounded if has_more => instead(rounded),
                    rounded => rounded.map(Shown::Rounded),
                };
                (text, shown)
            }
        }
    }

    /// The section for a number, and whether it is one for negative numbers only.
    fn section_for(&self, number: &str) -> Option<(&Section, bool)> {
        let sections = &self.0;
        if sections.iter().take(2).any(|section| section.condition.is_some()) {
            let meets = |section: &&Section| match &section.condition {
                Some((operator, limit)) => compares(number, operator, limit),
                None => true,
            };
            return sections.iter().find(meets).map(|section| (section, false));
        }
        let is_zero = is_zero(number);
        Some(match sections.as_slice() {
            [] => return None,
            [_, negative, ..] if number.starts_with('-') && !is_zero => (negative, true),
            [_, _, zero, ..] if is_zero => (zero, false),
            [first, ..] => (first, false),
        })
    }
}

fn is_zero(number: &str) -> bool {
    number.chars().all(|c| matches!(c, '0' | '.' | '-'))
}

/// Compares two decimals, for a condition such as `[<5]`.
fn compares(number: &str, operator: &str, limit: &str) -> bool {
    let (Ok(number), Ok(limit)) =
        (number.parse::<rust_decimal::Decimal>(), limit.parse::<rust_decimal::Decimal>())
    else {
        return false;
    };
    match operator {
        "<" => number < limit,
        "<=" => number <= limit,
        ">" => number > limit,
        ">=" => number >= limit,
        "=" => number == limit,
        "<>" => number != limit,
        _ => false,
    }
}

const SECTIONS: usize = 4;
/// The code's sections: for what is above zero, below zero, zero, and a text.
fn sections(code: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut letters = code.chars();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        if letter == ';' && !quoted {
            match all.len() {
                SECTIONS => break,
                _ => all.push(String::new()),
            }
            continue;
        }
        quoted ^= letter == '"';
        let last = all.len() - 1;
        all[last].push(letter);
        if !quoted && matches!(letter, '\\' | '_' | '*') {
            all[last].extend(letters.next());
        }
    }
    all
}

impl Section {
    fn parse(code: &str) -> Section {
        let mut section = Section::default();
        if code.trim().eq_ignore_ascii_case("general") {
            return section;
        }
        section.what = What::Text;
        let mut letters = code.chars().peekable();
        let (mut has_point, mut commas, mut decimals) = (false, 0, 0);
        let (mut has_exponent, mut literal_after) = (false, String::new());
        while let Some(letter) = letters.next() {
            section.shows_day |= matches!(letter, 'd' | 'D');
            section.shows_month |= matches!(letter, 'm' | 'M');
            match letter {
                '"' => {
                    let text: String = letters.by_ref().take_while(|letter| *letter != '"').collect();
                    literal_after.push_str(&text);
                }
                '\\' => literal_after.extend(letters.next()),
                '_' | '*' => {
                    letters.next();
                }
                '[' => {
                    let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                    section.bracket(&inside, &mut literal_after);
                }
                '0' | '#' | '?' => {
                    if section.what == What::Digits {
                        let is_space = literal_after.chars().all(char::is_whitespace);
                        if !literal_after.is_empty() && !is_space {
                            section.what = What::Odd;
                        }
                        if is_space {
                            literal_after.clear();
                        }
                    } else if section.what == What::Text {
                        section.what = What::Digits;
                        section.before.push_str(&literal_after);
                        literal_after.clear();
                    }
                    commas = 0;
                    decimals += usize::from(has_point);
                    section.least += usize::from(!has_point && letter == '0');
                    section.shows_zero |= letter == '0';
                }
                '.' if section.what != What::Day && section.what != What::Time => has_point = true,
                ',' if section.what == What::Digits => commas += 1,
                '%' => {
                    section.shift += 2;
                    literal_after.push('%');
                }
                'E' | 'e' if section.what == What::Digits && matches!(letters.peek(), Some('+' | '-')) => {
                    letters.next();
                    has_exponent = true;
                }
                '/' if section.what == What::Digits => has_exponent = true,
                'y' | 'Y' | 'd' | 'D' if section.what != What::Digits => section.what = What::Day,
                'm' | 'M' if section.what == What::Text => section.what = What::Day,
                'h' | 'H' | 's' | 'S' if section.what == What::Text => section.what = What::Time,
                'g' | 'G' if section.what == What::Text && is_general(&mut letters) => {
                    section.what = What::General;
                    section.before.push_str(&literal_after);
                    literal_after.clear();
                }
                '@' => section.what = What::General,
                other => literal_after.push(other),
            }
        }
        if section.what == What::Text {
            section.before.push_str(&literal_after);
        } else {
            section.after = literal_after;
        }
        section.shift -= 3 * commas;
        section.shows_zero |= has_exponent;
        section.decimals = (section.what == What::Digits && !has_exponent).then_some(decimals);
        if has_exponent {
            section.least = 0;
        }
        section
    }

    /// The part of a day that it shows, if that is not all of it.
    fn part_of(&self, day: &str) -> Option<Shown> {
        let length = if self.shows_month { 7 } else { 4 };
        let part = day.get(..length).filter(|_| !self.shows_day && day.len() == 10)?;
        Some(Shown::PartOfDay(part.to_owned()))
    }

    /// What is in square brackets: a colour, a currency, a condition, or hours that do not end with the day.
    fn bracket(&mut self, inside: &str, literal: &mut String) {
        if let Some(currency) = inside.strip_prefix('$') {
            literal.push_str(currency.split('-').next().unwrap_or_default());
        } else if inside.starts_with(['<', '>', '=']) {
            let operator: String = inside.chars().take_while(|c| matches!(c, '<' | '>' | '=')).collect();
            self.condition = Some((operator.clone(), inside[operator.len()..].trim().to_owned()));
        } else if !inside.is_empty() && inside.chars().all(|c| matches!(c, 'h' | 'H' | 'm' | 'M' | 's' | 'S'))
        {
            self.what = What::Time;
        }
    }
}

fn is_general(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let rest: String = letters.clone().take(6).collect();
    let is = rest.eq_ignore_ascii_case("eneral");
    if is {
        letters.by_ref().take(6).for_each(drop);
    }
    is
}

/// A number with at least so many digits before its point.
fn padded(number: &str, least: usize) -> String {
    let whole = number.split('.').next().unwrap_or_default().len();
    format!("{}{number}", "0".repeat(least.min(30).saturating_sub(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_as_its_format_says() {
        for (code, number, text) in [
            ("General", "91.5", "91.5"),
            ("0%", "0.915", "91.5%"),
            ("0.0%", "0.915", "91.5%"),
            ("0.00 %", "-0.05", "-5%"),
            ("#,##0.0%;[Red]-#,##0.0%", "-0.05", "-5%"),
            ("0\"%\"", "91.5", "91.5%"),
            ("0.0\\%", "91.5", "91.5%"),
            ("0.0\"‰\"", "5.1", "5.1‰"),
            ("0%%", "0.00915", "91.5%%"),
            ("#,##0,", "1204000", "1204"),
            ("0.0,,\"m\"", "1204000", "1.204m"),
            ("£#,##0.00", "1204.5", "£1204.5"),
            ("[$£-809]#,##0.00", "-1204.5", "-£1204.5"),
            ("[$€-2] #,##0", "7", "€7"),
            ("#,##0_);(#,##0)", "-7", "-7"),
            ("#,##0;[Red]#,##0", "-7", "-7"),
            ("_-* #,##0_-;-* #,##0_-;_-* \"-\"??_-;_-@_-", "0", "-"),
            ("# ##0", "1204", "1204"),
            ("000", "7", "007"),
            ("0;-0;;@", "0", ""),
            (";;;", "5", ""),
            ("[<5]\"*\";0", "3", "*"),
            ("[<5]\"*\";0", "5", "5"),
            ("\"n/a\"", "5", "n/a"),
            ("dd/mm/yyyy", "45383", "2024-04-01"),
            ("mmm-yy", "45383", "2024-04-01"),
            ("[$-809]d mmmm yyyy", "45383", "2024-04-01"),
            ("[h]:mm:ss", "1.0625", "25:30:00"),
            ("h:mm", "0.0625", "1:30:00"),
            ("0.00E+00", "1204", "1204"),
            ("# ?/?", "0.5", "0.5"),
            ("@", "7", "7"),
            ("General\" crimes\"", "7", "7 crimes"),
            ("0.0\" per 1,000\"", "4.2", "4.2 per 1,000"),
            ("000-000", "123456", "123456-"),
        ] {
            assert_eq!(Format::parse(code).show(number, false).0, text, "{code} of {number}");
        }
    }

    #[test]
    fn a_format_says_how_what_it_shows_differs_from_the_number() {
        let shown = |code: &str, number: &str| Format::parse(code).show(number, false).1;
        let instead = |number: &str| Some(Shown::InsteadOf(number.to_owned(), None));
        for (code, number) in
            [("0.0%", "0.915"), ("0,", "1204000"), ("\"£\"0", "5"), ("h:mm", "0.5"), ("\"x\"", "5")]
        {
            assert_eq!(shown(code, number), instead(number), "{code}");
        }
        assert_eq!(shown("0.0", "91.5123"), Some(Shown::Rounded(1)));
        assert_eq!(shown("0", "4.6"), Some(Shown::Rounded(0)));
        for (code, number, decimals) in
            [("0%", "0.915", 0), ("0.0%", "0.9154321", 1), ("£#,##0.00", "1204.505", 2)]
        {
            assert_eq!(
                shown(code, number),
                Some(Shown::InsteadOf(number.to_owned(), Some(decimals))),
                "{code}"
            );
        }
        for (code, number) in [
            ("0.0", "91.5"),
            ("General", "91.5123"),
            ("#,##0;(#,##0)", "-7"),
            ("000", "7"),
            ("d mmm", "45383"),
        ] {
            assert_eq!(shown(code, number), None, "{code}");
        }
        for (code, part) in [
            ("yyyy", "2024"),
            ("mmm-yy", "2024-04"),
            ("[$-809]mmmm yyyy;@", "2024-04"),
            ("\"Mid\" yyyy", "2024"),
        ] {
            assert_eq!(shown(code, "45383"), Some(Shown::PartOfDay(part.to_owned())), "{code}");
        }
    }
}
