//! The guides of `docs/`, as pages.

use super::markdown;
use super::part::{self, Part};

/// What the names of decisions begin with.
pub const DECISION: &str = "decisions/";

/// A guide.
pub struct Guide {
    /// Its name in the address.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Its Markdown.
    pub text: &'static str,
}

macro_rules! guides {
    ($($name:literal $about:literal;)*) => {
        &[$(Guide { name: $name, about: $about, text: include_str!(concat!("../../../docs/", $name, ".md")) }),*]
    };
}

/// The guides, in the order in which the index has them; then the decisions.
const GUIDES: &[Guide] = guides! {
    "analyst" "How figures are submitted, corrected and read again";
    "journalist" "From a question to an answer that can be cited";
    "panel" "What was promised, what is late, what the figures say";
    "partner" "Actions, services, awards and returns of an agency";
    "office" "How a record is drafted, approved and published";
    "pages" "How to read, print and cite these pages";
    "api" "Formats, paging, conditions, problems, limits";
    "statistics" "How results are computed, with their receipts";
    "charts" "Pictures of figures";
    "figures-about-few-people" "What is hidden, and why";
    "verify" "How to check that nothing was changed";
    "mapping" "How a file of figures is read";
    "access" "Who may do what: the whole table";
    "glossary" "The terms";
    "first-office" "The first day of an office";
    "operations" "How to run it";
    "cluster" "How to run it so that a machine may fail";
    "architecture" "How it is built";
    "decisions/0001-content-as-canonical-json" "";
    "decisions/0002-one-table-of-operations" "";
    "decisions/0003-dynamic-sql-from-literals" "";
    "decisions/0004-visibility-as-one-filter" "";
    "decisions/0005-cached-responses" "";
    "decisions/0006-references-in-bodies" "";
    "decisions/0007-numbering-publications-and-edits" "";
    "decisions/0008-cursors" "";
    "decisions/0009-no-compressed-bodies-no-if-match-star" "";
    "decisions/0010-sealer-and-change-feed" "";
    "decisions/0011-bundles" "";
    "decisions/0012-ratings-outside-versions" "";
    "decisions/0013-panel-assessments-as-a-kind" "";
    "decisions/0014-search-words-and-rank" "";
    "decisions/0015-360giving" "";
    "decisions/0016-audit-trail" "";
    "decisions/0017-limits-in-the-process" "";
    "decisions/0018-openid-providers" "";
    "decisions/0019-credentials-of-machines" "";
    "decisions/0020-local-accounts" "";
    "decisions/0021-access-before-publication" "";
    "decisions/0022-redaction" "";
    "decisions/0023-figures-as-intervals" "";
    "decisions/0024-mappings-in-releases" "";
    "decisions/0025-group-commit" "";
    "decisions/README" "";
};

/// Every guide.
pub fn all() -> &'static [Guide] {
    GUIDES
}

impl Guide {
    /// Its page.
    pub fn part(&self) -> Part {
        let (title, html) = markdown::page(self.text, &|address| leads(self.name, address));
        let back = "<p class=\"kind\"><a href=\"/docs/\">The API and the guides</a></p>\n";
        Part { title, main: format!("{back}{html}") }
    }

    /// The words of its title, without making its page.
    pub fn title(&self) -> String {
        markdown::title(self.text)
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("{}{}", part::GUIDES, self.name)
    }
}

/// Where a link of a guide leads on these pages. A file that is no guide is not here.
fn leads(from: &str, address: &str) -> Option<String> {
    if address.starts_with("https://") || address.starts_with("http://") || address.starts_with('#') {
        return Some(address.to_owned());
    }
    let (path, anchor) =
        address.split_once('#').map_or((address, None), |(path, anchor)| (path, Some(anchor)));
    let name = path.strip_suffix(".md")?;
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let name = parts.join("/");
    let guide = GUIDES.iter().find(|guide| guide.name == name)?;
    let anchor = anchor.map(|anchor| format!("#{anchor}")).unwrap_or_default();
    Some(format!("{}{}{anchor}", part::GUIDES, guide.name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_guide_is_a_page() {
        let mut files = BTreeSet::new();
        for (folder, before) in [("docs", ""), ("docs/decisions", DECISION)] {
            for entry in std::fs::read_dir(format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                files.extend(name.strip_suffix(".md").map(|name| format!("{before}{name}")));
            }
        }
        let guides: BTreeSet<String> = GUIDES.iter().map(|guide| guide.name.to_owned()).collect();
        assert_eq!(guides, files);
    }

    #[test]
    fn links_between_guides_lead_to_pages_and_to_headings_that_are_there() {
        let pages: Vec<(&Guide, Part)> = all().iter().map(|guide| (guide, guide.part())).collect();
        for (guide, part) in &pages {
            assert!(!part.title.is_empty(), "{}", guide.name);
            assert_eq!(part.title, guide.title(), "{}", guide.name);
            for link in part.main.split("href=\"").skip(1) {
                let link = link.split('"').next().unwrap();
                let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
                if link.starts_with("http") || link == "/docs/" {
                    continue;
                }
                let name =
                    if path.is_empty() { guide.name } else { path.strip_prefix("/docs/guides/").unwrap() };
                let (_, page) = pages.iter().find(|(guide, _)| guide.name == name).unwrap();
                let id = format!("id=\"{anchor}\"");
                assert!(anchor.is_empty() || page.main.contains(&id), "{}: {link} leads nowhere", guide.name);
            }
        }
        assert_eq!(leads("api", "../README.md"), None);
        assert_eq!(leads("decisions/0001-x", "../glossary.md#a").as_deref(), Some("/docs/guides/glossary#a"));
        assert_eq!(leads("api", "../../etc/passwd.md"), None);
        assert_eq!(leads("api", "javascript:alert(1)"), None);
    }
}
