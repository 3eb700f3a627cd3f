//! The reaches that end at an organisation, at the level of the filter itself, with rules of the tests' own: also the one
//! that no kind's rule gives yet.

use onrecord::access::actor::Named;
use onrecord::access::{Actor, Grant, Reach, Role, Rule};
use onrecord::clock::Id;
use onrecord::record::read::{self, ListQuery, Name};
use onrecord::record::visible::{Audience, Sight};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::sweep::bring_to;

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
    let sight = Sight::under(actor, kind, rule, app.state.now());
    let id = Id::parse(address.rsplit('/').next().unwrap()).unwrap();
    let all = ListQuery {
        condition: None,
        bound: None,
        after: None,
        order: vec![("reference", false)],
        limit: 1_000,
        words: None,
    };
    let (one, many, listed) = app
        .state
        .db
        .read(|conn| {
            Ok((
                read::one(conn, kind, &Name::Id(id), &sight)?,
                read::many(conn, &[id], &sight)?,
                all.rows(conn, kind, &sight)?,
            ))
        })
        .unwrap();
    let audience = one.as_ref().map(|row| sight.audience(row).expect("a row that is read is somebody's"));
    assert_eq!(many.first().map(|row| sight.audience(row).unwrap()), audience);
    let listed = listed.iter().find(|row| row.record == id);
    assert_eq!(listed.map(|row| sight.audience(row).unwrap()), audience);
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
async fn an_organisation_sees_what_it_provides_from_when_it_is_handed_in() {
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
