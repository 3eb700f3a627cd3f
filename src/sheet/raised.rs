//! Digits above or below the line: the numbers of footnotes, in most sheets. `120` with a small raised `1` is not 1201.

/// Where the characters of a text stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Position {
    #[default]
    Line,
    Raised,
    Lowered,
}

/// The digits from 0 to 9 above and below the line.
const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
const LOWERED: [char; 10] = ['₀', '₁', '₂', '₃', '₄', '₅', '₆', '₇', '₈', '₉'];

impl Position {
    /// A text with its digits where they stand. Other characters, such as the `st` of `1st`, stay as they are.
    pub fn of(self, text: &str) -> String {
        let digits = match self {
            Position::Line => return text.to_owned(),
            Position::Raised => RAISED,
            Position::Lowered => LOWERED,
        };
        let digit = |letter: char| letter.to_digit(10).and_then(|digit| digits.get(digit as usize)).copied();
        text.chars().map(|letter| digit(letter).unwrap_or(letter)).collect()
    }
}

/// The digit on the line that a raised one stands for.
pub fn digit_of_raised(letter: char) -> Option<char> {
    let digit = RAISED.iter().position(|raised| *raised == letter)?;
    char::from_digit(u32::try_from(digit).ok()?, 10)
}
