//! The rule table: as a matrix that a person can read, and every role against every route.

use onrecord::access::Role;
use onrecord::http::operation::{Method, Operation};
use serde_json::json;

use crate::support::{ACTORS, STRANGERS, TestApp, address_of};

#[test]
fn every_route_has_a_rule_and_the_matrix_is_as_reviewed() {
    let mut text = String::from("operation");
    for role in Role::ALL {
        text.push_str(&format!(" | {}", role.name()));
    }
    text.push('\n');
    for operation in onrecord::resources::operations() {
        assert!(!operation.rule.is_empty(), "{} has no rule", operation.id);
        text.push_str(&operation.id);
        for role in Role::ALL {
            let reach: Vec<&str> = operation
                .rule
                .iter()
                .filter(|grant| grant.role == *role)
                .flat_map(|grant| grant.reach.iter().map(|reach| reach.name()))
                .collect();
            text.push_str(&format!(" | {}", if reach.is_empty() { "-".to_owned() } else { reach.join("+") }));
        }
        text.push('\n');
    }
    insta::assert_snapshot!("access_matrix", text);
}

/// The kinds of which the office and the Panel each keep their own.
pub const OWNERS: &[&str] =
    &["report", "recommendation", "progress", "verification", "paper", "meeting", "question"];

/// The kinds of which the Panel alone keeps its own.
pub const PANELS: &[&str] = &["counter_assessment", "panel_decision"];

/// What the matrix of the domain says, written down by hand: who may take which step of an office's record.
fn may(role: Role, kind: &str, workflow: bool, operation: &Operation) -> bool {
    let verb = operation.id.split('_').next().unwrap();
    match (verb, workflow) {
        ("list" | "get", _) => true,
        ("redact" | "review", true) => role == Role::DataProtection,
        // Each of the two its own.
        ("replace" | "update" | "submit", true) if ["progress", "paper", "question"].contains(&kind) => {
            matches!(role, Role::Editor | Role::PanelOfficer | Role::PartnerWriter | Role::ForceOfficer)
        }
        ("create" | "replace" | "update" | "submit", true) if OWNERS.contains(&kind) => {
            matches!(role, Role::Editor | Role::PanelOfficer)
        }
        (_, true) if OWNERS.contains(&kind) => matches!(role, Role::Publisher | Role::PanelOfficer),
        // The Panel's clerk alone, who needs nobody's approval.
        (_, true) if PANELS.contains(&kind) => role == Role::PanelOfficer,
        ("create" | "replace" | "update", false) => role == Role::Admin,
        ("replace" | "update" | "submit", true) if ["action", "response"].contains(&kind) => {
            matches!(role, Role::Editor | Role::PartnerWriter | Role::ForceOfficer)
        }
        ("create" | "replace" | "update" | "submit", true) if kind == "indicator" => {
            matches!(role, Role::Editor | Role::ForceAnalyst)
        }
        // Observations are uploaded by whoever has them.
        ("create" | "replace" | "update" | "submit", true) if kind == "release" => {
            matches!(role, Role::Editor | Role::PartnerWriter | Role::ForceAnalyst)
        }
        ("create" | "replace" | "update" | "submit", true) => role == Role::Editor,
        ("approve", true) => role == Role::Commissioner,
        // Nobody rates their own pledges.
        ("return", true) if kind == "assessment" => role == Role::Publisher,
        ("return", true) => matches!(role, Role::Publisher | Role::Commissioner),
        ("share" | "publish" | "withdraw", true) => role == Role::Publisher,
        _ => panic!("{} is not in the matrix", operation.id),
    }
}

/// Who reads the office's drafts of a kind, or the Panel's; the slices of organisations apart.
pub fn reads_drafts(role: Role, kind: &str) -> bool {
    match kind {
        kind if PANELS.contains(&kind) => matches!(role, Role::PanelOfficer | Role::DataProtection),
        "indicator" if role == Role::ForceAnalyst => true,
        _ => {
            matches!(role, Role::Editor | Role::Publisher | Role::Commissioner | Role::DataProtection)
        }
    }
}

/// The actor to whose organisation the kind's example is assigned.
pub fn assigned_to(kind: &str) -> Option<&'static str> {
    match kind {
        "action" => Some("partner"),
        "response" | "progress" | "paper" | "question" => Some("force_officer"),
        _ => None,
    }
}

