//! Telephone numbers, with whatever signs between their digits, in digits, in words, or in both.

use super::skeleton::Skeleton;

/// A piece of a text.
struct Token {
    from: usize,
    to: usize,
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    /// Digits, also those that a word says.
    Digits(String),
    /// `+`, or the word for it.
    Plus,
    /// A word that says to repeat the next digit so many times.
    Times(usize),
    /// A word after which a number is one to call.
    Call,
    /// Another word.
    Word,
    /// A sign or a space.
    Sign(char),
    /// A day, which no number goes through.
    Day,
}

/// The ranges of the telephone numbers in a text.
pub fn find(skeleton: &Skeleton) -> Vec<(usize, usize)> {
    let mut tokens = tokens(skeleton);
    join_days(&mut tokens);
    let mut all = vec![];
    let mut n = 0;
    while n < tokens.len() {
        match number_at(&tokens, n).map(|last| (n, last)).or_else(|| after_call(&tokens, n)) {
            Some((first, last)) => {
                all.push((tokens[first].from, tokens[last].to));
                n = last + 1;
            }
            None => n += 1,
        }
    }
    all
}

fn tokens(skeleton: &Skeleton) -> Vec<Token> {
    let mut all = vec![];
    let mut from = 0;
    while from < skeleton.0.len() {
        if !skeleton.is_word(from) {
            let sign = skeleton.at(from).unwrap_or(' ');
            let kind = if sign == '+' { Kind::Plus } else { Kind::Sign(sign) };
            all.push(Token { from, to: from + 1, kind });
            from += 1;
            continue;
        }
        let end = skeleton.word_end(from);
        let word = skeleton.text(from, end);
        let kind = of_word(&word);
        match kind {
            Kind::Word if word.chars().any(|c| c.is_ascii_digit()) => {
                // Letters and digits without a space between.
                let mut start = from;
                while start < end {
                    let is_digit = |n: usize| skeleton.at(n).is_some_and(|c| c.is_ascii_digit());
                    let stop = (start..end).find(|n| is_digit(*n) != is_digit(start)).unwrap_or(end);
                    all.push(Token { from: start, to: stop, kind: of_word(&skeleton.text(start, stop)) });
                    start = stop;
                }
            }
            kind => all.push(Token { from, to: end, kind }),
        }
        from = end;
    }
    all
}

fn of_word(word: &str) -> Kind {
    let digits = |text: &str| Kind::Digits(text.to_owned());
    match word {
        "zero" | "oh" | "o" | "nought" | "naught" | "nil" => digits("0"),
        "one" => digits("1"),
        "two" => digits("2"),
        "three" => digits("3"),
        "four" => digits("4"),
        "five" => digits("5"),
        "six" => digits("6"),
        "seven" => digits("7"),
        "eight" => digits("8"),
        "nine" => digits("9"),
        "hundred" => digits("00"),
        "double" => Kind::Times(2),
        "triple" | "treble" => Kind::Times(3),
        "plus" => Kind::Plus,
        "tel" | "telephone" | "phone" | "mobile" | "mob" | "call" | "ring" | "text" | "whatsapp" | "fax" => {
            Kind::Call
        }
        _ if word.chars().all(|c| c.is_ascii_digit()) => digits(word),
        _ if word.len() > 1
            && word.chars().any(|c| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_digit() || "oil".contains(c)) =>
        {
            let digit = |c: char| match c {
                'o' => '0',
                'i' | 'l' => '1',
                c => c,
            };
            Kind::Digits(word.chars().map(digit).collect())
        }
        _ => Kind::Word,
    }
}

/// Days such as 01/04/2024 are no part of a number.
fn join_days(tokens: &mut [Token]) {
    let number = |token: &Token, lengths: &[usize]| match &token.kind {
        Kind::Digits(text) if lengths.contains(&text.len()) => text.parse::<u32>().ok(),
        _ => None,
    };
    for n in 4..tokens.len() {
        let [day, first, month, second, year] = &tokens[n - 4..=n] else { continue };
        let signs = [&first.kind, &second.kind];
        let is_sign = |kind: &&Kind| matches!(kind, Kind::Sign('/' | '.' | '-'));
        let is_day = number(day, &[1, 2]).is_some_and(|day| (1..=31).contains(&day))
            && number(month, &[1, 2]).is_some_and(|month| (1..=12).contains(&month))
            && number(year, &[4]).is_some_and(|year| (1900..=2099).contains(&year));
        if is_day && signs.iter().all(is_sign) && signs[0] == signs[1] {
            for token in &mut tokens[n - 4..=n] {
                token.kind = Kind::Day;
            }
        }
    }
}

