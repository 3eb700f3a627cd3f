//! What in a resident's question would lead to a person, or cannot be seen: links, addresses of e-mail, telephone numbers,
//! postcodes, characters without a trace, heaps of marks. Each is
//! found with its place, so that whoever asks can take it out. It is a help for the asker, not the decision: that is made by a
//! person in the inbox.

mod addresses;
mod postcodes;
mod skeleton;
mod telephones;
#[cfg(test)]
mod tests;

use self::skeleton::Skeleton;
use unicode_normalization::char::is_combining_mark;

use crate::problem::{Fault, Span};
use crate::validation::characters::is_invisible;
use crate::validation::joiners::hidden;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    Email,
    Link,
    Telephone,
    Postcode,
}

impl Found {
    fn code(self) -> &'static str {
        match self {
            Found::Link => "link",
            Found::Email => "email",
            Found::Telephone => "telephone",
            Found::Postcode => "postcode",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Found::Link => "a link",
            Found::Email => "an address of e-mail or of an account",
            Found::Telephone => "a telephone number",
            Found::Postcode => "a postcode",
        }
    }
}

/// The longest piece of the text that a fault repeats, in characters.
const SHOWN: usize = 60;

/// Everything that is found in a text, in its order, with its place in characters.
pub fn find(text: &str) -> Vec<(Found, Span)> {
    let skeleton = Skeleton::of(text);
    let mut all: Vec<(Found, Span)> = vec![];
    let mut add = |found: Found, ranges: Vec<(usize, usize)>| {
        all.extend(ranges.into_iter().map(|(from, to)| (found, skeleton.span(from, to))));
    };
    add(Found::Email, addresses::emails(&skeleton));
    add(Found::Link, addresses::links(&skeleton));
    add(Found::Telephone, telephones::find(&skeleton));
    add(Found::Postcode, postcodes::find(&skeleton));
    all.sort_by_key(|(found, span)| (span.from, std::cmp::Reverse(span.to), *found));
    let mut seen = 0;
    all.retain(|(_, span)| {
        let is_new = span.to > seen;
        seen = seen.max(span.to);
        is_new
    });
    all
}

/// The faults of a text, at this place of the body.
pub fn faults(text: &str, pointer: &str) -> Vec<Fault> {
    let fault = |(found, span): (Found, Span)| {
        let piece: String = text.chars().skip(span.from).take((span.to - span.from).min(SHOWN)).collect();
        let detail = format!(
            "“{piece}” (characters {} to {}) reads as {}. Take it out: everyone sees a question that is accepted, and nobody can reach you by it.",
            span.from + 1,
            span.to,
            found.words()
        );
        Fault { span: Some(span), ..Fault::pointer(pointer, found.code(), detail) }
    };
    let mut all: Vec<Fault> = find(text).into_iter().map(fault).collect();
    let mut add = |code, span: Span, what: &str| {
        let detail = format!("The characters {} to {} {what}", span.from + 1, span.to);
        all.push(Fault { span: Some(span), ..Fault::pointer(pointer, code, detail) });
    };
    for (from, to) in hidden(text).into_iter().take(PLACES) {
        add("invisible", Span { from, to }, "cannot be seen. Take them out, or type the text anew.");
    }
    for span in heaps(text).into_iter().take(PLACES) {
        let what = format!("are marks on one letter. Leave at most {MARKS} of them.");
        add("marks", span, &what);
    }
    all
}

/// How many characters of a text can be seen, spaces apart. A mark is seen with the letter that it is on.
pub fn visible(text: &str) -> usize {
    let is_seen = |c: &char| !c.is_whitespace() && !is_invisible(*c) && !is_combining_mark(*c);
    text.chars().filter(is_seen).count()
}

/// The most places of one kind of which one answer tells.
const PLACES: usize = 20;

/// The most marks on one letter: no language has more.
const MARKS: usize = 5;

/// The places of letters with more marks than any has: the marks run over the lines above and below.
fn heaps(text: &str) -> Vec<Span> {
    let mut all: Vec<Span> = vec![];
    let mut from = 0;
    for (at, character) in text.chars().chain(std::iter::once(' ')).enumerate() {
        // A joiner after a mark is of the same letter.
        let joins = matches!(character, '\u{200C}' | '\u{200D}') && at > from;
        if is_combining_mark(character) || joins {
            continue;
        }
        if at - from > MARKS {
            all.push(Span { from, to: at });
        }
        from = at + 1;
    }
    all
}
