//! What an office says about its record as a whole: the licence of what it publishes, and whom to tell of a weakness.

/// A licence, by its SPDX identifier, its name and its address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Licence {
    /// The identifier of SPDX, such as `OGL-UK-3.0`; `LicenseRef-…` for a licence that SPDX does not list.
    pub id: String,
    pub name: String,
    /// Where its text is.
    pub url: String,
}

/// The licences that are set by their identifier alone: those for open data that SPDX lists.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "OGL-UK-3.0",
        "Open Government Licence v3.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    ),
    (
        "OGL-UK-2.0",
        "Open Government Licence v2.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/2/",
    ),
    (
        "OGL-UK-1.0",
        "Open Government Licence v1.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/1/",
    ),
    (
        "CC-BY-4.0",
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    (
        "CC-BY-SA-4.0",
        "Creative Commons Attribution-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    ("CC0-1.0", "Creative Commons Zero v1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    (
        "ODC-By-1.0",
        "Open Data Commons Attribution License v1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
    ),
    (
        "ODbL-1.0",
        "Open Data Commons Open Database License v1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
    ),
    (
        "PDDL-1.0",
        "Open Data Commons Public Domain Dedication & License 1.0",
        "https://opendatacommons.org/licenses/pddl/1-0/",
    ),
];

/// The longest name and the longest address of a licence or of a contact.
const LONGEST: usize = 300;

impl Licence {
    fn of(&(id, name, url): &(&str, &str, &str)) -> Licence {
        Licence { id: id.to_owned(), name: name.to_owned(), url: url.to_owned() }
    }

    /// Reads the setting: an identifier that is known here, or an identifier, a name and an address with `|` between.
    pub fn parse(text: &str) -> Result<Licence, String> {
        let parts: Vec<&str> = text.split('|').map(str::trim).collect();
        let known: Vec<&str> = KNOWN.iter().map(|(id, _, _)| *id).collect();
        let wrong = |what: &str| {
            Err(format!(
                "LICENCE is `{text}`: {what}. Give one of {}, or an SPDX identifier, a name and an address: \
                 LicenseRef-ours | Our licence | https://example.org/licence",
                known.join(", ")
            ))
        };
        match parts.as_slice() {
            [id] => match KNOWN.iter().find(|(known, _, _)| known == id) {
                Some(known) => Ok(Licence::of(known)),
                None => wrong("the name and the address of this licence are not known"),
            },
            [id, ..] if !is_identifier(id) => wrong("the first part is no SPDX identifier"),
            [_, name, _] if !is_plain(name) => wrong("the second part is no name of 1 to 300 characters"),
            [_, _, url] if !is_address(url) => wrong("the third part is no address of the web"),
            [id, name, url] => {
                Ok(Licence { id: (*id).to_owned(), name: (*name).to_owned(), url: (*url).to_owned() })
            }
            _ => wrong("it has neither one part nor three"),
        }
    }

    /// The licence that words name: its identifier, its name or its address.
    pub fn named(words: &str) -> Option<Licence> {
        let bare = |text: &str| text.trim().trim_end_matches('/').to_lowercase();
        let words = bare(words);
        KNOWN
            .iter()
            .find(|(id, name, url)| [id, name, url].iter().any(|one| bare(one) == words))
            .map(Licence::of)
    }

    /// Its address at SPDX, if SPDX lists it.
    pub fn spdx_url(&self) -> Option<String> {
        (!self.id.starts_with("LicenseRef-")).then(|| format!("http://spdx.org/licenses/{}", self.id))
    }
}

impl Default for Licence {
    fn default() -> Licence {
        Licence::of(&KNOWN[0])
    }
}

/// What an office says about its record as a whole.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The licence of the record. What comes from a source has that source's licence.
    pub licence: Licence,
    /// Where to report a weakness of the service, as an address; none to name none.
    pub security_contact: Option<String>,
    /// Whether residents can put questions without an account.
    pub resident_questions: bool,
}

/// Reads the setting of a contact: an address of e-mail, of the web, or of a telephone.
pub fn contact(text: &str) -> Result<String, String> {
    let rest = |scheme: &str| text.strip_prefix(scheme).filter(|rest| !rest.is_empty() && is_visible(rest));
    let is_mail = rest("mailto:").is_some_and(|mail| {
        mail.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'))
    });
    if text.len() <= LONGEST && (is_mail || is_address(text) || rest("tel:").is_some()) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "SECURITY_CONTACT is `{text}`; give mailto:security@example.org, an address that begins with https://, or tel:+44-20-7946-0000"
    ))
}

fn is_identifier(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=100).contains(&text.len()) && text.bytes().all(plain)
}

fn is_plain(text: &str) -> bool {
    (1..=LONGEST).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"".contains(&byte))
}

fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    text.len() <= LONGEST
        && is_visible(text)
        && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{Licence, contact};

    #[test]
    fn a_licence_is_known_by_its_identifier_or_comes_with_name_and_address() {
        assert_eq!(Licence::parse("OGL-UK-3.0"), Ok(Licence::default()));
        assert_eq!(
            Licence::parse(" CC0-1.0 ").unwrap().url,
            "https://creativecommons.org/publicdomain/zero/1.0/"
        );
        let own =
            Licence::parse("LicenseRef-derbyshire | Derbyshire open licence | https://example.org/licence");
        let own = own.unwrap();
        assert_eq!((own.name.as_str(), own.spdx_url()), ("Derbyshire open licence", None));
        assert_eq!(Licence::default().spdx_url().as_deref(), Some("http://spdx.org/licenses/OGL-UK-3.0"));
        for (text, expected) in [
            ("", "not known"),
            ("ogl-uk-3.0", "not known"),
            ("GPL-3.0", "OGL-UK-3.0, OGL-UK-2.0"),
            ("MIT | The MIT licence", "neither one part nor three"),
            ("no identifier | X | https://example.org", "no SPDX identifier"),
            ("X |  | https://example.org", "no name"),
            ("X | Y | example.org", "no address"),
            ("X | Y | https://example.org/<script>", "no address"),
            ("X | Y | javascript:alert(1)", "no address"),
            ("X | Y\n | https://example.org/\r\nSet-Cookie:a=b", "no address"),
        ] {
            let error = Licence::parse(text).unwrap_err();
            assert!(error.starts_with("LICENCE is `") && error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn words_name_a_licence_by_identifier_name_or_address() {
        for words in [
            "Open Government Licence v3.0",
            "OGL-UK-3.0",
            "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3",
        ] {
            assert_eq!(Licence::named(words), Some(Licence::default()), "{words}");
        }
        assert_eq!(Licence::named("Crown copyright"), None);
    }

    #[test]
    fn a_contact_is_an_address() {
        for good in ["mailto:security@example.org", "https://example.org/security", "tel:+44-20-7946-0000"] {
            assert_eq!(contact(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "security@example.org",
            "mailto:",
            "mailto:x",
            "https://",
            "tel:",
            "https://a b",
            "mailto:a@b.c\nExpires: never",
        ] {
            assert!(contact(bad).unwrap_err().starts_with("SECURITY_CONTACT is `"), "{bad}");
        }
    }
}