/// The digits of a number while it is read.
#[derive(Default)]
struct Number {
    digits: String,
    plus: bool,
    groups: Vec<usize>,
    /// Whether all groups were joined by commas alone, as in 7,123,456,789.
    commas: bool,
    last: usize,
}

impl Number {
    /// Whether it is as long as a number of its kind can be.
    fn is_full(&self) -> bool {
        let most = if self.plus || self.digits.starts_with("00") { 15 } else { 11 };
        self.digits.len() >= most && !self.digits.starts_with("44")
    }

    /// Whether it begins as it is dialled.
    fn is_dialled(&self) -> bool {
        self.digits.starts_with('0') || (self.plus && self.digits.starts_with("44"))
    }

    fn is_telephone(&self) -> bool {
        let length = self.digits.len();
        if self.plus {
            return length >= 8;
        }
        if self.digits.starts_with('0') {
            return length >= 10;
        }
        // Without its first zero. With commas between threes it is an amount.
        let of_threes = self.groups.iter().skip(1).all(|group| *group == 3);
        let is_amount = self.commas && self.groups.len() > 1 && of_threes;
        let is_mobile = self.digits.starts_with('7') && length == 10 && self.groups.len() <= 4;
        let is_abroad = self.digits.starts_with("44") && (12..=13).contains(&length);
        (is_mobile || is_abroad) && !is_amount
    }
}

/// The last token of a telephone number that begins with the token of that number.
fn number_at(tokens: &[Token], first: usize) -> Option<usize> {
    let mut number = Number { commas: true, ..Number::default() };
    let mut best = None;
    let mut times = 1;
    let mut n = first;
    loop {
        match &tokens.get(n)?.kind {
            Kind::Plus if n == first => number.plus = true,
            Kind::Times(count) => times = *count,
            Kind::Digits(text) => {
                let text = if text.len() == 1 { text.repeat(times) } else { text.clone() };
                times = 1;
                number.groups.push(text.len());
                number.digits.push_str(&text);
                number.last = n;
                if number.is_telephone() {
                    best = Some(n);
                }
                if number.is_full() {
                    return best;
                }
            }
            // A bracket can open a number.
            Kind::Sign('(') if n == first => {}
            _ => return best,
        }
        let Some(next) = next_of(tokens, n + 1, &mut number) else { return best };
        n = next;
    }
}

/// How many signs can stand between two groups of digits.
const SIGNS: usize = 5;

/// The next token of the number after the signs that begin at a token; none where the number ends.
fn next_of(tokens: &[Token], from: usize, number: &mut Number) -> Option<usize> {
    let mut gap = String::new();
    for (n, token) in tokens.iter().enumerate().skip(from).take(SIGNS + 1) {
        match &token.kind {
            Kind::Sign(sign) if " -./()[]_~*,\\|'".contains(*sign) => gap.push(*sign),
            // Without a zero before it, what these stand between is added up or compared.
            Kind::Sign(sign @ ('=' | '&' | '>')) if number.is_dialled() => gap.push(*sign),
            Kind::Plus if number.is_dialled() => gap.push('+'),
            Kind::Digits(_) | Kind::Times(_) => {
                // A list of figures is no number: it has a comma soon.
                let is_list = gap.contains(',') && gap.contains(' ');
                let begins_as_code = number.digits.starts_with('0') && number.digits.len() >= 3;
                if is_list && !begins_as_code {
                    return None;
                }
                number.commas &= gap == ",";
                return Some(n);
            }
            _ => return None,
        }
    }
    None
}

/// The first and the last token of a short number after a word such as `call`.
fn after_call(tokens: &[Token], first: usize) -> Option<(usize, usize)> {
    if tokens.get(first)?.kind != Kind::Call {
        return None;
    }
    let is_sign = |token: &Token| matches!(token.kind, Kind::Sign(' ' | ':' | '.' | '-' | '='));
    let start = first + 1 + tokens.iter().skip(first + 1).take_while(|token| is_sign(token)).count();
    let mut number = Number { commas: true, ..Number::default() };
    let mut n = start;
    loop {
        let Kind::Digits(text) = &tokens.get(n)?.kind else { return None };
        number.groups.push(text.len());
        number.digits.push_str(text);
        let next = next_of(tokens, n + 1, &mut number).filter(|_| number.digits.len() < 11);
        let is_year = number.groups.iter().all(|group| *group <= 4) && number.digits.starts_with("20");
        let is_short = (6..=11).contains(&number.digits.len()) && !is_year;
        match next {
            Some(next) => n = next,
            None => return (is_short && !(number.commas && number.groups.len() > 1)).then_some((start, n)),
        }
    }
}
