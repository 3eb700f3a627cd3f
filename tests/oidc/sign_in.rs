//! People who sign in with a provider, and the provider's keys.

use super::*;

#[actix_web::test]
async fn people_sign_in_with_the_offices_provider_and_do_their_work() {
    let mut provider = Provider::start();
    let app = provider.app().await;
    assert_eq!(provider.fetches(), 0, "nothing is fetched before it is needed");

    // Signed in as an editor: a draft; by another who publishes, since the editor may not.
    let ada = provider.sign_in("ada", "EdDSA");
    let ben = provider.sign_in("ben", "RS256");
    let kind = app.state.kind("pledge").unwrap();
    let made = app
        .request("POST", "/v1/pledges")
        .header("authorization", &format!("Bearer {ada}"))
        .json(&app.fresh(kind))
        .send()
        .await
        .expect(201);
    let address = made.header("location").unwrap().to_owned();
    step(&app, &ada, &address, "submit").await.expect(200);
    step(&app, &ada, &address, "publish").await.problem(403);
    step(&app, &ben, &address, "publish").await.expect(200);
    app.get(None, &address).await.expect(200);
    assert_eq!(provider.fetches(), 1, "once for all of it");

    let profile = me(&app, &ben).await;
    assert_eq!(profile["roles"], json!(["publisher"]));
    assert_eq!(
        (&profile["body"], &profile["organisation"]),
        (&json!("derbyshire-pcc"), &json!("opcc-derbyshire"))
    );
    let id = profile["subject"].as_str().unwrap();
    assert!(id.starts_with("person-") && id.len() == "person-".len() + 16, "{id}");
    assert_eq!(me(&app, &provider.sign_in("ben", "EdDSA")).await["subject"], id, "the same person again");
    let row: Count = app
        .state
        .db
        .read(|conn| {
            Ok(Sql::new("SELECT count(*) AS n FROM person WHERE label = 'Ben Publisher' AND external_subject = 'ben' AND id = ")
                .bind(id)
                .get_result(conn)?)
        })
        .unwrap();
    assert_eq!(row.n, 1);

    // Each token that comes for the first time is a sign-in on record, however often it comes.
    app.state.refusals.write(&app.state.db, &app.state.clock).unwrap();
    let row: Count = app
        .state
        .db
        .read(|conn| {
            Ok(Sql::new("SELECT count(*) AS n FROM audit WHERE event = 'signed_in' AND actor = ")
                .bind(id)
                .get_result(conn)?)
        })
        .unwrap();
    assert_eq!(row.n, 2);

    // Roles add up. Two pairs of eyes are two people, whatever roles one has.
    let dan = provider.sign_in("dan", "EdDSA");
    assert_eq!(me(&app, &dan).await["roles"], json!(["editor", "publisher"]));
    let made = app
        .request("POST", "/v1/pledges")
        .header("authorization", &format!("Bearer {dan}"))
        .json(&app.fresh(kind))
        .send()
        .await
        .expect(201);
    let own = made.header("location").unwrap().to_owned();
    step(&app, &dan, &own, "submit").await.expect(200);
    step(&app, &dan, &own, "publish").await.problem(403);

    // In no group that means anything here: known, and sees what everyone sees.
    let fay = provider.sign_in("fay", "EdDSA");
    let profile = me(&app, &fay).await;
    let unseen = format!("/v1/people/{}", profile["subject"].as_str().unwrap());
    app.get(Some("admin"), &unseen).await.problem(404);
    assert!(profile["subject"].as_str().unwrap().starts_with("person-"));
    assert_eq!((&profile["roles"], &profile["body"]), (&json!(["public"]), &json!(null)));
    assert!(profile["may"].as_array().unwrap().iter().all(|kind| kind["write"] == json!([])), "{profile}");
    call_with(&app, &fay, "GET", &address).await.expect(200);
    call_with(&app, &fay, "GET", &own).await.problem(404);
    let refused = app
        .request("POST", "/v1/pledges")
        .header("authorization", &format!("Bearer {fay}"))
        .json(&app.fresh(kind))
        .send()
        .await;
    refused.problem(403);

    // Of the Panel and of the office: nobody acts for two.
    is_refused(&call_with(&app, &provider.sign_in("eve", "EdDSA"), "GET", "/v1/plans").await);
    // A machine that the provider gave a token to is no person; nor is an algorithm good that is not configured.
    let machine = provider.order(json!({"order": "machine", "alg": "EdDSA"}));
    is_refused(&call_with(&app, machine.as_str().unwrap(), "GET", "/v1/plans").await);
    is_refused(&call_with(&app, &provider.sign_in("ada", "ES256"), "GET", "/v1/plans").await);
    assert_eq!(provider.fetches(), 1);
}

