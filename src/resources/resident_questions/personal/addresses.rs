//! Links, with a scheme or without, and addresses of e-mail and of accounts.

use super::skeleton::Skeleton;

/// Ends of names of hosts. Those that are words of a sentence too are not here: a full stop without a space after it is no
/// link.
const ENDS: &[&str] = &[
    "com", "org", "net", "uk", "gov", "edu", "info", "biz", "eu", "io", "app", "dev", "xyz", "tv", "ly",
    "ie", "cymru", "scot", "london", "online", "site", "website", "blog", "shop", "onion", "gg", "fm", "ai",
    "cc", "de", "fr", "nl", "ch", "pl", "ru", "ua", "cn", "jp", "mobi", "tel",
];

/// Ends of names of hosts in other scripts.
const OTHER_ENDS: &[&str] = &[
    "рф",
    "рус",
    "укр",
    "бел",
    "срб",
    "мон",
    "қаз",
    "онлайн",
    "сайт",
    "бг",
    "ελ",
    "ευ",
    "გე",
    "հայ",
    "中国",
    "中國",
    "公司",
    "网络",
    "在线",
    "香港",
    "台湾",
    "台灣",
    "한국",
    "भारत",
    "السعودية",
    "امارات",
    "مصر",
    "ایران",
    "پاکستان",
    "بھارت",
    "شبكة",
    "ไทย",
];

