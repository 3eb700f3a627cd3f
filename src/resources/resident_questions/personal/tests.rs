use super::{Found, faults, find, visible};

fn found(text: &str) -> Vec<(Found, String)> {
    let piece = |from: usize, to: usize| text.chars().skip(from).take(to - from).collect();
    find(text).into_iter().map(|(found, span)| (found, piece(span.from, span.to))).collect()
}

#[track_caller]
fn is_found(expected: Found, texts: &[&str]) {
    for text in texts {
        let text = format!("Please tell me why {text} was not answered");
        let kinds: Vec<Found> = found(&text).into_iter().map(|(found, _)| found).collect();
        assert!(kinds.contains(&expected), "{text}: {kinds:?}");
    }
}

#[test]
fn telephone_numbers_are_found_in_every_spelling() {
    is_found(
        Found::Telephone,
        &[
            "07700900123",
            "07700 900123",
            "07700 900 123",
            "07700-900-123",
            "07700.900.123",
            "(01332) 123456",
            "01332/123456",
            "+44 7700 900123",
            "+44 (0)7700 900123",
            "+44(0)7700-900-123",
            "0044 7700 900123",
            "44 7700 900123",
            "447700900123",
            "7700 900123",
            "0 7 7 0 0 9 0 0 1 2 3",
            "0-7-7-0-0-9-0-0-1-2-3",
            "07700, 900, 123",
            "07700. 900. 123",
            "07700\u{a0}900\u{2009}123",
            "07700\u{200b}900\u{ad}123",
            "07700\n900123",
            "０７７００ ９００１２３",
            "٠٧٧٠٠ ٩٠٠١٢٣",
            "𝟘𝟟𝟟𝟘𝟘 𝟡𝟘𝟘𝟙𝟚𝟛",
            "⓪⑦⑦⓪⓪⑨⓪⓪①②③",
            "⁰⁷⁷⁰⁰ ⁹⁰⁰¹²³",
            "07700–900–123",
            "O7700 9OO123",
            "077OO 9OOl23",
            "tel07700900123",
            "oh seven seven double oh nine hundred one two three",
            "zero seven seven zero zero, 900123",
            "07 seven seven 00 900 one two three",
            "plus 44 7700 900 123",
            "tel: 291234",
            "ring 291234",
            "0800 555 111",
            "1 24 07700 900123",
            "07700=900=123",
            "07700&900>123",
            "0+7+7+0+0+9+0+0+1+2+3",
            "07700|900|123",
        ],
    );
}

#[test]
fn addresses_of_email_and_links_are_found() {
    is_found(
        Found::Email,
        &[
            "jane@example.org",
            "jane.doe+x@mail.example.org",
            "jane @ example . org",
            "jane@localhost",
            "jane＠example.org",
            "jane﹫example.org",
            "jane(at)example.org",
            "jane [at] example [dot] org",
            "jane@\u{200b}example.org",
            "@janedoe",
            "jane*at*example*dot*org",
            "jаne@exаmple.org",
        ],
    );
    is_found(
        Found::Link,
        &[
            "http://example.invalid/a",
            "https://example",
            "HTTPS : // example",
            "ftp://x",
            "hxxp://example.zz",
            "//example.zz/a",
            "www.example.zz",
            "WWW . example . zz",
            "www2.example.zz",
            "example.com",
            "Example.CO.UK",
            "example.co.uk/a?b=c",
            "example . com",
            "example (dot) com",
            "example dot com",
            "exam\u{200b}ple.c\u{200b}om",
            "example。com",
            "example．com",
            "exаmple.cоm",
            "bit.ly/abc",
            "t.me/abc",
            "jane at example dot org",
            "example[.]com",
            "example [.] com",
            "198.51.100.7",
            "198[.]51[.]100[.]7",
            "http://10.0.0.1/a",
            "münchen.de",
            "пример.рф",
            "例え.中国",
            "xn--e1afmkfd.xn--p1ai",
            "mailto:jane",
        ],
    );
}

#[test]
fn postcodes_are_found() {
    is_found(
        Found::Postcode,
        &[
            "DE1 3AF",
            "de1 3af",
            "DE13AF",
            "DE1-3AF",
            "DE1  3AF",
            "DE1.3AF",
            "D\u{200b}E1 3AF",
            "DE 1 3AF",
            "DE1 3 AF",
            "SW1A 1AA",
            "M1 1AE",
            "S10 2TN",
            "B33 8TH",
            "ＤＥ１ ３ＡＦ",
            "DE1\u{a0}3AF",
            "ДE1 3AF, DЕ1 3АF",
            "DE1 3AF.",
            "(DE55 2AB)",
            "DEI 3AF",
            "D E 1 3 A F",
            "d e 5 5 2 a b",
            "S W 1 A 1 A A",
            "M 1 1 A E",
            "DE1+3AF",
            "DE1|3AF",
            "DE1=3AF",
            "EC1A 1BB",
            "W1A 0AX",
        ],
    );
}

