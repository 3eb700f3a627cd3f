//! Clients' secrets, and the memberships that give clients their roles.

use super::*;

#[actix_web::test]
async fn two_secrets_overlap_and_never_three() {
    let app = TestApp::new().await;
    let (id, first) = app.make_client(&[Role::Editor]);
    let second = rotate(&app, &id, 24);
    for secret in [&first, &second] {
        token_for(&app, &id, secret).await.expect(200);
    }
    app.set_time("2026-11-02T11:29:59Z");
    token_for(&app, &id, &first).await.expect(200);
    app.set_time("2026-11-02T11:30:00Z");
    assert_eq!(token_for(&app, &id, &first).await.status, 401, "the overlap has ended");
    token_for(&app, &id, &second).await.expect(200);
    let third = rotate(&app, &id, 720);
    let fourth = rotate(&app, &id, 720);
    let good = app.state.db.read(|conn| secret::live(conn, &id, app.state.clock.now())).unwrap();
    assert_eq!(good.len(), 2);
    assert_eq!(token_for(&app, &id, &second).await.status, 401, "it was on its way out");
    for secret in [&third, &fourth] {
        token_for(&app, &id, secret).await.expect(200);
    }
    let last = rotate(&app, &id, 0);
    for secret in [&first, &second, &third, &fourth] {
        assert_eq!(token_for(&app, &id, secret).await.status, 401);
    }
    token_for(&app, &id, &last).await.expect(200);
    let now = app.state.clock.now();
    let fresh = NewSecret::generate(&app.state.clock).unwrap();
    app.write(|conn| {
        assert!(client::revoke(conn, &id, now).unwrap());
        assert!(!secret::rotate(conn, &id, &fresh, 24, now).unwrap(), "revoked");
        assert!(!secret::rotate(conn, "nobody", &fresh, 24, now).unwrap());
    });
}

#[actix_web::test]
async fn a_secret_opens_only_its_own_client() {
    let app = TestApp::new().await;
    let (one, its) = app.make_client(&[Role::Editor]);
    let (other, theirs) = app.make_client(&[Role::Editor]);
    let (named, random) = its.split_once('.').unwrap();
    let (foreign, _) = theirs.split_once('.').unwrap();
    let same = token_for(&app, "client-0123456789abcdef", &its).await;
    assert_eq!(same.status, 401);
    for (client, secret) in [
        (&other, its.clone()),
        (&one, format!("{foreign}.{random}")),
        (&one, format!("{named}.{}", theirs.split_once('.').unwrap().1)),
        (&one, random.to_owned()),
        (&one, format!("{one}.{random}")),
        (&one, named.to_owned()),
        (&one, format!("{named}.")),
        (&one, format!(".{random}")),
        (&one, format!("'%20OR%201=1--.{random}")),
        (&one, format!("{named}%00.{random}")),
    ] {
        let answer = token_for(&app, client, &secret).await;
        match secret.contains("%00") {
            true => assert!(matches!(answer.status, 400 | 401)),
            false => assert_eq!(answer.comparable(), same.comparable(), "{secret}"),
        }
    }
    token_for(&app, &one, &its).await.expect(200);
}

/// Back to before the tables of credentials, and up again.
fn down_and_up(app: &TestApp, between: impl FnOnce(&mut Conn)) {
    app.state
        .db
        .on_writer(|conn| {
            loop {
                let reverted = match conn {
                    Conn::Pg(conn) => conn.revert_last_migration(POSTGRES).map(|version| version.to_string()),
                    Conn::Lite(conn) => conn.revert_last_migration(SQLITE).map(|version| version.to_string()),
                };
                if reverted.unwrap() == "00000000000031" {
                    break;
                }
            }
            between(conn);
        })
        .unwrap();
    demo::run_migrations(&app.state.db).unwrap();
}

