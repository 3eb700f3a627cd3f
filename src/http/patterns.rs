//! What the patterns of fields mean, in words: an error says this, since a regular expression says it to few.

/// What a field with this pattern takes, with an example. A test holds that each pattern of a request body has words.
const WORDS: &[(&str, &str)] = &[
    (
        "^[A-Za-z0-9][A-Za-z0-9._-]*$",
        "letters without accents, digits, full stops, underscores and hyphens, beginning with a letter or a digit, such as \
         `OBJ-2.1`",
    ),
    (
        "^https?://",
        "an address that begins with `https://` or `http://`, such as `https://www.example.org/page`",
    ),
    ("^[EWKSNJ][0-9]{8}$", "a code of the Office for National Statistics, such as `E23000018`"),
    ("^[A-Z0-9-]+$", "the code of a register in capital letters, digits and hyphens, such as `GB-CHC`"),
    ("^e?[1-9][0-9]*$", "the number of a version, such as `3`, or `e3` for a version that was never public"),
    ("^[12][0-9]{3}-04-01/P1Y$", "a financial year by its first day, such as `2013-04-01/P1Y` for 2013/14"),
    (
        "^[0-9]{1,11}(\\.[0-9]{1,2})?$",
        "an amount in pounds with at most two decimals, without a sign, a comma or `£`, such as `2060000` or `12.50`",
    ),
    (
        "^[a-z0-9][a-z0-9-]*$",
        "lower-case letters without accents, digits and hyphens, beginning with a letter or a digit, such as \
         `residential-burglary`",
    ),
    (
        "^[A-Z][A-Z0-9_]*$",
        "capital letters, digits and underscores, beginning with a letter, such as `OFFENCE_GROUP`",
    ),
    (
        "^[A-Za-z0-9_-]+$",
        "letters without accents, digits, underscores and hyphens, such as `residential-burglary`",
    ),
    (
        "^-?[0-9]{1,13}(\\.[0-9]{1,6})?$",
        "a decimal number with at most 13 digits before the point and 6 after it, without commas or a `+`, such as `-12.5`",
    ),
    (
        "^[12][0-9]{3}(-(0[1-9]|1[0-2])|-Q[1-4])?$|^[12][0-9]{3}-[0-9]{2}-[0-9]{2}/P([0-9]+[YMD])$",
        "a year such as `2024`, a quarter such as `2024-Q1`, a month such as `2024-03`, or a first day with a length such as \
         `2022-04-01/P1Y` for the financial year 2022/23",
    ),
    (
        "^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])(/(P[0-9]{1,3}[DMY]|[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])))?)?|-Q[1-4])?$",
        "a year such as `2024`, a quarter such as `2024-Q1`, a month such as `2024-03`, a day such as `2024-03-31`, or a first \
         day with a length or a last day, such as `2022-04-01/P1Y` for the financial year 2022/23 or `2024-01-01/2024-01-31`",
    ),
    (
        "^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
        "a year, a month or a day, such as `2012`, `2012-11` or `2012-11-22`",
    ),
    ("^P[0-9]{1,3}[YMWD]$", "a length in years, months, weeks or days, such as `P1Y`, `P3M` or `P7D`"),
    ("^[ABEPUMOQ]$", "one of the codes of OBS_STATUS: A, B, E, P, U, M, O or Q"),
    ("^[FADNE]$", "one of the codes of CONF_STATUS: F, A, D, N or E"),
    ("^[0-9]{8}$", "eight digits, such as `75240000`"),
    ("^[A-Z]{2}$", "the code of a country in two capital letters, such as `GB`"),
    ("^[0-9a-f]{64}$", "a SHA-256 digest: 64 characters, each from `0` to `9` or from `a` to `f`"),
    ("^([01][0-9]|2[0-3]):[0-5][0-9]$", "a time of day from `00:00` to `23:59`, such as `14:30`"),
    (
        "^[A-Za-z0-9][A-Za-z0-9._@+-]+$",
        "at least two characters: letters without accents, digits or any of `._@+-`, beginning with a letter or a digit, such as `j.smith`",
    ),
    ("^[^\\u0000]*$", "text without the character U+0000"),
];

/// Whether a field with this pattern takes a day, or part of one.
pub fn takes_days(pattern: &str) -> bool {
    pattern.starts_with("^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])")
}

/// What a field with this pattern takes; none for a pattern that no request body has.
pub fn words(pattern: &str) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| *known == pattern).map(|(_, words)| *words)
}
