//! The kind of an organisation says which roles its members can have, on every way to a membership.

use onrecord::access::membership::{self, Holder, NewMembership};
use onrecord::access::oidc::Oidc;
use onrecord::access::{Role, client};
use onrecord::config::{OidcGrant, OidcProvider};
use serde_json::json;

use crate::process::{self, Scratch};
use crate::support::{LONG_AGO, TestApp, at};

/// By hand: an organisation of the demo, and the roles of its members besides `partner_reader` and `partner_writer`.
const ROLES: &[(&str, &[Role])] = &[
    (
        "opcc-derbyshire",
        &[
            Role::Editor,
            Role::Publisher,
            Role::Commissioner,
            Role::FinanceOfficer,
            Role::DataProtection,
            Role::Admin,
            Role::Auditor,
        ],
    ),
    ("derbyshire-constabulary", &[Role::ForceAnalyst, Role::ForceOfficer]),
    ("derbyshire-police-and-crime-panel", &[Role::PanelMember, Role::PanelOfficer]),
    ("jarac-derbyshire", &[Role::Auditor]),
    ("hmicfrs", &[Role::Auditor]),
    ("victim-support", &[]),
    ("derby-city-council", &[]),
    ("nhs", &[]),
    ("erewash-sound", &[]),
];

#[actix_web::test]
async fn a_partner_gets_no_role_of_the_office() {
    let app = TestApp::new().await;
    let body = app.id_of("policing_body", "derbyshire-pcc");
    let clock = &app.state.clock;
    for (organisation, own) in ROLES {
        let id = app.id_of("organisation", organisation);
        for role in Role::ALL.iter().copied().filter(|role| role.needs_membership()) {
            let subject = format!("{organisation}-{}", role.name());
            let new = NewMembership {
                subject: &subject,
                holder: Holder::Person,
                body,
                organisation: id,
                roles: &[role],
                valid_from: clock.now(),
                valid_to: None,
                created_by: "test",
            };
            let fits = own.contains(&role) || matches!(role, Role::PartnerReader | Role::PartnerWriter);
            let created = app.state.db.write(|conn| membership::create(conn, clock, &new));
            match created {
                Ok(_) => assert!(fits, "{subject}"),
                Err(problem) => {
                    assert!(!fits, "{subject}: {problem:?}");
                    assert_eq!((problem.kind.status, problem.errors[0].code), (422, "role"));
                }
            }
        }
    }
}

/// People, clients and memberships over HTTP: refused together with everything else that is wrong.
#[actix_web::test]
async fn over_http_the_role_is_named_with_all_other_faults() {
    let app = TestApp::new().await;
    let person = json!({"login": "ada", "label": "", "organisation": "victim-support", "roles": ["partner_writer", "publisher", "admin"]});
    let refused = app.post("admin", "/v1/people", person).await;
    assert_eq!(refused.problem(422), ["too_short", "role", "role"]);
    let errors = refused.json()["errors"].clone();
    assert_eq!((&errors[1]["pointer"], &errors[2]["pointer"]), (&json!("/roles/1"), &json!("/roles/2")));
    let why = errors[1]["detail"].as_str().unwrap();
    assert!(
        why.contains("`publisher`") && why.contains("`policing_body_office`") && why.contains("`charity`"),
        "{why}"
    );
    for role in ["editor", "auditor", "force_analyst", "panel_member"] {
        let client = json!({"label": "Reporting", "organisation": "victim-support", "roles": [role]});
        assert_eq!(app.post("admin", "/v1/clients", client).await.problem(422), ["role"], "{role}");
    }
    let client =
        json!({"label": "Reporting", "organisation": "derbyshire-constabulary", "roles": ["force_analyst"]});
    let made = app.post("admin", "/v1/clients", client).await.expect(201).json();
    let membership = json!({"subject": made["client_id"], "organisation": "derby-city-council", "roles": ["editor"],
        "valid_from": "2027-01-01T00:00:00Z"});
    assert_eq!(app.post("admin", "/v1/memberships", membership).await.problem(422), ["role"]);
}

#[actix_web::test]
async fn a_grant_of_an_openid_provider_gives_no_such_role_either() {
    let app = TestApp::new().await;
    let check = |organisation: &str, role: &str| {
        let provider = OidcProvider {
            name: "The council's".to_owned(),
            issuer: "https://id.example.org".to_owned(),
            audience: "https://api.example.org".to_owned(),
            jwks_uri: "https://id.example.org/keys".to_owned(),
            grants: vec![OidcGrant {
                claim: "groups".to_owned(),
                value: "reporters".to_owned(),
                body: "derbyshire-pcc".to_owned(),
                organisation: organisation.to_owned(),
                roles: vec!["partner_reader".to_owned(), role.to_owned()],
            }],
            ..OidcProvider::default()
        };
        Oidc::new(&[provider], "https://onrecord.example.org").unwrap().check_references(&app.state.db)
    };
    check("derby-city-council", "partner_writer").unwrap();
    check("opcc-derbyshire", "publisher").unwrap();
    let refused = check("derby-city-council", "publisher").unwrap_err();
    assert!(refused.contains("`reporters`") && refused.contains("`publisher`"), "{refused}");
}