#[actix_web::test]
async fn keys_that_were_changed_are_fetched_once_a_minute() {
    let mut provider = Provider::start();
    let app = provider.app().await;
    let old = provider.sign_in("ada", "EdDSA");
    assert_eq!(me(&app, &old).await["roles"], json!(["editor"]));
    assert_eq!(provider.fetches(), 1);

    // Other keys, within the minute: they are not asked for yet.
    provider.order(json!({"order": "rotate"}));
    let new = provider.sign_in("ada", "EdDSA");
    for _ in 0..5 {
        is_refused(&call_with(&app, &new, "GET", "/v1/me").await);
    }
    assert_eq!(provider.fetches(), 1);
    // After it: by one fetch, for both keys.
    later(&app, 60);
    let rs256 = provider.sign_in("ben", "RS256");
    assert_eq!(me(&app, &new).await["roles"], json!(["editor"]));
    assert_eq!(me(&app, &rs256).await["roles"], json!(["publisher"]));
    assert_eq!(provider.fetches(), 2);
    // The old key went with the old set.
    is_refused(&call_with(&app, &old, "GET", "/v1/me").await);

    // A second unknown name within the minute: 401, and no fetch.
    provider.order(json!({"order": "rotate"}));
    let newer = provider.sign_in("ada", "EdDSA");
    is_refused(&call_with(&app, &newer, "GET", "/v1/me").await);
    assert_eq!(me(&app, &new).await["roles"], json!(["editor"]));
    assert_eq!(provider.fetches(), 2);

    // A provider that is gone: what is known stays good, what is not is refused.
    drop(provider);
    later(&app, 60);
    is_refused(&call_with(&app, &newer, "GET", "/v1/me").await);
    assert_eq!(me(&app, &new).await["roles"], json!(["editor"]));
}

#[actix_web::test]
async fn a_revoked_person_is_refused_within_five_seconds() {
    let mut provider = Provider::start();
    let app = provider.app().await;
    let token = provider.sign_in("ada", "EdDSA");
    let id = me(&app, &token).await["subject"].as_str().unwrap().to_owned();
    // The body's administrator has them before their eyes, and ends them here whatever the provider says.
    let person = app.get(Some("admin"), &format!("/v1/people/{id}")).await.expect(200).json();
    assert_eq!((&person["label"], &person["login"]), (&json!("Ada Editor"), &json!(null)));
    assert_eq!(person["issuer"], provider.addresses["issuer"]);
    app.request("POST", &format!("/v1/people/{id}/reset-password"))
        .as_role("admin")
        .send()
        .await
        .problem(409);
    app.request("POST", &format!("/v1/people/{id}/revoke")).as_role("admin").send().await.expect(200);
    assert!(CACHED_FOR <= Duration::from_secs(5));
    until_async("a revoked person is refused", async || {
        call_with(&app, &token, "GET", "/v1/me").await.status != 200
    })
    .await;
    is_refused(&call_with(&app, &token, "GET", "/v1/me").await);
    // A new token does not help, and nobody else is meant.
    is_refused(&call_with(&app, &provider.sign_in("ada", "RS256"), "GET", "/v1/me").await);
    assert_eq!(me(&app, &provider.sign_in("ben", "RS256")).await["roles"], json!(["publisher"]));
}
