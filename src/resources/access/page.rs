//! The rule table as a page: `docs/access.md`, for those who read no JSON.

use std::fmt::Write;

use crate::access::rule_words::{self, TWO_PAIRS_OF_EYES};
use crate::access::{Action, Reach, Role};
use crate::http::operation::Operation;
use crate::record::kind::KindDef;
use crate::stats::words::capitalised;

/// The page, as Markdown.
pub fn page(kinds: &[&'static KindDef], operations: &[Operation]) -> String {
    let mut page = String::from(
        "# Who may do what\n\n\
         This page lists who may do what with each kind of record. `onrecord access --output docs/access.md` writes it from\n\
         the table by which the service decides: change the table, not the page. `GET /v1/access` returns the same as data\n\
         (JSON, and CSV for a spreadsheet; `?role=panel_officer` or `?kind=pledge` returns a part of it).\n\n\
         Anything that is not listed here is refused. A record that you may not see does not exist for you: the service\n\
         answers as if it had never been created. A person with several roles has the rights of all of them. Every reach\n\
         except `p` is limited to the policing body to which the holder of the role belongs.\n",
    );
    legend(&mut page);
    matrix(&mut page, kinds);
    beyond_rules(&mut page, kinds);
    sentences(&mut page, kinds, operations);
    page
}

/// Writing into a text cannot fail.
macro_rules! line {
    ($page:expr) => { $page.push('\n') };
    ($page:expr, $($words:tt)*) => {{ let _ = writeln!($page, $($words)*); }};
}

fn legend(page: &mut String) {
    line!(page, "\n## How to read the matrix\n");
    line!(
        page,
        "`LRCUS@*` says what the role may do (the letters before `@`) and with which records (the signs after it)."
    );
    line!(
        page,
        "`LR@pn` means: list and read what is published and what is shared with the Panel. An empty cell means: nothing.\n"
    );
    line!(page, "| Letter | Action |\n|---|---|");
    for action in Action::EVERY {
        line!(page, "| {} | {} |", action.letters(), action.words());
    }
    line!(page, "\n| Sign | Which records | Name |\n|---|---|---|");
    for reach in Reach::EVERY {
        line!(page, "| `{}` | {} | `{}` |", reach.letter(), reach.meaning(), reach.name());
    }
    line!(page, "\n| Role | Who | Held by |\n|---|---|---|");
    for role in Role::ALL {
        let held = match (role.needs_membership(), role.needs_person()) {
            (false, _) => "anyone",
            (true, true) => "a person",
            (true, false) => "a person or a machine",
        };
        line!(page, "| `{}` | {} | {held} |", role.name(), role.who());
    }
}

fn matrix(page: &mut String, kinds: &[&'static KindDef]) {
    line!(page, "\n## The matrix\n");
    let names: Vec<String> = Role::ALL.iter().map(|role| format!("`{}`", role.name())).collect();
    line!(page, "| Kind of record | {} |", names.join(" | "));
    line!(page, "|---|{}", "---|".repeat(names.len()));
    for kind in kinds {
        let cells: Vec<String> = Role::ALL.iter().map(|role| cell(kind, *role)).collect();
        line!(page, "| {} | {} |", kind.def.one, cells.join(" | "));
    }
}

/// What a role may do with a kind, such as `LR@p U@s`.
fn cell(kind: &KindDef, role: Role) -> String {
    let mut parts: Vec<(String, String)> = vec![];
    for action in Action::EVERY {
        let grants = kind.rule(*action).unwrap_or(&[]).iter().filter(|grant| grant.role == role);
        let all: Vec<Reach> = grants.flat_map(|grant| grant.reach.iter().copied()).collect();
        // Who reaches everything also reaches what is published: one sign says so.
        let reach: String = match all.contains(&Reach::All) {
            true => Reach::All.letter().to_string(),
            false => all.iter().map(|reach| reach.letter()).collect(),
        };
        if reach.is_empty() {
            continue;
        }
        match parts.iter_mut().find(|(_, known)| *known == reach) {
            Some((letters, _)) => letters.push_str(action.letters()),
            None => parts.push((action.letters().to_owned(), reach)),
        }
    }
    parts.iter().map(|(letters, reach)| format!("`{letters}@{reach}`")).collect::<Vec<_>>().join(" ")
}

fn beyond_rules(page: &mut String, kinds: &[&'static KindDef]) {
    line!(page, "\n## The two-person rule\n");
    for sentence in TWO_PAIRS_OF_EYES {
        line!(page, "- {sentence}");
    }
    for kind in kinds.iter().filter(|kind| !kind.def.approvals.is_empty()) {
        line!(
            page,
            "- {} can only be published with the approval of: {}.",
            named(kind),
            kind.approvers().join(", ")
        );
    }
    for kind in kinds.iter().filter(|kind| !kind.def.barred.is_empty()) {
        let barred: Vec<&str> = kind.def.barred.iter().map(|role| role.name()).collect();
        line!(page, "- {} cannot be written by a person with the role: {}.", named(kind), barred.join(", "));
    }
}

/// `A plan`, `An action`.
fn named(kind: &KindDef) -> String {
    let one = kind.def.one;
    let article = if one.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    format!("{article} {one}")
}

fn sentences(page: &mut String, kinds: &[&'static KindDef], operations: &[Operation]) {
    line!(page, "\n## Operation by operation");
    for kind in kinds {
        line!(page, "\n### {}\n", kind.def.many);
        for action in Action::EVERY {
            if let Some(rule) = kind.rule(*action) {
                line!(page, "- {}. {}", capitalised(action.words()), rule_words::sentence(rule));
            }
        }
    }
    line!(page, "\n### Operations of no kind\n");
    for operation in operations.iter().filter(|operation| operation.kind.is_none()) {
        line!(
            page,
            "- `{} {}`: {}. {}",
            operation.method.name(),
            operation.path,
            operation.summary,
            rule_words::sentence(operation.rule)
        );
    }
}