#[actix_web::test]
async fn the_clients_of_an_older_database_keep_their_secret_their_roles_and_their_slice() {
    let app = TestApp::new().await;
    // A secret of before has no id in its text.
    let text = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let hash =
        Argon2::default().hash_password_with_salt(text.as_bytes(), b"0123456789abcdef").unwrap().to_string();
    let body = app.id_of("policing_body", "derbyshire-pcc");
    let organisation = app.id_of("organisation", "victim-support");
    down_and_up(&app, |conn| {
        Sql::new("INSERT INTO client (id, label, secret_hash, body, organisation, roles, stands_for_person, created_at) VALUES (")
            .bind_all([
                Val::from("client-of-old"), "old".into(), hash.into(), body.into(), organisation.into(),
                "partner_writer editor".into(), false.into(), at("2025-01-01T00:00:00Z").into(),
            ])
            .text(")")
            .execute(conn)
            .unwrap();
    });
    let answer = token_for(&app, "client-of-old", text).await.expect(200).json();
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let me = app.request("GET", "/v1/me").header("authorization", &bearer).send().await.expect(200).json();
    assert_eq!(me["roles"], json!(["partner_writer", "editor"]));
    assert_eq!((&me["body"], &me["organisation"]), (&json!("derbyshire-pcc"), &json!("victim-support")));
    assert_eq!(token_for(&app, "client-of-old", "AAAA").await.status, 401);
    // The others have gone down and come up again.
    let me = app.get(Some("auditor"), "/v1/me").await.expect(200).json();
    assert_eq!((&me["roles"], &me["organisation"]), (&json!(["auditor"]), &json!("jarac-derbyshire")));
    // It takes part in rotation as any other.
    let second = rotate(&app, "client-of-old", 1);
    for secret in [text, &second] {
        token_for(&app, "client-of-old", secret).await.expect(200);
    }
}

#[actix_web::test]
async fn a_membership_gives_its_roles_from_its_first_moment_to_its_last() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let now = app.state.clock.now();
    let held = app.state.db.read(|conn| membership::of(conn, &id, now)).unwrap().unwrap();
    let (body, organisation) = (held.body, held.organisation);
    let new = |holder, roles, from: &str, to: Option<&str>| NewMembership {
        subject: &id,
        holder,
        body,
        organisation,
        roles,
        valid_from: at(from),
        valid_to: to.map(at),
        created_by: "test",
    };
    let refused = |new: NewMembership<'_>| {
        app.state.db.write(|conn| membership::create(conn, &app.state.clock, &new)).unwrap_err().kind.status
    };
    const AUDITOR: &[Role] = &[Role::Auditor];
    assert_eq!(refused(new(Holder::Machine, AUDITOR, "2026-12-01T00:00:00Z", None)), 409, "overlaps");
    app.write(|conn| assert!(membership::end(conn, held.id, at("2026-11-02T00:00:00Z")).unwrap()));
    for (roles, holder) in [
        (&[] as &[Role], Holder::Machine),
        (&[Role::Publisher], Holder::Machine),
        (&[Role::Editor, Role::Admin], Holder::Machine),
        (&[Role::PanelOfficer], Holder::Machine),
        (&[Role::DataProtection], Holder::Machine),
        (&[Role::FinanceOfficer], Holder::Machine),
        (&[Role::Commissioner], Holder::Machine),
        (&[Role::OpenData], Holder::Machine),
        (&[Role::Public], Holder::Person),
        (&[Role::Editor, Role::Editor], Holder::Person),
    ] {
        assert_eq!(refused(new(holder, roles, "2026-11-05T00:00:00Z", None)), 422, "{roles:?} {holder:?}");
    }
    assert_eq!(
        refused(new(Holder::Machine, AUDITOR, "2026-11-05T00:00:00Z", Some("2026-11-05T00:00:00Z"))),
        422
    );
    let next = new(Holder::Machine, AUDITOR, "2026-11-03T00:00:00Z", None);
    app.write(|conn| {
        membership::create(conn, &app.state.clock, &next).unwrap();
    });
    assert_eq!(refused(new(Holder::Machine, AUDITOR, "2026-11-02T12:00:00Z", None)), 409);
    let roles = async |moment: &str| {
        app.set_time(moment);
        let answer = token_for(&app, &id, &secret).await;
        (answer.status == 200).then(|| answer.json()["scope"].as_str().unwrap().to_owned())
    };
    assert_eq!(roles("2026-11-01T23:59:59Z").await.as_deref(), Some("editor"));
    assert_eq!(roles("2026-11-02T00:00:00Z").await, None);
    assert_eq!(roles("2026-11-02T23:59:59Z").await, None);
    assert_eq!(roles("2026-11-03T00:00:00Z").await.as_deref(), Some("auditor"));
}

#[actix_web::test]
async fn a_token_ends_with_the_membership_though_its_holder_is_remembered() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let now = app.state.clock.now();
    let held = app.state.db.read(|conn| membership::of(conn, &id, now)).unwrap().unwrap();
    app.write(|conn| assert!(membership::end(conn, held.id, at("2026-11-01T11:35:00Z")).unwrap()));
    let answer = token_for(&app, &id, &secret).await.expect(200).json();
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let me = async || app.request("GET", "/v1/me").header("authorization", &bearer).send().await.status;
    app.set_time("2026-11-01T11:34:59Z");
    assert_eq!(me().await, 200);
    // Not a moment later, remembered or not.
    app.set_time("2026-11-01T11:35:00Z");
    assert_eq!(me().await, 401);
}
