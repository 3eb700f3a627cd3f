//! What readers call the pages that are about no single record: the heading of each, and the words of a link to it. The
//! summaries of the API are for those who write programs.

use crate::http::operation_spec::OperationSpec;

/// Operations, the headings of their pages, and the words of links to them.
const NAMES: &[(&str, &str, &str)] = &[
    ("get_index", "Everything on record", "Everything on record"),
    ("list_plan_orphans", "Unlinked records", "Records that belong to it, but are not linked with its aims"),
    ("get_plan_scorecard", "Scorecard", "The whole scorecard"),
    ("get_panel_page", "For the meeting", "One page for a meeting, to print"),
    ("get_statement_checks", "What the figures say", "How it was checked against the figures"),
    ("list_release_observations", "Figures of this release", "Its figures"),
    ("list_series", "Series of figures", "Series of figures"),
    ("get_series", "Series of figures", "The series"),
    ("list_series_observations", "Values", "All values"),
    ("list_series_vintages", "Publications and revisions", "Publications and revisions"),
    ("list_series_comparisons", "Comparisons", "Comparisons with earlier periods"),
    ("get_series_control_chart", "Control chart in numbers", "The control chart in numbers"),
    ("list_service_totals", "What services count", "What services count, added up"),
    ("list_money", "Money", "Money"),
    ("search_records", "Search the record", "Search"),
    ("list_changes", "What has changed", "What has changed"),
    ("list_clocks", "What is due", "What is due"),
    ("get_question_receipt", "What became of your question", "What became of your question"),
    ("withdraw_question_receipt", "What became of your question", "Take the question back"),
    ("ask_question", "We have received your question", "Put a question"),
];

/// The heading of the page of an operation.
pub fn heading(operation: &OperationSpec) -> String {
    if operation.path.ends_with("/{id}/thread") {
        return "What it is linked with".to_owned();
    }
    let known = NAMES.iter().find(|(id, ..)| *id == operation.id);
    known.map_or_else(|| operation.summary.clone(), |(_, heading, _)| (*heading).to_owned())
}

/// The words of a link to the page of an operation about a record.
pub fn way(operation: &OperationSpec) -> String {
    match operation.path.rsplit('/').next() {
        Some("versions") => "History: all versions, and what changed".to_owned(),
        Some("thread") => "What it is linked with".to_owned(),
        _ => {
            let known = NAMES.iter().find(|(id, ..)| *id == operation.id);
            known.map_or_else(|| operation.summary.clone(), |(.., words)| (*words).to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_name_for_readers() {
        let mut named = 0;
        for operation in crate::resources::operations().iter().filter(|operation| operation.has_page()) {
            let of_kind = operation.kind.is_some_and(|kind| {
                let rest = operation.path.strip_prefix(&format!("/v1/{}", kind.def.path));
                rest.is_some_and(|rest| {
                    rest.is_empty() || rest == "/{id}" || rest.starts_with("/{id}/versions")
                })
            });
            // Those have their names from the definition of the kind.
            if of_kind {
                continue;
            }
            for words in [heading(&operation.spec), way(&operation.spec)] {
                assert_ne!(words, operation.summary, "{}: give it a name in NAMES", operation.id);
            }
            named += 1;
        }
        assert!(named > 40, "{named}");
        for (id, ..) in NAMES {
            assert!(crate::resources::operations().iter().any(|operation| operation.id == *id), "{id}");
        }
    }
}
