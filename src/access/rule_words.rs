//! The rule table in words, for the OpenAPI document, `GET /v1/access` and docs/access.md.

use super::reach::Reach;
use super::role::Role;
use super::rule::Rule;

const PUBLISHED: &[Reach] = &[Reach::Published];

/// Where two persons are needed, in words. The code that does these things checks it, in the same transaction.
pub const TWO_PAIRS_OF_EYES: &[&str] = &[
    "A person who has edited or submitted a version since the last publication may not share or publish it.",
    "An organisation that a record is assigned to may submit only its own report: a version that differs only in the fields that it may change.",
    "The person who published a version may not withdraw the record; another publisher must.",
    "An approval is of exactly one version, by the role that the kind requires; after an edit a new approval is needed.",
    "Of a decision, whoever approves a version has not edited or submitted it since the last publication, and whoever publishes it has not approved it.",
    "The commissioner (for the Panel's records the Panel's officer) or a second data protection officer reviews a redaction within a day.",
    "The commissioner, who made the pledges, writes no assessment of them, whatever other roles they hold.",
    "The office cannot write, delay, publish or withdraw what the Panel owns, nor the Panel what the office owns.",
];

/// Who may call an operation, and for which records: the sentence in the OpenAPI document and in docs/access.md.
pub fn sentence(rule: Rule) -> String {
    let everyone = Role::ALL
        .iter()
        .all(|role| rule.iter().any(|grant| grant.role == *role && grant.reach.contains(&Reach::Published)));
    let members = Role::ALL.iter().filter(|role| role.needs_membership());
    if rule.iter().all(|grant| grant.reach == PUBLISHED && grant.role.needs_membership())
        && members.clone().all(|role| rule.iter().any(|grant| grant.role == *role))
    {
        return "May be called by: every member of an organisation, in any role.".to_owned();
    }
    let mut parts: Vec<(Vec<&'static str>, Vec<Reach>)> = vec![];
    for grant in rule {
        let reach: Vec<Reach> =
            grant.reach.iter().copied().filter(|reach| !everyone || *reach != Reach::Published).collect();
        if reach.is_empty() {
            continue;
        }
        match parts.iter_mut().find(|(_, known)| *known == reach) {
            Some((roles, _)) => roles.push(grant.role.name()),
            None => parts.push((vec![grant.role.name()], reach)),
        }
    }
    let extra = parts.iter().map(|(roles, reach)| {
        let roles: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
        let reach: Vec<&str> = reach.iter().map(|reach| reach.words()).collect();
        match everyone {
            true => format!("{} (also {})", roles.join(", "), reach.join(", ")),
            // What is published is the same for all, so it need not be named.
            false if reach == [Reach::Published.words()] => roles.join(", "),
            false => format!("{} ({})", roles.join(", "), reach.join(", ")),
        }
    });
    let anyone = everyone.then(|| format!("anyone ({})", Reach::Published.words()));
    format!("May be called by: {}.", anyone.into_iter().chain(extra).collect::<Vec<_>>().join("; "))
}