/// Whether the kind's example, made by the office, is in the slice that a role's steps end at. The example of an action
/// is assigned to `partner`; an indicator is its analyst's where the force owns it, a release whoever's organisation owns it.
fn in_slice(who: Option<&str>, role: Role, kind: &str) -> bool {
    match (role, kind) {
        (Role::PartnerWriter | Role::ForceOfficer, kind) if assigned_to(kind).is_some() => {
            who == assigned_to(kind)
        }
        (Role::ForceAnalyst, "indicator") => false,
        // The office's.
        (Role::PanelOfficer | Role::PartnerWriter | Role::ForceOfficer, kind) if OWNERS.contains(&kind) => {
            false
        }
        (Role::PartnerWriter | Role::ForceAnalyst, "release") => false,
        _ => true,
    }
}

async fn call(app: &TestApp, who: Option<&str>, operation: &Operation, address: &str) -> u16 {
    let path = match address.rsplit_once('/') {
        Some((_, id)) => address_of(&operation.path, id),
        None => operation.path.clone(),
    };
    let mut request = app.request(operation.method.name(), &path).as_actor(who);
    if operation.method != Method::Get {
        // A body that no schema takes and a tag that nothing has: whoever is let in gets no further.
        request = request.if_match("\"AAAAAAAAAAAAAAAAAAAAAAAA\"").json(&json!({"nonsense": true}));
    }
    request.send().await.status
}

#[actix_web::test]
async fn every_role_against_every_route_of_every_kind() {
    let app = TestApp::new().await;
    let mut swept = 0;
    for kind in &app.state.kinds {
        let public = match kind.def.workflow {
            true => app.published(kind.def.name).await,
            false => app.draft(kind.def.name).await,
        };
        let hidden = match kind.def.workflow {
            true => Some(app.draft(kind.def.name).await),
            false => None,
        };
        for operation in onrecord::resources::operations()
            .iter()
            .filter(|row| row.kind.is_some_and(|of| of.def.name == kind.def.name))
        {
            let item = operation.path.contains("{id}");
            let actors: Vec<(Option<&str>, &[Role], bool)> =
                std::iter::once((None, [Role::Public].as_slice(), true))
                    .chain(ACTORS.iter().map(|(name, roles, _)| (Some(*name), *roles, true)))
                    .chain(STRANGERS.iter().map(|(name, roles)| (Some(*name), *roles, false)))
                    .collect();
            for (who, roles, own) in actors {
                let mut may =
                    roles.iter().filter(|role| may(**role, kind.def.name, kind.def.workflow, operation));
                let allowed = may.clone().next().is_some();
                let sliced = !item || may.any(|role| in_slice(who, *role, kind.def.name));
                let status = call(&app, who, operation, &public).await;
                let context = format!("{who:?} {} on a public {}", operation.id, kind.def.name);
                swept += 1;
                // What is hidden of figures: the office, and whoever submitted them.
                let conceals = operation.id == "get_release_disclosure";
                let office_of_figures = own
                    && roles
                        .iter()
                        .any(|role| matches!(role, Role::Editor | Role::Publisher | Role::Commissioner));
                if operation.method == Method::Get && conceals && !office_of_figures {
                    assert_eq!(status, 404, "{context}");
                } else if operation.method == Method::Get {
                    assert_eq!(status, 200, "{context}");
                } else if who.is_none() {
                    assert_eq!(status, 401, "{context}");
                } else if allowed && own && sliced {
                    assert!(matches!(status, 412 | 422), "{context}: {status}");
                } else if allowed && !own && !item {
                    assert_eq!(status, 422, "{context}: creates in its own body");
                } else {
                    assert_eq!(status, 403, "{context}");
                }
                let Some(hidden) = hidden.as_ref().filter(|_| item) else { continue };
                let status = call(&app, who, operation, hidden).await;
                let context = format!("{who:?} {} on a hidden {}", operation.id, kind.def.name);
                swept += 1;
                let office = own && roles.iter().any(|role| reads_drafts(*role, kind.def.name));
                let partner = who.is_some() && who == assigned_to(kind.def.name);
                let expected: &[u16] = match (operation.method, who) {
                    _ if conceals && !office_of_figures => &[404],
                    (Method::Get, _) if office || partner => match operation.path.contains("/versions/{n}") {
                        // It has no first publication.
                        true => &[404],
                        false => &[200],
                    },
                    (Method::Get, _) => &[404],
                    (_, None) => &[401],
                    _ if !office && !partner => &[404],
                    _ if allowed && sliced => &[412, 422],
                    _ => &[403],
                };
                assert!(expected.contains(&status), "{context}: {status}, not {expected:?}");
            }
        }
    }
    println!("{swept} calls swept");
    assert!(swept > 5_000);
}