/// The kinds of organisation that roles name are kinds that an organisation can have.
#[actix_web::test]
async fn roles_name_kinds_of_organisation_that_exist() {
    let app = TestApp::new().await;
    let kind = app.state.kind("organisation").unwrap();
    let text = serde_json::to_string(&kind.named_schema().types).unwrap();
    for role in Role::ALL {
        for of in role.organisation_kinds().unwrap_or_default() {
            assert!(text.contains(&format!("\"{of}\"")), "{role:?}: {of} is not in {text}");
        }
    }
}

#[actix_web::test]
async fn those_of_earlier_releases_are_reported() {
    let app = TestApp::new().await;
    let now = app.state.clock.now();
    let unfit = |app: &TestApp| app.state.db.read(|conn| membership::unfit(conn, now)).unwrap();
    // The strangers of the tests are made past the checks: members of a force in all roles.
    let before = unfit(&app).len();
    assert!(before > 0 && unfit(&app).iter().all(|one| one.membership.subject.starts_with("other_")));
    let body = app.id_of("policing_body", "derbyshire-pcc");
    app.make_actor("charity_editor", &[Role::PartnerReader, Role::Editor], body, "victim-support");
    let found = unfit(&app);
    let one = found.iter().find(|one| one.membership.subject == "charity_editor").unwrap();
    assert_eq!(found.len(), before + 1);
    assert!(one.why.len() == 1 && one.why[0].contains("`editor`"), "{:?}", one.why);
    assert_eq!(one.membership.valid_from, at(LONG_AGO));
    app.write(|conn| assert!(client::revoke(conn, "charity_editor", now).unwrap()));
    assert_eq!(unfit(&app).len(), before, "a revoked client does nothing any more");
}

#[test]
fn the_command_line_refuses_them_and_lists_those_that_are_there() {
    let scratch = Scratch::new();
    let database = process::database(&scratch.0);
    let environment = [("DATABASE_URL", database.as_str())];
    let run = |arguments: &[&str]| process::run(arguments, &environment);
    for arguments in [&["migrate"] as &[&str], &["import", concat!(env!("CARGO_MANIFEST_DIR"), "/demo")]] {
        let (ok, _, error) = run(arguments);
        assert!(ok, "{error}");
    }
    let of = ["--body", "derbyshire-pcc", "--organisation", "victim-support", "--role"];
    let client = [&["client", "create", "--label", "x"], of.as_slice()].concat();
    let person = [&["person", "create", "--login", "ada@example.org"], of.as_slice()].concat();
    for (command, role) in
        [(&client, "editor"), (&client, "auditor"), (&person, "publisher"), (&person, "admin")]
    {
        let (ok, _, error) = run(&[command.as_slice(), &[role]].concat());
        assert!(!ok && error.contains(&format!("`{role}` is a role of members")), "{role}: {error}");
    }
    let (ok, out, error) = run(&["check-roles"]);
    assert!(ok && out.contains("every role"), "{out} {error}");
    let (ok, _, error) = run(&[client.as_slice(), &["partner_writer"]].concat());
    assert!(ok, "{error}");
    // The organisation changes its kind: what its members were given before is reported.
    let office = ["--body", "derbyshire-pcc", "--organisation", "opcc-derbyshire", "--role", "editor"];
    let (ok, out, error) = run(&[&["client", "create", "--label", "x"], office.as_slice()].concat());
    assert!(ok, "{error}");
    let id = out.split_whitespace().nth(1).unwrap().to_owned();
    let db = onrecord::store::Db::open(onrecord::store::Target::parse(&database), 1).unwrap();
    db.write(|conn| {
        let sql = onrecord::store::Sql::new(
            "UPDATE organisation SET organisation_kind = 'charity' WHERE reference = ",
        )
        .bind("opcc-derbyshire");
        Ok(diesel::RunQueryDsl::execute(sql, conn).map(|_| ())?)
    })
    .unwrap();
    let (ok, out, error) = run(&["check-roles"]);
    assert!(!ok && error.contains("1 membership has a role"), "{out} {error}");
    assert!(out.contains(&id) && out.contains("`editor`") && out.contains("`charity`"), "{out}");
}