#[test]
fn what_questions_say_of_policing_is_left_alone() {
    for text in [
        "How many officers work in the neighbourhood teams of the county?",
        "Why did burglary rise from 1,234 in 2019/20 to 12,345,678 in 2023/24?",
        "Between 01/04/2023 and 31/03/2024, 10 officers left. Why?",
        "Between 01/04/2023 - 31/03/2024 were 1,024 of 7,123,456,789 pounds spent?",
        "Is the budget of £7,700,900,123 enough? It was £44,000,000,000 in 2020.",
        "Does the 101 service answer within 30 seconds, and 999 within 10?",
        "The stations open 0900-1700 on weekdays. Why not 08:00-20:00?",
        "The figures are 0, 12, 15, 18, 22, 30 and 41 for the years 2018 2019 2020 2021 2022 2023.",
        "Section 22A of the Police Act 1996, paragraph 3.4.1, says so, e.g. in the plan.Does it?",
        "What is being done about the A38, the A6 and the M1 at junction 28 at 7am and 5pm?",
        "One or two of the three areas have no officer; why are all 3 by far the largest?",
        "Is stop and/or search used in either case, i.e. under s60? And s.60 too?",
        "At what cost (at most) was the dot plot made?",
        "In 2024 the 999 calls were 123456; phone calls: 234567 and text messages 98765.",
        "Officers of 40 to 50 left; 2 of 12 3rd-party reports and 4th quarter results?",
        "Paragraphs 3.4.1.2 and 1.1.1.1 of the plan of 01.04.2024, and of E 1 and S 1: what of them?",
        "Are 700 + 300 + 2500 = 3500 & 7000 > 6500 officers enough? Is a plan b 1 of 2 in a day 1 or 2 a week?",
        "Is 24/7 cover planned for E07000034 and E23000018?",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_fault_has_the_place_in_characters_of_the_text_as_it_was_sent() {
    let text = "Why, é, is 07700\u{200b} 900123 dead? Ask jane@example.org!";
    let all = faults(text, "/text");
    let spans: Vec<_> = all.iter().map(|fault| (fault.code, fault.span.unwrap())).collect();
    let piece = |n: usize| {
        let span = spans[n].1;
        text.chars().skip(span.from).take(span.to - span.from).collect::<String>()
    };
    assert_eq!(spans.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["telephone", "email", "invisible"]);
    assert_eq!((piece(0).as_str(), piece(1).as_str()), ("07700\u{200b} 900123", "jane@example.org"));
    assert!(all[0].detail.contains("(characters 12 to 24)"), "{}", all[0].detail);
}

#[test]
fn every_place_is_in_the_text() {
    for piece in [
        "0 ", "0", "a@", "a.", "dot ", "(at)", "DE1 ", "double ", "call ", "+", "//", "é", "\u{fdfa}", "www.",
    ] {
        let text: String = piece.chars().cycle().take(1_000).collect();
        for (_, span) in find(&text) {
            assert!(span.from < span.to && span.to <= text.chars().count(), "{piece}: {span:?}");
        }
    }
}

#[test]
fn marks_are_not_counted_and_more_than_five_on_a_letter_are_a_fault() {
    assert_eq!(visible(&"\u{301}".repeat(20)), 0);
    assert_eq!(visible(&format!("Why a{}?", "\u{301}".repeat(20))), 5);
    assert_eq!(visible("Wie groß sind sie, überall? क्या"), 23 + 2);
    let codes = |text: &str| -> Vec<_> {
        faults(text, "/text").iter().map(|fault| (fault.code, fault.span.unwrap())).collect()
    };
    assert_eq!(codes(&format!("Why a{}b?", "\u{301}".repeat(5))), []);
    for (text, from, to) in [
        (format!("Why a{}b?", "\u{301}".repeat(6)), 5, 11),
        (format!("Why a{}", "\u{301}".repeat(900)), 5, 905),
        (format!("{}Why?", "\u{20dd}\u{301}".repeat(4)), 0, 8),
        // A joiner between them begins no letter.
        (format!("Why ب{}\u{651}ب?", "\u{651}\u{64b}\u{64c}\u{200d}".repeat(3)), 5, 18),
    ] {
        assert_eq!(codes(&text), [("marks", crate::problem::Span { from, to })], "{text}");
    }
    assert_eq!(codes(&format!("a{}", "\u{301}".repeat(6)).repeat(30)).len(), 20);
    // Letters as they are written with many marks.
    for text in ["Đường phố có an toàn không?", "בְּרֵאשִׁ֖ית בָּרָ֣א", "ปู่ย่าตายายที่นี่", "ကြောင့်", "བསྒྲུབས"]
    {
        assert_eq!(codes(text), [], "{text}");
    }
}
