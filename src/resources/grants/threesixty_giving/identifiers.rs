//! Identifiers of organisations (org-id.guide), of charities and of companies.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::text::brief;
use super::titles::is_blank;

/// `360G-` and the publisher's prefix, if an identifier begins with them and continues after them.
pub fn publisher_prefix(identifier: &str) -> Option<&str> {
    let rest = identifier.strip_prefix("360G-")?;
    let (prefix, own) = rest.split_once('-')?;
    (!prefix.is_empty() && !own.is_empty()).then(|| &identifier[.."360G-".len() + prefix.len()])
}

/// The two parts of an org-id: the list and the identifier in it.
pub fn split_org_id(id: &str) -> Option<(String, String)> {
    if publisher_prefix(id).is_some() {
        return Some(("360G".to_owned(), id["360G-".len()..].to_owned()));
    }
    let mut parts = id.splitn(3, '-');
    let (country, list, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let is_code = |part: &str| part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let lengths_fit =
        country.len() == 2 && (2..30).contains(&list.len()) && (1..=100).contains(&rest.chars().count());
    (lengths_fit && is_code(country) && is_code(list)).then(|| (format!("{country}-{list}"), rest.to_owned()))
}

/// Checks the form of a charity number in the United Kingdom.
pub fn check_charity_number(number: &str) -> Result<(), String> {
    let digits = |text: &str, min: usize, max: usize| {
        (min..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (main, subsidiary) = number.split_once('-').unwrap_or((number, "0"));
    let scottish = number.strip_prefix("SC").is_some_and(|rest| digits(rest, 6, 6));
    let northern_irish = number.strip_prefix("NIC").is_some_and(|rest| digits(rest, 6, 6));
    if scottish || northern_irish || (digits(main, 6, 7) && digits(subsidiary, 1, 4)) {
        return Ok(());
    }
    Err(format!(
        "`{}` does not have the form of a charity number: six or seven digits, `SC` and six digits, or `NIC` and six digits.",
        brief(number)
    ))
}

/// Checks the form of a company number of Companies House.
pub fn check_company_number(number: &str) -> Result<(), String> {
    let bytes = number.as_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let fits = match bytes {
        [first, second, middle @ .., last] if bytes.len() == 8 => {
            let lettered = first.is_ascii_uppercase() && (second.is_ascii_uppercase() || *second == b'0');
            digits(middle)
                && ((digits(&bytes[..2]) && last.is_ascii_digit())
                    || (lettered && (last.is_ascii_digit() || *last == b'R')))
        }
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let lost_zeros = !bytes.is_empty() && bytes.len() < 8 && digits(bytes);
    let hint = if lost_zeros {
        format!(" If it has lost its leading zeros, write `{number:0>8}`.")
    } else {
        String::new()
    };
    Err(format!(
        "`{}` does not have the form of a company number: eight digits, or two letters and six digits.{hint}",
        brief(number)
    ))
}

/// Characters as a sentence can name them: those that show nothing by their number.
pub fn visible(letters: &str) -> String {
    let mut distinct: Vec<String> = vec![];
    for letter in letters.chars() {
        let name = match letter {
            ' ' => "a space".to_owned(),
            letter if is_blank(letter) => format!("a blank (U+{:04X})", u32::from(letter)),
            letter => format!("`{letter}`"),
        };
        if !distinct.contains(&name) && distinct.len() < 10 {
            distinct.push(name);
        }
    }
    distinct.join(", ")
}

/// An identifier as it was probably meant: without blanks, in capitals.
pub fn normalised(id: &str) -> String {
    id.nfkc().filter(|letter| !is_blank(*letter)).flat_map(char::to_uppercase).collect()
}

/// The identifiers in registers that a party states, as scheme and identifier, each once.
pub fn of_party(party: &Value) -> Vec<(String, String)> {
    let text = |field: &str| party[field].as_str().map(str::trim).filter(|text| !text.is_empty());
    let mut stated = vec![];
    stated.extend(text("id").and_then(split_org_id));
    stated.extend(text("charity_number").map(|number| {
        let scheme = match number {
            scottish if scottish.starts_with("SC") => "GB-SC",
            northern_irish if northern_irish.starts_with("NIC") => "GB-NIC",
            _ => "GB-CHC",
        };
        (scheme.to_owned(), number.strip_prefix("NIC").unwrap_or(number).to_owned())
    }));
    stated.extend(text("company_number").map(|number| ("GB-COH".to_owned(), number.to_owned())));
    let mut distinct = vec![];
    for identifier in stated {
        if !distinct.contains(&identifier) {
            distinct.push(identifier);
        }
    }
    distinct
}

/// The kind of an organisation, as far as its registers imply it.
pub fn organisation_kind(identifiers: &[(String, String)]) -> &'static str {
    let implied = identifiers.iter().find_map(|(scheme, _)| match scheme.as_str() {
        "GB-CHC" | "GB-SC" | "GB-NIC" => Some("charity"),
        "GB-LAE" | "GB-LAS" | "GB-LANI" | "GB-PLA" => Some("local_authority"),
        "GB-NHS" => Some("health"),
        "GB-GOR" => Some("central_government"),
        _ => None,
    });
    implied.unwrap_or("other")
}
