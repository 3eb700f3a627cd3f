//! An Atom feed (RFC 4287) as text.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::escape::escape;

use super::Change;
use crate::clock::Ts;
use crate::config::Licence;

/// What is left as it is in the value of a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'/')
    .remove(b',');

/// A value as it is written in a query.
pub fn in_query(value: &str) -> String {
    utf8_percent_encode(value, PLAIN).to_string()
}

/// A feed.
pub struct Feed<'a> {
    /// Its id, which is its address without `limit`.
    pub id: String,
    pub title: String,
    /// The address of the page that shows the same.
    pub page: String,
    pub author: String,
    /// The server's public address.
    pub base: &'a str,
    pub licence: &'a Licence,
    /// The moment of the request, whose day an empty feed has.
    pub today: Ts,
    /// The entries, the newest first.
    pub entries: &'a [Change],
}

impl Feed<'_> {
    /// The feed as XML. What it has follows from its entries and the settings alone, so that its tag does.
    pub fn written(&self) -> String {
        let updated = self.entries.iter().map(|entry| entry.at).max();
        let updated = updated.unwrap_or_else(|| Ts::start_of_day(self.today.day()));
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en-GB\">\n",
        );
        element(&mut out, "id", &self.id);
        element(&mut out, "title", &format!("{} – OnRecord", self.title));
        element(&mut out, "updated", &updated.to_string());
        let _ = writeln!(out, "<author><name>{}</name></author>", text(&self.author));
        element(&mut out, "rights", &format!("{} ({})", self.licence.name, self.licence.id));
        element(&mut out, "icon", &format!("{}/favicon.svg", self.base));
        link(&mut out, "self", "application/atom+xml", &self.id);
        link(&mut out, "alternate", "text/html", &self.page);
        let _ = writeln!(out, "<link rel=\"license\" href=\"{}\"/>", text(&self.licence.url));
        for entry in self.entries {
            self.entry(entry, &mut out);
        }
        out.push_str("</feed>\n");
        out
    }

    fn entry(&self, entry: &Change, out: &mut String) {
        out.push_str("<entry>\n");
        element(out, "id", &format!("urn:uuid:{}", entry.id));
        element(out, "title", &entry.sentence);
        element(out, "updated", &entry.at.to_string());
        element(out, "published", &entry.at.to_string());
        let address = format!("{}{}", self.base, entry.self_link);
        link(out, "alternate", "text/html", &address);
        link(out, "alternate", "application/json", &address);
        let _ = writeln!(out, "<category term=\"{}\" scheme=\"{}/v1\"/>", text(&entry.kind), self.base);
        let _ = writeln!(
            out,
            "<category term=\"{}\" scheme=\"{}/v1/changes\"/>",
            text(&entry.event),
            text(self.base)
        );
        // An entry needs a summary for readers that show no more than one.
        let summary = entry.reason.as_deref().unwrap_or(&entry.sentence);
        element(out, "summary", summary);
        out.push_str("</entry>\n");
    }
}

fn element(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "<{name}>{}</{name}>", text(value));
}

fn link(out: &mut String, rel: &str, media_type: &str, address: &str) {
    let _ = writeln!(out, "<link rel=\"{rel}\" type=\"{media_type}\" href=\"{}\"/>", text(address));
}

/// A text in XML, without the characters that XML has not.
fn text(value: &str) -> String {
    let is_in_xml = |letter: &char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let value: String = value.chars().filter(is_in_xml).collect();
    escape(value.as_str()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{in_query, text};

    #[test]
    fn a_text_is_never_markup_and_has_only_characters_of_xml() {
        assert_eq!(text("<b>&\"'\u{1}\u{b}é\u{fffe}"), "&lt;b&gt;&amp;&quot;&apos;é");
        assert_eq!(in_query("plans/derbyshire-pcc:P 1&<"), "plans/derbyshire-pcc:P%201%26%3C");
    }
}
