//! Numbers and options that pages state are those of the code.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use onrecord::access::Role;
use onrecord::config::{Limits, Rates};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A page, a sentence of it with `{}` for each number, and where the code has these: file, constant, and by what it is
/// divided to be in the unit of the page.
type Stated = (&'static str, &'static str, &'static [(&'static str, &'static str, i128)]);

const STATED: &[Stated] = &[
    (
        "docs/operations.md",
        "A reader must take {} KiB, or what is left, within {} seconds, and the whole within {} minutes.",
        &[
            ("src/app/connection.rs", "PIECE", 1024),
            ("src/app/connection.rs", "PIECE_TIME", 1),
            ("src/app/sending.rs", "RESPONSE_TIME", 60),
        ],
    ),
    (
        "docs/operations.md",
        "One caller can have {} MiB of these waiting, all callers together {} MiB.",
        &[("src/http/state.rs", "UNSENT_SHARE", 1 << 20), ("src/http/state.rs", "UNSENT", 1 << 20)],
    ),
    (
        "docs/operations.md",
        "One caller can have {} open, all callers together {}.",
        &[("src/http/state.rs", "STREAMS_SHARE", 1), ("src/http/state.rs", "STREAMS", 1)],
    ),
    ("docs/operations.md", "of `TMPDIR` | {} | half of them |", &[("src/http/state.rs", "MADE_FILES", 1)]),
    (
        "docs/operations.md",
        "| archive to import | {} MiB, {} MiB in all when unpacked; {} MiB a line, {} lines of records, {} MiB a file of figures; {} files;",
        &[
            ("src/resources/bundles/mod.rs", "MOST_BYTES", 1 << 20),
            ("src/bundle/files.rs", "MOST_BYTES", 1 << 20),
            ("src/bundle/lines.rs", "MOST_BYTES", 1 << 20),
            ("src/bundle/files.rs", "MOST_LINES", 1),
            ("src/bundle/import/record_files.rs", "MOST_BYTES", 1 << 20),
            ("src/bundle/archive.rs", "MOST_FILES", 1),
        ],
    ),
    (
        "docs/operations.md",
        "| `X-Source`, `X-Licence` of CSV | {} bytes,",
        &[("src/http/kinds/list_reply.rs", "MAX_HEADER", 1)],
    ),
    (
        "docs/operations.md",
        "`include` {} of a name; thread {} records, depth {};",
        &[
            ("src/http/kinds/include.rs", "INCLUDE_LIMIT", 1),
            ("src/record/thread.rs", "LIMIT", 1),
            ("src/record/thread.rs", "MAX_DEPTH", 1),
        ],
    ),
    (
        "docs/operations.md",
        "| token | {} minutes; an OpenID provider's {} hours at most, {} KiB;",
        &[
            ("src/access/keys.rs", "LIFETIME", 60),
            ("src/access/oidc/claims.rs", "LONGEST_LIFE", 3_600),
            ("src/access/guard.rs", "LONGEST", 1024),
        ],
    ),
    ("docs/operations.md", "| connections | {} in all.", &[("src/app/server.rs", "CONNECTIONS", 1)]),
    ("docs/operations.md", "| tokens made at a time | {} (each hashes", &[("src/http/state.rs", "HEAVY", 1)]),
    (
        "docs/operations.md",
        "| failures to sign in | from the fifth in a row, a wait of 32 seconds to {} minutes |",
        &[("src/access/password.rs", "LONGEST_WAIT", 60)],
    ),
    (
        "docs/operations.md",
        "once a minute at most; {} seconds, {} KiB, {} keys, no redirects |",
        &[
            ("src/access/oidc/fetch.rs", "TIMEOUT", 1),
            ("src/access/oidc/fetch.rs", "LONGEST", 1024),
            ("src/access/oidc/jwks.rs", "MOST_KEYS", 1),
        ],
    ),
    (
        "docs/operations.md",
        "| idempotency key | {} hours |",
        &[("src/http/idempotency.rs", "LIFETIME", 3_600)],
    ),
    ("docs/operations.md", "| faults listed in one response | {} |", &[("src/problem.rs", "FAULTS", 1)]),
    (
        "docs/operations.md",
        "MiB; must arrive within 10 seconds; {} levels deep |",
        &[("src/http/body.rs", "DEPTH", 1)],
    ),
    (
        "docs/architecture.md",
        "A request that waits longer than {} seconds fails,",
        &[("src/app/waiting.rs", "LONGEST_WAIT", 1)],
    ),
    (
        "docs/architecture.md",
        "gives the large ones to their connection {} KiB at a time",
        &[("src/app/connection.rs", "PIECE", 1024)],
    ),
    (
        "docs/architecture.md",
        "ends one whose reader takes less than {} KiB in {} seconds,",
        &[("src/app/connection.rs", "PIECE", 1024), ("src/app/connection.rs", "PIECE_TIME", 1)],
    ),
    (
        "docs/architecture.md",
        "or takes more than {} minutes,",
        &[("src/app/sending.rs", "RESPONSE_TIME", 60)],
    ),
];

fn text(path: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}/{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The value of a constant, as its file has it: whole numbers, products, shifts, seconds.
fn constant(file: &str, name: &str) -> i128 {
    let source = text(file);
    let found = source.lines().find_map(|line| {
        let line = line.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        let (_, value) = line.strip_prefix(&format!("const {name}: "))?.split_once(" = ")?;
        Some(value.trim_end_matches(';').to_owned())
    });
    let value =
        found.unwrap_or_else(|| panic!("{file} has no constant {name}: update this table and the page"));
    let value = value.replace("Duration::from_secs(", "").replace([')', '_'], "");
    let number = |text: &str| -> i128 {
        text.trim()
            .parse()
            .unwrap_or_else(|_| panic!("{file}: {name} is `{value}`, which this test cannot read"))
    };
    match value.split_once("<<") {
        Some((left, right)) => number(left) << number(right),
        None => value.split('*').map(number).product(),
    }
}

fn with_commas(number: i128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Without line breaks and double blanks.
fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn pages_state_the_numbers_of_the_code() {
    let mut faults = vec![];
    for (page, sentence, numbers) in STATED {
        let mut right = (*sentence).to_owned();
        for (file, name, divisor) in *numbers {
            let value = constant(file, name);
            assert_eq!(value % divisor, 0, "{file}: {name} is {value}, no whole number of the page's unit");
            right = right.replacen("{}", &with_commas(value / divisor), 1);
        }
        assert!(!right.contains("{}"), "{sentence} has more numbers than constants");
        if !flowing(&text(page)).contains(&right) {
            faults.push(format!("{page} does not say: {right}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn pages_state_the_default_limits() {
    let page = flowing(&text("docs/operations.md"));
    let Rates { address, credential, open_data, sign_in, connections } = Limits::default().rates;
    for (setting, default) in [
        ("LIMIT_ADDRESS", i128::from(address)),
        ("LIMIT_CREDENTIAL", i128::from(credential)),
        ("LIMIT_OPEN_DATA", i128::from(open_data)),
        ("LIMIT_SIGN_IN", i128::from(sign_in)),
        ("LIMIT_CONNECTIONS", i128::from(connections)),
    ] {
        let row = format!("| `{setting}` | {} |", with_commas(default));
        assert!(page.contains(&row), "docs/operations.md does not say: {row}");
    }
}

#[test]
fn the_page_says_which_roles_members_of_which_organisations_have() {
    let page = text("docs/operations.md");
    let (_, table) = page.split_once("| Roles | Kind of organisation").unwrap();
    let names =
        |cell: &str| -> BTreeSet<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows: Vec<(BTreeSet<String>, BTreeSet<String>)> = table
        .lines()
        .skip(2)
        .map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
        .map(|(roles, kinds)| (names(roles), names(kinds)))
        .collect();
    for role in Role::ALL.iter().filter(|role| role.needs_membership()) {
        let of_role: Vec<_> = rows.iter().filter(|(roles, _)| roles.contains(role.name())).collect();
        let [(_, kinds)] = of_role.as_slice() else { panic!("{role:?} is in {} rows", of_role.len()) };
        let known = role.organisation_kinds().unwrap_or_default();
        assert_eq!(*kinds, known.iter().map(|kind| (*kind).to_owned()).collect(), "{role:?}");
    }
}

/// What `onrecord … --help` prints.
fn help(command: &[&str]) -> Option<String> {
    let done = Command::new(env!("CARGO_BIN_EXE_onrecord"))
        .args(command)
        .arg("--help")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    done.status.success().then(|| String::from_utf8(done.stdout).unwrap())
}

/// The options that a help lists.
fn options(help: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    lines
        .filter_map(|line| line.split_once("--").map(|(_, rest)| rest))
        .map(|rest| rest.chars().take_while(|c| is_name(*c)).collect())
        .collect()
}

/// The calls of the program that a page shows: the words after `onrecord`.
fn calls(page: &str) -> Vec<Vec<String>> {
    let joined = page.replace("\\\n", " ");
    let mut all = vec![];
    for line in joined.lines() {
        for part in line.split("onrecord ").skip(1) {
            let end = part.find(['`', '|', '>', '#', ';', ')', '"', '…']).unwrap_or(part.len());
            all.push(part[..end].split_whitespace().map(str::to_owned).collect());
        }
        if let Some((_, part)) = line.split_once("cargo run ")
            && let Some((_, part)) = part.split_once("-- ")
        {
            let end = part.find(['`', ')', ',']).unwrap_or(part.len());
            all.push(part[..end].split_whitespace().map(str::to_owned).collect());
        }
    }
    all
}

#[test]
fn every_option_that_a_page_shows_is_one_of_its_command() {
    let mut pages = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned(), "demo/README.md".to_owned()];
    for entry in std::fs::read_dir(format!("{ROOT}/docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            pages.push(format!("docs/{name}"));
        }
    }
    let (mut faults, mut checked) = (vec![], 0);
    for page in pages {
        for call in calls(&text(&page)) {
            let words: Vec<&str> =
                call.iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect();
            let named: Vec<&String> =
                call.iter().filter(|word| word.starts_with("--") && word.len() > 2).collect();
            if words.is_empty()
                || named.is_empty()
                || words[0].chars().any(|c| !c.is_ascii_lowercase() && c != '-')
            {
                continue;
            }
            // `client create` is a command; in `import ./folder` the second word is an argument.
            let found = (1..=words.len().min(2)).rev().find_map(|n| help(&words[..n]));
            let Some(found) = found else {
                faults.push(format!("{page}: `onrecord {}` is no command", words[0]));
                continue;
            };
            let known = options(&found);
            for option in named {
                checked += 1;
                let name = option.trim_start_matches("--").split('=').next().unwrap();
                let name = name.trim_end_matches([',', '.', ':']);
                if !known.contains(name) {
                    faults.push(format!("{page}: `onrecord {}` has no option `--{name}`", words.join(" ")));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(checked > 20, "only {checked} options were found");
}

/// Sentences that list all options of a command.
#[test]
fn pages_list_all_options_of_a_command() {
    let page = flowing(&text("docs/operations.md"));
    let (_, listed) =
        page.split_once("The demo takes only ").expect("docs/operations.md lists the demo's options");
    let (listed, _) = listed.split_once('.').unwrap();
    let listed: BTreeSet<String> =
        listed.split('`').filter_map(|word| word.strip_prefix("--")).map(str::to_owned).collect();
    let mut known = options(&help(&["demo"]).unwrap());
    known.remove("help");
    assert_eq!(listed, known);
}