/// How long the brackets around a spelled sign may be.
const BRACKETS: &[(char, char)] = &[('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('*', '*')];

/// The range of an address around a place: what is not a space, without the punctuation at its end.
fn around(skeleton: &Skeleton, from: usize, to: usize) -> (usize, usize) {
    let is_part = |n: usize| skeleton.at(n).is_some_and(|c| c != ' ');
    let is_name = |n: usize| skeleton.at(n).is_some_and(|c| c.is_alphanumeric() || "._-+:/@%".contains(c));
    let mut start = from;
    while start > 0 && is_name(start - 1) {
        start -= 1;
    }
    let mut end = to;
    while is_part(end) {
        end += 1;
    }
    while end > to && skeleton.before(end).is_some_and(|c| ".,;:!?)]}>'\"".contains(c)) {
        end -= 1;
    }
    (start, end)
}

/// A spelled sign such as `(at)` at a place; its end.
fn bracketed(skeleton: &Skeleton, from: usize, word: &str) -> Option<usize> {
    let (_, close) = BRACKETS.iter().find(|(open, _)| skeleton.at(from) == Some(*open))?;
    let begin = skeleton.skip_spaces(from + 1, 2);
    let end = skeleton.skip_spaces(begin + word.len(), 2);
    (skeleton.has(begin, word) && skeleton.at(end) == Some(*close)).then_some(end + 1)
}

/// The end of the letters, digits and hyphens of a label that begins at a place.
fn label_end(skeleton: &Skeleton, from: usize) -> usize {
    let mut end = from;
    while skeleton.is_word(end) || (skeleton.at(end) == Some('-') && end > from) {
        end += 1;
    }
    end
}

/// Addresses with an `@`, or with a sign that is spelled.
pub fn emails(skeleton: &Skeleton) -> Vec<(usize, usize)> {
    let mut all = vec![];
    let mut n = 0;
    while n < skeleton.0.len() {
        let end = match skeleton.at(n) {
            Some('@') => Some(n + 1),
            _ => bracketed(skeleton, n, "at"),
        };
        let Some(end) = end else {
            n += 1;
            continue;
        };
        let mut left = n;
        while left > 0 && n - left < 3 && skeleton.before(left) == Some(' ') {
            left -= 1;
        }
        let right = skeleton.skip_spaces(end, 3);
        let has_left = left.checked_sub(1).is_some_and(|at| skeleton.is_word(at));
        if skeleton.is_word(right) && (has_left || skeleton.at(n) == Some('@')) {
            let from = if has_left { left } else { n };
            let (from, to) = around(skeleton, from, label_end(skeleton, right));
            all.push((from, to));
            n = to;
        } else {
            n = end;
        }
    }
    all
}

/// Links: by their scheme, by `www.`, or by the end of the name of a host.
pub fn links(skeleton: &Skeleton) -> Vec<(usize, usize)> {
    let mut all: Vec<(usize, usize)> = vec![];
    let mut n = 0;
    while n < skeleton.0.len() {
        let found = scheme(skeleton, n).or_else(|| www(skeleton, n)).or_else(|| host(skeleton, n));
        let found = found.or_else(|| of_numbers(skeleton, n));
        match found {
            Some((from, to)) => {
                all.push((from, to));
                n = to.max(n + 1);
            }
            None => n += 1,
        }
    }
    all
}

/// `https://`, `mailto:` or `//host`, with or without spaces between the signs.
fn scheme(skeleton: &Skeleton, n: usize) -> Option<(usize, usize)> {
    let is_start = n == 0 || !skeleton.is_word(n - 1);
    for name in ["mailto:", "tel:", "sms:"] {
        if is_start && skeleton.has(n, name) && skeleton.is_word(n + name.len()) {
            return Some(around(skeleton, n, n + name.len()));
        }
    }
    let mut name = n;
    while name > 0 && n - name < 2 && skeleton.before(name) == Some(' ') {
        name -= 1;
    }
    if skeleton.at(n) == Some(':') && name.checked_sub(1).is_some_and(|at| skeleton.is_word(at)) {
        let first = skeleton.skip_spaces(n + 1, 2);
        let second = skeleton.skip_spaces(first + 1, 2);
        if skeleton.at(first) == Some('/') && skeleton.at(second) == Some('/') {
            let host = skeleton.skip_spaces(second + 1, 2);
            return Some(around(skeleton, name, host));
        }
    }
    if skeleton.has(n, "//") && (n + 2..n + 5).all(|at| skeleton.is_word(at)) {
        return Some(around(skeleton, n, n + 2));
    }
    None
}

fn www(skeleton: &Skeleton, n: usize) -> Option<(usize, usize)> {
    let is_start = n == 0 || !skeleton.is_word(n - 1);
    if !is_start || !skeleton.has(n, "www") {
        return None;
    }
    let end = if skeleton.at(n + 3).is_some_and(|c| c.is_ascii_digit()) { n + 4 } else { n + 3 };
    let dot = skeleton.skip_spaces(end, 2);
    let next = skeleton.skip_spaces(dot + 1, 2);
    (skeleton.at(dot) == Some('.') && skeleton.is_word(next)).then(|| around(skeleton, n, next))
}

/// A host at the dot before its last label: `example.com`, `example . com`, `example (dot) com`, `example dot com`.
fn host(skeleton: &Skeleton, n: usize) -> Option<(usize, usize)> {
    let (left, right, spaced) = dot(skeleton, n)?;
    if !left.checked_sub(1).is_some_and(|at| skeleton.is_word(at)) || !skeleton.is_word(right) {
        return None;
    }
    let end = label_end(skeleton, right);
    let label = skeleton.text(right, end);
    let is_other = || OTHER_ENDS.iter().any(|other| Skeleton::of(other).whole() == label);
    let ends_name =
        ENDS.contains(&label.as_str()) || label.starts_with("xn--") || (!label.is_ascii() && is_other());
    // A path: any letters will do, such as `bit.ly/x`.
    let has_path = !spaced
        && skeleton.at(end) == Some('/')
        && skeleton.is_word(end + 1)
        && (2..=24).contains(&label.chars().count())
        && label.chars().all(char::is_alphabetic);
    (ends_name || has_path).then(|| around(skeleton, left, end))
}

/// A dot at a place, in one of its spellings: the end of the label before it, the start of the label after it, and whether
/// there are spaces around it.
fn dot(skeleton: &Skeleton, n: usize) -> Option<(usize, usize, bool)> {
    match skeleton.at(n)? {
        '.' => Some((n, n + 1, false)),
        ' ' => {
            let sign = skeleton.skip_spaces(n, 3);
            let end = match skeleton.at(sign)? {
                '.' => sign + 1,
                'd' if skeleton.has(sign, "dot ") => sign + 3,
                _ => bracketed(skeleton, sign, "dot").or_else(|| bracketed(skeleton, sign, "."))?,
            };
            let next = skeleton.skip_spaces(end, 3);
            (next > end || skeleton.at(sign) != Some('.')).then_some((n, next, true))
        }
        _ => {
            let end = bracketed(skeleton, n, "dot").or_else(|| bracketed(skeleton, n, "."))?;
            Some((n, skeleton.skip_spaces(end, 3), true))
        }
    }
}

/// An address of four numbers, such as 198.51.100.7: also with brackets around its dots. One of few digits is the number of a
/// paragraph.
fn of_numbers(skeleton: &Skeleton, n: usize) -> Option<(usize, usize)> {
    let is_digit = |n: usize| skeleton.at(n).is_some_and(|c| c.is_ascii_digit());
    let goes_on = |at: Option<usize>| at.is_some_and(|at| skeleton.is_word(at));
    if !is_digit(n) || goes_on(n.checked_sub(1)) || skeleton.before(n) == Some('.') {
        return None;
    }
    let (mut at, mut digits) = (n, 0);
    for part in 0..4 {
        if part > 0 {
            at = match skeleton.at(at)? {
                '.' => at + 1,
                _ => bracketed(skeleton, at, ".").or_else(|| bracketed(skeleton, at, "dot"))?,
            };
        }
        let end = (at..at + 4).find(|n| !is_digit(*n))?;
        skeleton.text(at, end).parse::<u8>().ok()?;
        (digits, at) = (digits + end - at, end);
    }
    let is_more = skeleton.is_word(at) || (skeleton.at(at) == Some('.') && is_digit(at + 1));
    (digits >= 6 && !is_more).then(|| around(skeleton, n, at))
}
