//! The rule table: as a matrix that a person can read, and every role against every route.

use onrecord::access::Role;
use onrecord::http::operation::{Method, Operation};
use serde_json::json;

use crate::support::{ACTORS, STRANGERS, TestApp};

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

/// What the matrix of the domain says, written down by hand: who may take which step of an office's record.
fn may(role: Role, kind: &str, workflow: bool, operation: &Operation) -> bool {
    let verb = operation.id.split('_').next().unwrap();
    match (verb, workflow) {
        ("list" | "get", _) => true,
        // The Panel's clerk alone, who needs nobody's approval.
        (_, true) if kind == "counter_assessment" => role == Role::PanelOfficer,
        ("create" | "replace" | "update", false) => role == Role::Admin,
        ("replace" | "update", true) => {
            role == Role::Editor || (role == Role::PartnerWriter && kind == "action")
        }
        ("create" | "submit", true) => role == Role::Editor,
        ("approve", true) => role == Role::Commissioner,
        // Nobody rates their own pledges.
        ("return", true) if kind == "assessment" => role == Role::Publisher,
        ("return", true) => matches!(role, Role::Publisher | Role::Commissioner),
        ("publish" | "withdraw", true) => role == Role::Publisher,
        _ => panic!("{} is not in the matrix", operation.id),
    }
}

async fn call(app: &TestApp, who: Option<&str>, operation: &Operation, address: &str) -> u16 {
    let path = match address.rsplit_once('/') {
        Some((_, id)) => operation.path.replace("{id}", id).replace("{n}", "1"),
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
                let allowed =
                    roles.iter().any(|role| may(*role, kind.def.name, kind.def.workflow, operation));
                // The example of an action is assigned to `partner`, not to `other_partner`.
                let assigned = who != Some("other_partner");
                let status = call(&app, who, operation, &public).await;
                let context = format!("{who:?} {} on a public {}", operation.id, kind.def.name);
                swept += 1;
                if operation.method == Method::Get {
                    assert_eq!(status, 200, "{context}");
                } else if who.is_none() {
                    assert_eq!(status, 401, "{context}");
                } else if allowed && own && assigned {
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
                let office = own
                    && roles.iter().any(|role| match kind.def.name {
                        "counter_assessment" => *role == Role::PanelOfficer,
                        _ => matches!(role, Role::Editor | Role::Publisher | Role::Commissioner),
                    });
                let partner = kind.def.name == "action" && who == Some("partner");
                let expected: &[u16] = match (operation.method, who) {
                    (Method::Get, _) if office || partner => match operation.id.ends_with("_version") {
                        // It has no first publication.
                        true => &[404],
                        false => &[200],
                    },
                    (Method::Get, _) => &[404],
                    (_, None) => &[401],
                    _ if !office && !partner => &[404],
                    _ if allowed => &[412, 422],
                    _ => &[403],
                };
                assert!(expected.contains(&status), "{context}: {status}, not {expected:?}");
            }
        }
    }
    println!("{swept} calls swept");
    assert!(swept > 1_500);
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
    for who in ["editor", "publisher", "commissioner", "partner", "auditor", "panel_member", "panel_officer"]
    {
        app.post(who, "/v1/themes", body.clone()).await.problem(403);
    }
}
