//! Splits texts into words for the search. Both databases index these words, so that their own tokenisers play no part.
//!
//! Letters are normalised (NFKD without combining marks: `é` is `e`, `ﬁ` is `fi`, `²` is `2`) and in lower case. A word
//! is a run of letters and digits. Apostrophes and soft hyphens are left out (`women's` is `womens`, however it is
//! typed); any other character separates words. Hyphenated words are found by their parts and as one:
//! `anti-social` is `anti`, `social` and `antisocial`. Letters without a simpler form stay (`ø`, `ß`). Nothing is
//! stemmed: `word*` finds words that begin so.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How many characters of a word count.
const LONGEST: usize = 64;
/// How many bytes of distinct words are indexed for one version: a `tsvector` holds a megabyte.
const MAX_BYTES: usize = 262_144;
/// How many words a query can have.
const MAX_TERMS: usize = 8;
/// How many characters a query can have.
pub const QUERY: usize = 200;
/// How many characters of a text a highlight shows.
const FRAGMENT: usize = 240;
/// How many of them come before the first word that was found.
const BEFORE: usize = 80;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The normalised word.
    pub text: String,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Where it ends in the text, in bytes.
    pub end: usize,
}

/// The words of a text, in their order.
pub fn split(text: &str) -> Vec<Word> {
    let mut all = vec![];
    let mut open: Option<Word> = None;
    let mut length = 0;
    for (start, letter) in text.char_indices() {
        let end = start + letter.len_utf8();
        for part in std::iter::once(letter).nfkd() {
            if is_combining_mark(part) {
                if let Some(word) = &mut open {
                    word.end = end;
                }
            } else if matches!(part, '\'' | '\u{2019}' | '\u{2bc}' | '\u{ad}') {
                // Neither part of the word nor its end.
            } else if part.is_alphanumeric() {
                let word = open.get_or_insert_with(|| {
                    length = 0;
                    Word { text: String::new(), start, end }
                });
                word.end = end;
                for lower in part.to_lowercase().filter(|lower| !is_combining_mark(*lower)) {
                    if length < LONGEST {
                        // A final sigma is the same letter.
                        word.text.push(if lower == 'ς' { 'σ' } else { lower });
                        length += 1;
                    }
                }
            } else {
                all.extend(open.take());
            }
        }
    }
    all.extend(open);
    all
}

/// Each run of hyphenated words as one word.
fn joined(text: &str, words: &[Word]) -> Vec<Word> {
    runs(text, words).into_iter().filter(|run| run.len() > 1).map(join).collect()
}

/// The words of a text, grouped: hyphenated words are one group.
fn runs<'a>(text: &str, words: &'a [Word]) -> Vec<&'a [Word]> {
    let apart = |before: &Word, word: &Word| {
        !matches!(text.get(before.end..word.start), Some("-" | "\u{2010}" | "\u{2011}"))
    };
    words.chunk_by(|before, word| !apart(before, word)).collect()
}

fn join(run: &[Word]) -> Word {
    let text = run.iter().flat_map(|word| word.text.chars()).take(LONGEST).collect();
    let (start, end) = (run.first().map_or(0, |word| word.start), run.last().map_or(0, |word| word.end));
    Word { text, start, end }
}

/// All words that a text is found by: its words, and its hyphenated words as one.
fn searchable(text: &str) -> Vec<Word> {
    let mut words = split(text);
    let joined = joined(text, &words);
    words.extend(joined);
    words
}

/// The distinct words of some texts, separated by spaces, for the index. Words beyond its size are left out.
pub fn distinct<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut seen = std::collections::BTreeSet::new();
    let mut bytes = 0;
    for word in texts.into_iter().flat_map(searchable) {
        let more = word.text.len() + 1;
        if bytes + more <= MAX_BYTES && seen.insert(word.text) {
            bytes += more;
        }
    }
    seen.into_iter().collect::<Vec<_>>().join(" ")
}

/// The words of a title, with a space before and after each.
pub fn spaced(title: &str) -> String {
    let mut text = String::from(" ");
    for word in searchable(title) {
        text.push_str(&word.text);
        text.push(' ');
    }
    text
}

/// A word to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The normalised word: letters and digits only.
    pub word: String,
    /// Whether it finds all words that begin with it.
    pub beginning: bool,
    /// The parts of a hyphenated word, which find it too.
    pub parts: Vec<String>,
}

