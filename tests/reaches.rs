//! The reaches that end at an organisation, at the level of the filter itself, with rules of the tests' own: also the one
//! that no kind's rule gives yet.

use onrecord::access::actor::Named;
use onrecord::access::{Actor, Grant, Reach, Role, Rule};
use onrecord::clock::Id;
use onrecord::record::read::{self, ListQuery, Name};
use onrecord::record::visible::{Audience, Visibility};
use serde_json::{Value, json};

use crate::a_first::sweep::bring_to;
use crate::support::TestApp;

const OWN_AREA: Rule = &[Grant { role: Role::PartnerReader, reach: &[Reach::OwnArea] }];
const OWN_AREA_TOO: Rule = &[Grant { role: Role::PartnerReader, reach: &[Reach::Published, Reach::OwnArea] }];
const OWN: Rule = &[Grant { role: Role::PartnerReader, reach: &[Reach::OwnOrganisation] }];
const OWN_TOO: Rule =
    &[Grant { role: Role::PartnerReader, reach: &[Reach::Published, Reach::OwnOrganisation] }];

/// Derby, whose council is on record with it as its area.
const DERBY: &str = "E06000015";
const COUNCIL: &str = "derby-city-council";

fn actor(app: &TestApp, body: &str, organisation: &str) -> Actor {
    let named = |kind: &str, reference: &str| Named {
        id: app.id_of(kind, reference),
        reference: reference.to_owned(),
    };
    Actor {
        subject: Some("somebody".to_owned()),
        roles: vec![Role::PartnerReader],
        body: Some(named("policing_body", body)),
        organisation: Some(named("organisation", organisation)),
        ..Actor::public()
    }
}