#[actix_web::test]
async fn roles_are_sets_and_none_contains_another() {
    // Whoever may publish may not write, whoever may write may not publish, the administrator writes no content.
    let app = TestApp::new().await;
    let kind = app.state.kind("plan").unwrap();
    app.post("publisher", "/v1/plans", kind.example.clone()).await.problem(403);
    app.post("commissioner", "/v1/plans", kind.example.clone()).await.problem(403);
    app.post("admin", "/v1/plans", kind.example.clone()).await.problem(403);
    let body = app.state.kind("theme").unwrap().example.clone();
    for (who, _, _) in ACTORS.iter().filter(|(who, _, _)| *who != "admin") {
        app.post(who, "/v1/themes", body.clone()).await.problem(403);
    }
}

#[test]
fn the_page_that_people_read_is_in_step_with_the_table() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/access.md")).unwrap();
    assert!(
        page == onrecord::resources::access_page(),
        "docs/access.md is stale: write it anew with `cargo run -- access --output docs/access.md`"
    );
    for role in Role::ALL {
        assert!(page.contains(&format!("| `{}` | {} |", role.name(), role.who())), "{}", role.name());
    }
    for kind in onrecord::resources::kinds() {
        assert!(page.contains(&format!("\n| {} | `LR@p` |", kind.def.one)), "{}", kind.def.name);
    }
}

#[actix_web::test]
async fn the_table_served_is_the_table_that_decides() {
    let app = TestApp::new().await;
    let matrix = app.get(None, "/v1/access").await.expect(200).json();
    let table = onrecord::resources::operations();
    let rows = matrix["data"].as_array().unwrap();
    assert_eq!(rows.len(), table.len());
    let document: serde_json::Value = app.get(None, "/openapi.json").await.expect(200).json();
    for (row, operation) in rows.iter().zip(table) {
        assert_eq!(row["operation"], json!(operation.id));
        let described = &document["paths"][&operation.path][operation.method.name().to_lowercase()];
        // Rules that several operations have are written once.
        let mut rule = &described["x-access"];
        if let Some(place) = rule["$ref"].as_str() {
            rule = document.pointer(place.trim_start_matches('#')).unwrap();
        }
        assert_eq!(&row["roles"], rule, "{}", operation.id);
        let sentence = row["sentence"].as_str().unwrap();
        assert!(described["description"].as_str().unwrap().contains(sentence), "{}", operation.id);
    }
    let words = &matrix["included"];
    assert_eq!(words["roles"].as_array().unwrap().len(), Role::ALL.len());
    assert_eq!(words["reaches"].as_array().unwrap().len(), 7);
    assert!(words["two_pairs_of_eyes"].as_array().unwrap().len() >= 5);
    let plan = words["kinds"].as_array().unwrap().iter().find(|kind| kind["kind"] == "plan").unwrap();
    assert_eq!(plan["approvals"], json!(["commissioner"]));
}

#[actix_web::test]
async fn the_table_served_is_narrowed_by_role_and_kind() {
    let app = TestApp::new().await;
    let matrix =
        app.get(None, "/v1/access?role=panel_officer&kind=counter_assessment").await.expect(200).json();
    let publish = matrix["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["operation"] == "publish_counter_assessment")
        .expect("the clerk publishes the Panel's readings");
    assert_eq!(publish["roles"], json!([{"role": "panel_officer", "reach": ["all"]}]));
    let matrix = app.get(None, "/v1/access?role=auditor&kind=plan").await.expect(200).json();
    assert!(matrix["data"].as_array().unwrap().iter().all(|row| row["method"] == "GET"), "writes nothing");
    let csv = app.get(None, "/v1/access?kind=action&format=csv").await.expect(200);
    let text = csv.text();
    let head = text.lines().next().unwrap();
    assert!(head.starts_with("operation,method,path,kind,summary,sentence,public,open_data,partner_reader,"));
    let update = text.lines().find(|line| line.starts_with("update_action,")).unwrap();
    assert!(update.contains(",assigned,") && update.contains(",all,"), "{update}");
    for (query, known) in [("role=clerk", "panel_officer"), ("kind=plans", "plan")] {
        let refused = app.get(None, &format!("/v1/access?{query}")).await;
        refused.problem(400);
        assert!(refused.text().contains(known), "{}", refused.text());
    }
}
