//! The groups of operations that are of no kind, as the OpenAPI document and the index have them.

/// Each with what it is about.
pub const GROUPS: &[(&str, &str)] = &[
    ("series", "Figures: series with their observations, and what is computed and drawn from them."),
    ("clocks", "What is due by which day, and whether it was met."),
    ("money", "What funds, services and grants add up to."),
    ("search", "Records of every kind, by words."),
    ("changes", "What happened, in the order in which it was committed."),
    (
        "audit",
        "Who did what; signed heads and proofs by which outsiders check that nothing of it was changed.",
    ),
    ("redactions", "What was destroyed in an emergency, and who reviews it."),
    ("bundles", "The record as files: the whole of it out, new records in."),
    (
        "access",
        "Tokens, signing in, the keys that verify tokens; people, clients and what they belong to; who may do what.",
    ),
    ("service", "The service itself, and who is asking."),
];
