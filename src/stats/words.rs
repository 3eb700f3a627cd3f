//! How words and numbers begin and are grouped in a sentence.

/// The text with a capital letter at its beginning.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The name of a type for what a name in lower case stands for: `policing_body` is `PolicingBody`.
pub fn pascal(name: &str) -> String {
    name.split('_').map(capitalised).collect()
}

/// Digits with a comma before every three.
pub fn thousands(digits: &str) -> String {
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