impl Term {
    fn matches(&self, word: &Word) -> bool {
        word.text == self.word
            || (self.beginning && word.text.starts_with(&self.word))
            || self.parts.contains(&word.text)
    }
}

/// The words to search for: at least one, and a record must have all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The words, without duplicates.
    pub terms: Vec<Term>,
}

impl Query {
    /// Parses a query; fails with the code and the text of a fault.
    pub fn parse(text: &str) -> Result<Query, (&'static str, String)> {
        let mut terms: Vec<Term> = vec![];
        for run in runs(text, &split(text)) {
            let parts =
                if run.len() > 1 { run.iter().map(|word| word.text.clone()).collect() } else { vec![] };
            let word = join(run);
            let term = Term { beginning: text[word.end..].starts_with('*'), word: word.text, parts };
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
        match terms.len() {
            0 => Err((
                "no_word",
                "This has no word; give words of letters or digits, such as `domestic abuse` or `burgl*`."
                    .to_owned(),
            )),
            1..=MAX_TERMS => Ok(Query { terms }),
            n => Err(("too_many", format!("This has {n} words; give at most {MAX_TERMS}."))),
        }
    }

    /// The query in the syntax of SQLite's FTS5. Words are letters and digits, so nothing has to be escaped.
    pub fn for_sqlite(&self) -> String {
        self.joined(" AND ", " OR ", |word, beginning| {
            format!("\"{word}\"{}", if beginning { "*" } else { "" })
        })
    }

    /// The query in the syntax of PostgreSQL's `tsquery`.
    pub fn for_postgres(&self) -> String {
        self.joined(" & ", " | ", |word, beginning| format!("'{word}'{}", if beginning { ":*" } else { "" }))
    }

    fn joined(&self, and: &str, or: &str, form: impl Fn(&str, bool) -> String) -> String {
        let one = |term: &Term| {
            let joined = form(&term.word, term.beginning);
            let last = term.parts.len().saturating_sub(1);
            let parts = term.parts.iter().enumerate();
            let parts: Vec<String> = parts.map(|(n, part)| form(part, term.beginning && n == last)).collect();
            if parts.is_empty() { joined } else { format!("({joined}{or}({}))", parts.join(and)) }
        };
        self.terms.iter().map(one).collect::<Vec<_>>().join(and)
    }

    /// The part of a text around the first word that was found, as escaped HTML with `<mark>` around each word found.
    pub fn highlight(&self, text: &str) -> Option<String> {
        let words = split(text);
        let joined = joined(text, &words);
        let matches = |word: &&Word| self.terms.iter().any(|term| term.matches(word));
        let mut found: Vec<&Word> = words.iter().chain(&joined).filter(matches).collect();
        // Of two words that begin at the same place, the longer is marked.
        found.sort_by_key(|word| (word.start, std::cmp::Reverse(word.end)));
        let first = found.first()?;
        let (start, end) = window(text, &words, first);
        let mut html = String::from(if start > 0 { "…" } else { "" });
        let mut at = start;
        for word in found {
            // One character can have two words (`½`): it is marked once.
            if word.start < at || word.start >= end {
                continue;
            }
            escape(&text[at..word.start], &mut html);
            html.push_str("<mark>");
            at = word.end.min(end);
            escape(&text[word.start..at], &mut html);
            html.push_str("</mark>");
        }
        escape(&text[at..end], &mut html);
        if end < text.len() {
            html.push('…');
        }
        Some(html)
    }
}

/// The part of a text that a highlight shows. It begins and ends between words, unless a word is longer than the part.
fn window(text: &str, words: &[Word], first: &Word) -> (usize, usize) {
    if text.chars().count() <= FRAGMENT {
        return (0, text.len());
    }
    let earliest = text[..first.start].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let start = match earliest {
        0 => 0,
        _ => words.iter().find(|word| word.start >= earliest).map_or(first.start, |word| word.start),
    };
    // Two characters less, for the ellipses.
    let latest = text[start..].char_indices().nth(FRAGMENT - 2).map_or(text.len(), |(at, _)| start + at);
    if latest == text.len() {
        return (start, latest);
    }
    let last_word = words.iter().rev().find(|word| word.end <= latest).map_or(latest, |word| word.end);
    (start, if last_word < first.end { latest } else { last_word })
}

fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        split(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_letters_and_digits_without_marks() {
        assert_eq!(
            of("Women's safety – café, CAFE\u{301} & ﬁre²"),
            ["womens", "safety", "cafe", "cafe", "fire2"]
        );
        assert_eq!(
            of("women\u{2019}s 'quoted' wo\u{ad}men co-operation"),
            ["womens", "quoted", "women", "co", "operation"]
        );
        assert_eq!(of("ΟΔΟΣ οδός İstanbul Ærø"), ["οδοσ", "οδοσ", "istanbul", "ærø"]);
        assert_eq!(of("3.5% of 1,000 in 2013/14"), ["3", "5", "of", "1", "000", "in", "2013", "14"]);
        assert_eq!(of(" -- \" '' "), Vec::<String>::new());
        assert_eq!(of(&"x".repeat(100)), ["x".repeat(64)]);
    }

    #[test]
    fn a_query_is_words_and_nothing_else_in_it_means_anything() {
        let terms = |text: &str| Query::parse(text).map(|query| query.for_sqlite());
        assert_eq!(
            terms("Burgl* \"knife\" AND -crime").unwrap(),
            r#""burgl"* AND "knife" AND "and" AND "crime""#
        );
        assert_eq!(terms("plan Plan PLAN").unwrap(), "\"plan\"");
        assert_eq!(
            terms("anti-social behav*").unwrap(),
            r#"("antisocial" OR ("anti" AND "social")) AND "behav"*"#
        );
        assert_eq!(Query::parse("co-op*").unwrap().for_postgres(), "('coop':* | ('co' & 'op':*))");
        assert_eq!(Query::parse("' OR '':*").unwrap().for_postgres(), "'or'");
        assert_eq!(Query::parse("* - ''").unwrap_err().0, "no_word");
        assert_eq!(Query::parse("a b c d e f g h i").unwrap_err().0, "too_many");
    }

    #[test]
    fn words_that_hyphens_join_are_found_as_one_and_in_parts() {
        assert_eq!(distinct(["Anti-social 24-hour"]), "24 24hour anti antisocial hour social");
        let marked = |query: &str, text: &str| Query::parse(query).unwrap().highlight(text).unwrap();
        assert_eq!(marked("antisocial", "an anti-social act"), "an <mark>anti-social</mark> act");
        assert_eq!(marked("anti-social", "an antisocial act"), "an <mark>antisocial</mark> act");
        assert_eq!(marked("social", "an anti-social act"), "an anti-<mark>social</mark> act");
    }

    #[test]
    fn a_highlight_is_html_of_bounded_length() {
        let query = Query::parse("cafe bell*").unwrap();
        assert_eq!(query.highlight("no such word"), None);
        assert_eq!(
            query.highlight("<b>Café</b> & BELLS'").unwrap(),
            "&lt;b&gt;<mark>Café</mark>&lt;/b&gt; &amp; <mark>BELLS</mark>&#39;"
        );
        let long = format!("{}café {}", "lorem ipsum ".repeat(40), "dolor sit ".repeat(40));
        let shown = query.highlight(&long).unwrap();
        assert!(shown.starts_with("…ipsum") || shown.starts_with("…lorem"), "{shown}");
        assert!(shown.ends_with("dolor…") || shown.ends_with("sit…"), "{shown}");
        assert!(shown.contains(" <mark>café</mark> "), "{shown}");
        assert!(shown.replace("<mark>", "").replace("</mark>", "").chars().count() <= FRAGMENT, "{shown}");
        let endless = format!("{}bell{}", "a ".repeat(200), "x".repeat(400));
        let shown = query.highlight(&endless).unwrap();
        assert!(shown.replace("<mark>", "").replace("</mark>", "").chars().count() <= FRAGMENT, "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn splitting_what_was_split_gives_the_same(text in "\\PC{0,80}") {
            let words = of(&text);
            proptest::prop_assert_eq!(of(&words.join(" ")), words.clone());
            for word in split(&text) {
                proptest::prop_assert!(!text[word.start..word.end].is_empty());
            }
            for word in &words {
                let query = Query { terms: vec![Term { word: word.clone(), beginning: false, parts: vec![] }] };
                proptest::prop_assert!(query.highlight(&text).unwrap().contains("<mark>"));
            }
        }
    }
}