/// A service that says this, in a state.
async fn service(app: &TestApp, who: &str, says: Value, state: &str) -> String {
    let kind = app.state.kind("service").unwrap();
    let mut body = app.fresh(kind);
    for (member, value) in says.as_object().unwrap() {
        body[member] = value.clone();
    }
    let made = app.post(who, "/v1/services", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    bring_to(app, kind, who, &address, state).await;
    address
}

/// As whom an actor sees a record under a rule: by its id, in a list of its kind, among records of any kind. All three
/// have to agree.
fn seen(app: &TestApp, actor: &Actor, rule: Rule, address: &str) -> Option<Audience> {
    let kind = app.state.kind("service").unwrap();
    let visibility = Visibility::under(actor, &kind.def, rule, app.state.now());
    let id = Id::parse(address.rsplit('/').next().unwrap()).unwrap();
    let all = ListQuery {
        condition: None,
        bound: None,
        after: None,
        order: vec![("reference", false)],
        limit: 1_000,
        words: None,
        either: vec![],
    };
    let (one, many, listed) = app
        .state
        .db
        .read(|conn| {
            Ok((
                read::one(conn, kind, &Name::Id(id), &visibility)?,
                read::many(conn, &[id], &visibility)?,
                all.rows(conn, kind, &visibility)?,
            ))
        })
        .unwrap();
    let audience =
        one.as_ref().map(|row| visibility.audience(row).expect("a row that is read is somebody's"));
    assert_eq!(many.first().map(|row| visibility.audience(row).unwrap()), audience);
    let listed = listed.iter().find(|row| row.record == id);
    assert_eq!(listed.map(|row| visibility.audience(row).unwrap()), audience);
    audience
}

#[actix_web::test]
async fn what_is_shared_and_about_the_own_area_is_seen_by_an_organisation_of_that_area() {
    let app = TestApp::new().await;
    let council = actor(&app, "derbyshire-pcc", COUNCIL);
    for (state, expected) in [
        ("draft", None),
        ("submitted", None),
        ("shared", Some(Audience::Partner)),
        ("embargoed", Some(Audience::Partner)),
        ("scheduled", None),
        ("scheduled_shared", Some(Audience::Partner)),
        ("published", None),
        ("redrafted", None),
        ("withdrawn", None),
    ] {
        let address = service(&app, "editor", json!({"areas": [DERBY]}), state).await;
        assert_eq!(seen(&app, &council, OWN_AREA, &address), expected, "{state}");
        let public = ["published", "redrafted"].contains(&state).then_some(Audience::Public);
        assert_eq!(seen(&app, &council, OWN_AREA_TOO, &address), expected.or(public), "{state}");
    }
    // About another area; about several, of which one is theirs.
    let elsewhere = service(&app, "editor", json!({"areas": ["E07000035"]}), "shared").await;
    assert_eq!(seen(&app, &council, OWN_AREA, &elsewhere), None);
    let both = service(&app, "editor", json!({"areas": ["E07000035", DERBY]}), "shared").await;
    assert_eq!(seen(&app, &council, OWN_AREA, &both), Some(Audience::Partner));
    // An organisation without an area; the same organisation as a member of another body; one without a membership.
    for stranger in [
        actor(&app, "derbyshire-pcc", "victim-support"),
        actor(&app, "elsewhere-pcc", COUNCIL),
        Actor { organisation: None, ..council.clone() },
        Actor { body: None, ..council.clone() },
        Actor { roles: vec![Role::Public], ..council.clone() },
    ] {
        assert_eq!(seen(&app, &stranger, OWN_AREA, &both), None, "{stranger:?}");
    }
    // When it comes to the public, the slice ends; the next draft is nobody's but the office's.
    let address = service(&app, "editor", json!({"areas": [DERBY]}), "scheduled_shared").await;
    app.set_time("2026-11-01T12:00:00Z");
    assert_eq!(seen(&app, &council, OWN_AREA, &address), None);
    assert_eq!(seen(&app, &council, OWN_AREA_TOO, &address), Some(Audience::Public));
}

#[actix_web::test]
async fn the_area_looked_at_is_the_working_versions() {
    let app = TestApp::new().await;
    let council = actor(&app, "derbyshire-pcc", COUNCIL);
    let address = service(&app, "editor", json!({"areas": [DERBY]}), "shared").await;
    assert_eq!(seen(&app, &council, OWN_AREA, &address), Some(Audience::Partner));
    app.patch("editor", &address, json!({"areas": ["E07000035"]})).await.expect(200);
    let kind = app.state.kind("service").unwrap();
    bring_to(&app, kind, "editor", &address, "shared").await;
    assert_eq!(seen(&app, &council, OWN_AREA, &address), None);
}

#[actix_web::test]
async fn an_organisation_sees_what_it_provides_from_when_it_is_submitted() {
    let app = TestApp::new().await;
    let council = actor(&app, "derbyshire-pcc", COUNCIL);
    for (state, expected) in [
        ("draft", None),
        ("submitted", Some(Audience::Partner)),
        ("shared", Some(Audience::Partner)),
        ("embargoed", Some(Audience::Partner)),
        ("scheduled", Some(Audience::Partner)),
        ("scheduled_shared", Some(Audience::Partner)),
        ("published", None),
        ("redrafted", None),
        ("withdrawn", None),
    ] {
        let says = json!({"providers": ["victim-support", COUNCIL]});
        let address = service(&app, "editor", says, state).await;
        assert_eq!(seen(&app, &council, OWN, &address), expected, "{state}");
        let public = ["published", "redrafted"].contains(&state).then_some(Audience::Public);
        assert_eq!(seen(&app, &council, OWN_TOO, &address), expected.or(public), "{state}");
        let another = actor(&app, "derbyshire-pcc", "derbyshire-constabulary");
        assert_eq!(seen(&app, &another, OWN, &address), None, "{state}");
        let elsewhere = actor(&app, "elsewhere-pcc", COUNCIL);
        assert_eq!(seen(&app, &elsewhere, OWN, &address), None, "{state}");
    }
    // Whom the working version names no more has lost it, and whom it names now has it.
    let address = service(&app, "editor", json!({"providers": [COUNCIL]}), "submitted").await;
    app.patch("editor", &address, json!({"providers": ["victim-support"]})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    assert_eq!(seen(&app, &council, OWN, &address), None);
    let charity = actor(&app, "derbyshire-pcc", "victim-support");
    assert_eq!(seen(&app, &charity, OWN, &address), Some(Audience::Partner));
}

#[actix_web::test]
async fn an_owner_sees_its_drafts() {
    let app = TestApp::new().await;
    // An editor who belongs to another organisation of the body: what is made is that organisation's.
    let body = app.id_of("policing_body", "derbyshire-pcc");
    app.make_actor("council_editor", &[Role::Editor], body, COUNCIL);
    let council = actor(&app, "derbyshire-pcc", COUNCIL);
    let office = actor(&app, "derbyshire-pcc", "opcc-derbyshire");
    for state in ["draft", "submitted", "shared", "scheduled", "published", "redrafted"] {
        let address = service(&app, "council_editor", json!({"providers": ["victim-support"]}), state).await;
        assert_eq!(seen(&app, &council, OWN, &address), Some(Audience::Office), "{state}");
        assert_eq!(seen(&app, &office, OWN, &address), None, "{state}");
        let elsewhere = actor(&app, "elsewhere-pcc", COUNCIL);
        assert_eq!(seen(&app, &elsewhere, OWN, &address), None, "{state}");
    }
    let withdrawn = service(&app, "council_editor", json!({}), "withdrawn").await;
    assert_eq!(seen(&app, &council, OWN, &withdrawn), None);
}

/// The references in an answer, in a list of that member.
fn references(answer: &crate::support::Answer, member: &str) -> Vec<String> {
    let rows = answer.json()[member].as_array().unwrap().clone();
    rows.iter().map(|row| row["reference"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn services_are_found_by_a_provider_and_by_an_area_each_within_what_is_seen() {
    let app = TestApp::new().await;
    let theirs = json!({"reference": "T-OWN", "providers": ["derbyshire-constabulary", "victim-support"], "areas": [DERBY]});
    let address = service(&app, "editor", theirs, "submitted").await;
    let found = async |who: Option<&str>, query: &str| {
        references(&app.get(who, &format!("/v1/services?{query}")).await.expect(200), "data")
    };
    let none: Vec<String> = vec![];
    assert_eq!(found(None, "provider=victim-support").await, none);
    assert_eq!(found(Some("panel_member"), "provider=victim-support").await, none);
    for who in ["partner", "partner_reader", "editor", "auditor"] {
        assert_eq!(found(Some(who), "provider=victim-support").await, ["T-OWN"], "{who}");
        assert_eq!(
            found(Some(who), &format!("provider=victim-support&area={DERBY}&delivery_status=cancelled&q=t*"))
                .await,
            none,
            "{who}"
        );
    }
    // With what else a list takes: its order, its count, its pages, CSV; and by id.
    let force = "/v1/services?provider=derbyshire-constabulary&count=true&sort=-title";
    let all = app.get(Some("editor"), force).await.expect(200);
    assert_eq!(all.json()["page"]["total"], 8);
    let public = app.get(None, force).await.expect(200);
    assert_eq!(public.json()["page"]["total"], 7);
    let page = app.get(None, &format!("{force}&limit=3")).await.expect(200).json();
    let next = page["page"]["next"].as_str().unwrap();
    let rest = app.get(None, &format!("{force}&limit=200&cursor={next}")).await.expect(200);
    assert_eq!(references(&rest, "data"), references(&public, "data")[3..]);
    let id = app.id_of("organisation", "derbyshire-constabulary");
    assert_eq!(found(None, &format!("provider={id}&sort=-title")).await, references(&public, "data"));
    app.get(None, "/v1/services?provider=derbyshire-constabulary&format=csv").await.expect(200);
    app.get(None, &format!("{force}&provider=victim-support")).await.expect(400);
    let unknown = app.get(None, "/v1/services?provider=nobody&area=nowhere").await.expect(400).json();
    let parameters: Vec<&Value> =
        unknown["errors"].as_array().unwrap().iter().map(|one| &one["parameter"]).collect();
    assert_eq!(parameters, ["provider", "area"]);
    // By the version that is seen: the public finds it by the provider that it knows, the office by the new one.
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    app.patch("editor", &address, json!({"providers": ["derbyshire-constabulary"]})).await.expect(200);
    assert_eq!(found(None, "provider=victim-support").await, ["T-OWN"]);
    assert_eq!(found(Some("editor"), "provider=victim-support").await, none);
}

#[actix_web::test]
async fn me_tells_what_is_read_and_what_is_on_its_way_to_whom_it_is_shown() {
    let app = TestApp::new().await;
    let own = json!({"reference": "T-OWN", "providers": ["victim-support"]});
    let own = service(&app, "editor", own, "submitted").await;
    let other = json!({"reference": "T-OTHER", "providers": ["derbyshire-constabulary"]});
    service(&app, "editor", other, "embargoed").await;
    service(&app, "editor", json!({"reference": "T-DRAFT"}), "draft").await;
    let me = async |who: Option<&str>| app.get(who, "/v1/me").await.expect(200);
    let shown = async |who: &str| references(&me(Some(who)).await, "handed_in");
    let none: Vec<String> = vec![];
    assert_eq!(references(&me(None).await, "handed_in"), none);
    for (who, sees) in [
        ("editor", vec!["T-OTHER", "T-OWN"]),
        ("publisher", vec!["T-OTHER", "T-OWN"]),
        ("auditor", vec!["T-OTHER", "T-OWN"]),
        ("partner", vec!["T-OWN"]),
        ("partner_reader", vec!["T-OWN"]),
        ("panel_member", vec!["T-OTHER"]),
        ("panel_officer", vec!["T-OTHER"]),
        ("force_analyst", vec![]),
        ("admin", vec![]),
        ("other_editor", vec![]),
    ] {
        assert_eq!(shown(who).await, sees, "{who}");
    }
    let submitted = me(Some("panel_member")).await.json()["handed_in"][0].clone();
    assert_eq!((&submitted["kind"], &submitted["state"]), (&json!("service"), &json!("panel_shared")));
    assert!(submitted["embargo_until"].is_string() && submitted["published_at"].is_null(), "{submitted}");
    app.get(Some("panel_member"), submitted["self"].as_str().unwrap()).await.expect(200);
    let partner = me(Some("partner_reader")).await.json();
    let services = partner["may"].as_array().unwrap().iter().find(|may| may["kind"] == "service").unwrap();
    assert_eq!(services["read"], json!(["published", "own_organisation"]));
    // What is scheduled is told with its minute, and no longer once that has come, whether or not the clock's job ran.
    let minute = "2026-11-01T11:40:00Z";
    app.step("publisher", &own, "publish", json!({"publish_at": minute})).await.expect(200);
    let scheduled = me(Some("partner_reader")).await.json()["handed_in"][0].clone();
    assert_eq!((&scheduled["state"], &scheduled["published_at"]), (&json!("published"), &json!(minute)));
    app.clock.set(crate::support::at(minute));
    assert_eq!(shown("partner_reader").await, none);
    assert_eq!(shown("publisher").await, ["T-OTHER"]);
}
