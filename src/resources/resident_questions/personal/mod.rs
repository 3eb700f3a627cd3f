//! What in a resident's question would lead to a person, or cannot be seen: links, addresses of e-mail, telephone numbers,
//! postcodes, characters without a trace. Each is
//! found with its place, so that whoever asks can take it out. It is a help for the asker, not the decision: that is made by a
//! person in the inbox.

mod addresses;
mod postcodes;
mod skeleton;
mod telephones;
#[cfg(test)]
mod tests;

use self::skeleton::Skeleton;
use crate::problem::{Fault, Span};
use crate::validation::characters::is_invisible;

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
    all.extend(invisible(text).into_iter().map(|span| {
        let detail = format!(
            "The characters {} to {} cannot be seen. Take them out, or type the text anew.",
            span.from + 1,
            span.to
        );
        Fault { span: Some(span), ..Fault::pointer(pointer, "invisible", detail) }
    }));
    all
}

/// How many characters of a text can be seen, spaces apart.
pub fn visible(text: &str) -> usize {
    text.chars().filter(|character| !character.is_whitespace() && !is_invisible(*character)).count()
}

/// The most places of characters that cannot be seen of which one answer tells.
const PLACES: usize = 20;

/// The places of characters that cannot be seen. A variation selector after a sign, as in ❤️, belongs to that.
fn invisible(text: &str) -> Vec<Span> {
    let mut all: Vec<Span> = vec![];
    let mut before = ' ';
    for (at, character) in text.chars().enumerate() {
        let is_sign = !before.is_alphanumeric() && !is_invisible(before) && u32::from(before) >= 0xA9;
        let of_sign = character == '\u{FE0F}' && is_sign;
        if is_invisible(character) && !of_sign {
            match all.last_mut() {
                Some(last) if last.to == at => last.to = at + 1,
                _ => all.push(Span { from: at, to: at + 1 }),
            }
        }
        before = character;
    }
    all.truncate(PLACES);
    all
}
