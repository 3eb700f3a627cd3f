//! Clients' secrets, keys for open data, the server's own keys, and how fast a revocation is felt.

use std::path::Path;
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use diesel::RunQueryDsl;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use onrecord::access::api_key;
use onrecord::access::client::{self, Client};
use onrecord::access::keys::{FILE, Keys};
use onrecord::access::membership::{self, Holder, NewMembership};
use onrecord::access::secret::{self, Fresh};
use onrecord::access::token::{LIFETIME, Tokens};
use onrecord::access::{Action, Role};
use onrecord::clock::{Clock, Fixed, Ts};
use onrecord::demo;
use onrecord::store::{Conn, Db, Sql, Target, Val};
use serde_json::{Value, json};

use crate::process::{self, Scratch, start_service};
use crate::support::{Answer, START, TestApp, at};

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

async fn token_for(app: &TestApp, client: &str, secret: &str) -> Answer {
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    app.request("POST", "/oauth/token").body("application/x-www-form-urlencoded", form).send().await
}

async fn with_key(app: &TestApp, path: &str, key: &str) -> Answer {
    app.request("GET", path).header("x-api-key", key).send().await
}

fn rotate(app: &TestApp, client: &str, hours: i64) -> String {
    let fresh = Fresh::new(&app.state.clock).unwrap();
    let now = app.state.clock.now();
    app.write(|conn| assert!(secret::rotate(conn, client, &fresh, hours, now).unwrap()));
    fresh.text
}

// ---- secrets --------------------------------------------------------------------------------------------------

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
    let fresh = Fresh::new(&app.state.clock).unwrap();
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

// ---- memberships ----------------------------------------------------------------------------------------------

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

// ---- keys for open data ---------------------------------------------------------------------------------------

fn make_key(app: &TestApp) -> (String, String) {
    let clock = &app.state.clock;
    app.state.db.write(|conn| api_key::create(conn, clock, "test", None, "test")).unwrap()
}

#[actix_web::test]
async fn a_key_reads_what_everyone_reads_under_the_same_tag() {
    let app = TestApp::new().await;
    let hidden = app.draft("objective").await;
    let (id, key) = make_key(&app);
    let mut paths = vec!["/v1/changes?limit=5".to_owned(), "/v1/search?q=plan".to_owned()];
    for kind in &app.state.kinds {
        paths.push(format!("/v1/{}?count=true", kind.def.path));
    }
    for path in &paths {
        let everyone = app.get(None, path).await.expect(200);
        let holder = with_key(&app, path, &key).await.expect(200);
        if !path.contains("changes") && !holder.text().contains("\"next\":\"") {
            assert_eq!(holder.text(), everyone.text(), "{path}");
            assert_eq!(holder.header("etag"), everyone.header("etag"), "{path}");
        }
        assert_eq!(holder.header("cache-control"), Some("private, no-store"), "{path}");
        for answer in [&holder, &everyone] {
            assert!(answer.header("vary").unwrap().contains("X-API-Key"));
        }
    }
    with_key(&app, &hidden, &key).await.problem(404);
    let me = with_key(&app, "/v1/me", &key).await.expect(200).json();
    assert_eq!(me["subject"], json!(format!("key-{id}")));
    assert_eq!(
        (&me["roles"], &me["body"], &me["organisation"]),
        (&json!(["open_data"]), &Value::Null, &Value::Null)
    );
    // What is kept ready for everyone is not said to be for its holder alone, nor the other way round.
    let tag = app.get(None, "/v1/plans").await;
    assert!(tag.header("cache-control").unwrap().starts_with("public"));
    assert_eq!(
        app.request("GET", "/v1/plans")
            .header("x-api-key", &key)
            .header("if-none-match", tag.etag())
            .send()
            .await
            .status,
        304
    );
    for kind in app.state.kinds.iter().filter(|kind| kind.rule(Action::Create).is_some()) {
        let answer = app
            .request("POST", &format!("/v1/{}", kind.def.path))
            .header("x-api-key", &key)
            .json(&kind.example)
            .send()
            .await;
        answer.problem(403);
    }
}

#[actix_web::test]
async fn a_key_that_is_none_is_refused_and_not_shown() {
    let app = TestApp::new().await;
    let (id, key) = make_key(&app);
    let (_, other) = make_key(&app);
    let secret = key.rsplit_once(&format!("{id}_")).unwrap().1;
    let mut wrong: Vec<String> = [
        "",
        "ork",
        "ork_",
        "ork__",
        "x",
        "Bearer x",
        "null",
        "ork_zzzzzzzzzzzzzzzz_",
        "../../etc/passwd",
        "' OR 1=1 --",
    ]
    .iter()
    .map(|text| (*text).to_owned())
    .collect();
    wrong.extend([
        format!("ork_{id}"),
        format!("ork_{id}_"),
        format!("ork_{id}_{}", &secret[1..]),
        format!("ork_{id}_{secret}x"),
        format!("ork_{id}_{}", "A".repeat(43)),
        format!("ork_{}_{secret}", "0".repeat(16)),
        format!("ork_{}_{secret}", id.to_uppercase()),
        format!("ork_{}_{}", id, other.rsplit('_').next().unwrap()),
        format!("ORK_{id}_{secret}"),
        format!(" {key} x"),
        key.replace('_', "-"),
        "a".repeat(8_000),
    ]);
    for text in wrong.iter().filter(|text| **text != key) {
        let answer = with_key(&app, "/v1/plans", text).await;
        answer.problem(401);
        assert!(answer.header("www-authenticate").unwrap().starts_with("ApiKey realm="));
        assert!(!answer.text().contains(secret), "{}", answer.text());
    }
    // Twice, or beside a token: whose would it be?
    let twice =
        app.request("GET", "/v1/plans").header("x-api-key", &key).header("x-api-key", &key).send().await;
    twice.problem(401);
    let both = app.request("GET", "/v1/plans").as_role("editor").header("x-api-key", &key).send().await;
    both.problem(401);
    assert!(both.header("www-authenticate").is_some());
    // In the address it is an unknown parameter, and as a token it is none.
    for name in ["api_key", "key", "x-api-key", "apikey"] {
        let answer = app.get(None, &format!("/v1/plans?{name}={key}")).await;
        answer.problem(400);
        assert!(!answer.text().contains(secret));
    }
    let bearer = format!("Bearer {key}");
    app.request("GET", "/v1/plans").header("authorization", &bearer).send().await.problem(401);
    // What is stored opens nothing.
    let stored = app.state.db.read(|conn| api_key::ApiKey::find(conn, &id)).unwrap().unwrap();
    assert_eq!(stored.key_digest.len(), 32);
    with_key(&app, "/v1/plans", &key).await.expect(200);
    let now = app.state.clock.now();
    app.write(|conn| {
        assert!(api_key::revoke(conn, &id, now).unwrap());
        assert!(!api_key::revoke(conn, &id, now).unwrap());
    });
    let begun = Instant::now();
    while with_key(&app, "/v1/plans", &key).await.status == 200 {
        assert!(begun.elapsed() < Duration::from_secs(5));
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
    with_key(&app, "/v1/plans", &key).await.problem(401);
    with_key(&app, "/v1/plans", &other).await.expect(200);
}

// ---- the server's own keys ------------------------------------------------------------------------------------

fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
}

#[test]
fn a_rotation_keeps_the_key_before_until_its_last_token_has_ended() {
    let scratch = Scratch::new();
    let fixed = Fixed::at(at(START));
    let clock = Clock::shared(fixed.clone());
    let keys = std::sync::Arc::new(Keys::load_or_create(&scratch.0, &clock).unwrap());
    let first = keys.kid();
    let cursor = keys.seal(b"feed", b"7").unwrap();
    let tokens = Tokens::new(keys.clone(), "http://x".to_owned());
    let before = tokens.issue("someone", &[Role::Editor], &clock).unwrap();
    let kid_of = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    assert_eq!(kid_of(&before), first);
    assert!(!keys.follow().unwrap(), "nothing has changed");

    let second = Keys::rotate(&scratch.0, &clock, false).unwrap();
    assert_eq!(keys.kid(), first, "not yet seen");
    // A token of a process that has seen it is good here at once: its key is looked for.
    assert!(keys.verifying(&second, clock.now()).is_some());
    assert_eq!(keys.kid(), second);
    assert!(!keys.follow().unwrap());
    assert_eq!(kid_of(&tokens.issue("someone", &[Role::Editor], &clock).unwrap()), second);
    let kids = |at: Ts| -> Vec<String> {
        let set = keys.jwks(at);
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kids(clock.now()), [second.clone(), first.clone()]);
    // Good as long as any token of it, and then gone, but for what is signed to last.
    let ends = clock.now().plus_seconds(LIFETIME);
    assert!(keys.verifying(&first, ends).is_some());
    let later = ends.plus_seconds(120);
    assert!(keys.verifying(&first, later).is_none());
    assert_eq!(kids(later), std::slice::from_ref(&second));
    let all = keys.all_public();
    assert_eq!(all["keys"].as_array().unwrap().len(), 2);
    assert!(!all.to_string().contains("\"d\""), "public halves only");
    for unknown in ["", "../keys", "other", &first[1..]] {
        assert!(keys.verifying(unknown, clock.now()).is_none());
    }
    // Cursors of the feed live for ever.
    assert_eq!(keys.unseal(b"feed", &cursor).as_deref(), Some(b"7".as_slice()));
    assert_eq!(
        Keys::load(&scratch.0.join(FILE)).unwrap().unseal(b"feed", &cursor).as_deref(),
        Some(b"7".as_slice())
    );
    assert_eq!(mode(&scratch.0.join(FILE)), 0o600);
    // The one before's secret is nowhere any more.
    let text = std::fs::read_to_string(scratch.0.join(FILE)).unwrap();
    assert_eq!(text.matches("signing_pkcs8").count(), 1);

    // One that is out is refused at once, and so are those before it.
    let third = Keys::rotate(&scratch.0, &clock, true).unwrap();
    assert!(keys.follow().unwrap());
    assert_eq!(kids(clock.now()), [third]);
    assert!(keys.verifying(&first, clock.now()).is_none() && keys.verifying(&second, clock.now()).is_none());
    assert_eq!(keys.all_public()["keys"].as_array().unwrap().len(), 3);
}

#[test]
fn rotations_at_a_time_lose_none_and_a_reader_sees_whole_files() {
    let scratch = Scratch::new();
    let clock = Clock::system();
    let keys = Keys::load_or_create(&scratch.0, &clock).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    Keys::rotate(&scratch.0, &Clock::system(), false).unwrap();
                }
            });
        }
        for _ in 0..400 {
            Keys::load(&scratch.0.join(FILE)).unwrap();
            keys.follow().unwrap();
        }
    });
    keys.follow().unwrap();
    assert_eq!(keys.known().len(), 21);
    let left: Vec<_> =
        std::fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the keys and the lock: {left:?}");
    // What a process that died in the middle left behind stands in nobody's way, and is not read.
    std::fs::write(scratch.0.join("keys.new"), "half a fi").unwrap();
    Keys::rotate(&scratch.0, &clock, false).unwrap();
    assert!(keys.follow().unwrap());
    assert_eq!(keys.known().len(), 22);
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_keys_as_they_are() {
    let scratch = Scratch::new();
    let clock = Clock::system();
    let keys = Keys::load_or_create(&scratch.0, &clock).unwrap();
    let (path, kid) = (scratch.0.join(FILE), keys.kid());
    let good = std::fs::read_to_string(&path).unwrap();
    for bad in ["", "{}", "[]", &good[..40], &good.replace("cursor", "kursor")] {
        std::fs::write(&path, bad).unwrap();
        assert!(keys.follow().is_err(), "{bad}");
        assert!(Keys::rotate(&scratch.0, &clock, false).is_err());
        assert_eq!(keys.kid(), kid);
        assert!(Keys::load(&path).is_err());
    }
    std::fs::remove_file(&path).unwrap();
    assert!(keys.follow().is_err() && keys.kid() == kid);
    std::fs::write(&path, &good).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let error = keys.follow().unwrap_err();
    assert!(error.contains("0600"), "{error}");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(keys.follow().unwrap());
    assert_eq!(keys.kid(), kid);
    // A file of before, without earlier keys, and keys without a file.
    assert_eq!(Keys::from_json(&good).unwrap().kid(), kid);
    let text = Keys::rotated(&good, &clock, false).unwrap();
    let rotated = Keys::from_json(&text).unwrap();
    assert_eq!(rotated.known().len(), 2);
    assert!(!rotated.follow().unwrap());
}

#[test]
fn what_is_signed_to_last_names_its_type_and_its_key() {
    let keys = Keys::from_json(&Keys::generate(&Clock::system()).unwrap()).unwrap();
    let jws = keys.sign("onrecord-head+jws", &json!({"size": 7})).unwrap();
    let header = jsonwebtoken::decode_header(&jws).unwrap();
    assert_eq!((header.typ.as_deref(), header.kid), (Some("onrecord-head+jws"), Some(keys.kid())));
    // It is no access token.
    assert_ne!(header.typ.as_deref(), Some("at+jwt"));
}

// ---- the administrator's rooms --------------------------------------------------------------------------------

#[actix_web::test]
async fn an_administrator_makes_rotates_and_revokes_clients_of_its_own_body() {
    let app = TestApp::new().await;
    let wanted = json!({"label": "Reporting", "organisation": "victim-support", "roles": ["partner_writer"]});
    let made = app.post("admin", "/v1/clients", wanted.clone()).await.expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert!(made.header("etag").is_none());
    let address = made.header("location").unwrap().to_owned();
    let body = made.json();
    let (id, first) = (body["client_id"].as_str().unwrap(), body["client_secret"].as_str().unwrap());
    assert_eq!(token_for(&app, id, first).await.expect(200).json()["scope"], "partner_writer");
    let shown = app.get(Some("admin"), &address).await.expect(200);
    assert!(!shown.text().contains(first) && !shown.text().contains("argon2"), "{}", shown.text());
    let shown = shown.json();
    assert_eq!((&shown["organisation"], &shown["created_by"]), (&json!("victim-support"), &json!("admin")));

    let turned =
        app.post("admin", &format!("{address}/rotate"), json!({"overlap_hours": 1})).await.expect(200);
    assert_eq!(turned.header("cache-control"), Some("no-store"));
    let second = turned.json()["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(turned.json()["previous_until"], json!("2026-11-01T12:30:00Z"));
    for secret in [first, &second] {
        token_for(&app, id, secret).await.expect(200);
    }
    // Asked again with the same key it is done again, and no secret is kept for it.
    for _ in 0..2 {
        let again = app
            .request("POST", &format!("{address}/rotate"))
            .as_role("admin")
            .header("idempotency-key", "once")
            .json(&json!({"overlap_hours": 0}))
            .send()
            .await
            .expect(200);
        assert!(again.header("idempotency-replayed").is_none());
    }
    let kept: onrecord::store::Count = app
        .state
        .db
        .read(|conn| Ok(Sql::new("SELECT count(*) AS n FROM idempotency").get_result(conn)?))
        .unwrap();
    assert_eq!(kept.n, 0);
    app.post("admin", &format!("{address}/rotate"), json!({"overlap_hours": 721})).await.problem(422);

    // Nobody else, and in no other body.
    let stranger = app.id_of("policing_body", "elsewhere-pcc");
    app.make_actor("other_admin", &[Role::Admin], stranger, "derbyshire-constabulary");
    let bogus = "/v1/clients/client-0123456789abcdef";
    let nothing = app.get(Some("other_admin"), bogus).await;
    assert_eq!(nothing.status, 404);
    assert_eq!(app.get(Some("other_admin"), &address).await.comparable(), nothing.comparable());
    for verb in ["rotate", "revoke"] {
        app.post("other_admin", &format!("{address}/{verb}"), json!({})).await.problem(404);
        app.post("admin", &format!("{bogus}/{verb}"), json!({})).await.problem(404);
        app.post("editor", &format!("{address}/{verb}"), json!({})).await.problem(403);
        app.request("POST", &format!("{address}/{verb}")).json(&json!({})).send().await.problem(401);
    }
    for who in ["editor", "publisher", "auditor", "partner", "panel_officer", "data_protection"] {
        app.post(who, "/v1/clients", wanted.clone()).await.problem(403);
        app.get(Some(who), "/v1/clients").await.problem(403);
        app.get(Some(who), "/v1/api-keys").await.problem(403);
    }
    app.get(None, "/v1/clients").await.problem(401);
    assert!(!app.get(Some("other_admin"), "/v1/clients").await.expect(200).text().contains(id));

    for (member, value) in [
        ("roles", json!(["publisher"])),
        ("roles", json!(["partner_writer", "admin"])),
        ("roles", json!(["commissioner"])),
        ("roles", json!(["panel_officer"])),
        ("roles", json!(["finance_officer"])),
        ("roles", json!(["data_protection"])),
        ("roles", json!(["open_data"])),
        ("roles", json!([])),
        ("roles", json!(["kaiser"])),
        ("organisation", json!("nobody-knows")),
        ("label", json!("")),
        ("body", json!("elsewhere-pcc")),
        ("stands_for_person", json!(true)),
    ] {
        let mut body = wanted.clone();
        body[member] = value;
        app.post("admin", "/v1/clients", body).await.problem(422);
    }

    let revoked = app.post("admin", &format!("{address}/revoke"), json!({})).await.expect(200).json();
    assert_eq!(revoked["revoked_at"], json!(START));
    app.post("admin", &format!("{address}/revoke"), json!({})).await.problem(409);
    app.post("admin", &format!("{address}/rotate"), json!({})).await.problem(409);
    assert_eq!(token_for(&app, id, &second).await.status, 401);
}

#[actix_web::test]
async fn an_administrator_hands_out_keys_for_open_data() {
    let app = TestApp::new().await;
    let made = app.post("admin", "/v1/api-keys", json!({"label": "Derby"})).await.expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let (id, key) =
        (made.json()["id"].as_str().unwrap().to_owned(), made.json()["api_key"].as_str().unwrap().to_owned());
    with_key(&app, "/v1/plans", &key).await.expect(200);
    // Those of the command line are looked after there.
    let (operators, _) = make_key(&app);
    let list = app.get(Some("admin"), "/v1/api-keys").await.expect(200);
    assert!(list.text().contains(&id) && !list.text().contains(&operators));
    assert!(!list.text().contains(key.rsplit_once(&format!("{id}_")).unwrap().1));
    app.post("admin", &format!("/v1/api-keys/{operators}/revoke"), json!({})).await.problem(404);
    app.post("editor", &format!("/v1/api-keys/{id}/revoke"), json!({})).await.problem(403);
    app.post("editor", "/v1/api-keys", json!({"label": "mine"})).await.problem(403);
    app.post("admin", "/v1/api-keys", json!({"label": ""})).await.problem(422);
    app.post("admin", "/v1/api-keys", json!({})).await.problem(422);
    app.post("admin", &format!("/v1/api-keys/{id}/revoke"), json!({})).await.expect(200);
    app.post("admin", &format!("/v1/api-keys/{id}/revoke"), json!({})).await.problem(409);
}

#[actix_web::test]
async fn the_lists_of_clients_and_keys_are_had_in_pages() {
    let app = TestApp::new().await;
    for n in 0..5 {
        app.post("admin", "/v1/api-keys", json!({"label": format!("key {n}")})).await.expect(201);
    }
    for (path, least) in [("/v1/api-keys", 5), ("/v1/clients", 18)] {
        let whole = app.get(Some("admin"), &format!("{path}?limit=200")).await.expect(200).json();
        let whole = whole["data"].as_array().unwrap().clone();
        assert!(whole.len() >= least, "{path} {}", whole.len());
        let mut page = format!("{path}?limit=2");
        let mut seen = vec![];
        loop {
            let answer = app.get(Some("admin"), &page).await.expect(200).json();
            seen.extend(answer["data"].as_array().unwrap().clone());
            let Some(next) = answer["page"]["next"].as_str() else { break };
            app.get(Some("editor"), &format!("{path}?cursor={next}")).await.problem(403);
            page = format!("{path}?limit=2&cursor={next}");
        }
        assert_eq!(seen, whole, "{path}");
        let csv = app.get(Some("admin"), &format!("{path}?format=csv&limit=200")).await.expect(200);
        assert_eq!(csv.text().lines().count(), whole.len() + 1);
        app.get(Some("admin"), &format!("{path}?cursor=AAAA")).await.problem(400);
    }
}

// ---- several processes ----------------------------------------------------------------------------------------

/// How long it takes until both services refuse; panics after five seconds.
fn until_refused(what: &str, services: &[&process::Program], header: (&str, &str)) -> Duration {
    let begun = Instant::now();
    for service in services {
        loop {
            let (status, head, _) = process::ask(&service.address, "GET", "/v1/me", &[header], "").unwrap();
            assert!(begun.elapsed() < Duration::from_secs(5), "{what} is still good after five seconds");
            if status == 401 {
                assert!(head.to_lowercase().contains("www-authenticate:"), "{head}");
                break;
            }
            assert_eq!(status, 200);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    println!("{what}: refused by both after {:?}", begun.elapsed());
    begun.elapsed()
}

#[test]
fn two_services_on_one_database_feel_a_revocation_and_a_rotation_within_seconds() {
    let scratch = Scratch::new();
    let database = process::database(&scratch.0);
    let keys = scratch.0.join("keys").to_string_lossy().into_owned();
    let environment = [
        ("DATABASE_URL", database.as_str()),
        ("KEYS_DIR", keys.as_str()),
        ("PUBLIC_URL", "https://api.example.org"),
        ("LIMIT_ADDRESS", "0"),
        ("LIMIT_CREDENTIAL", "0"),
        ("LIMIT_OPEN_DATA", "0"),
        ("LIMIT_SIGN_IN", "0"),
    ];
    let run = |arguments: &[&str]| {
        let (ok, out, error) = process::run(arguments, &environment);
        assert!(ok, "{arguments:?}: {error}");
        out
    };
    run(&["migrate"]);
    run(&["import", concat!(env!("CARGO_MANIFEST_DIR"), "/demo")]);
    let word = |text: &str, after: &str| -> String {
        text.split_once(after).unwrap().1.split_whitespace().next().unwrap().to_owned()
    };
    let make_client = || {
        let out = run(&[
            "client",
            "create",
            "--label",
            "x",
            "--body",
            "derbyshire-pcc",
            "--organisation",
            "victim-support",
            "--role",
            "partner_writer",
        ]);
        (word(&out, "client_id"), word(&out, "client_secret"))
    };
    let (one, two) = (start_service(&environment), start_service(&environment));
    let both = [&one, &two];
    let token = |service: &process::Program, (id, secret): &(String, String)| {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let (status, _, body) =
            process::ask(&service.address, "POST", "/oauth/token", &headers, &form).unwrap();
        (status == 200).then(|| {
            serde_json::from_str::<Value>(&body).unwrap()["access_token"].as_str().unwrap().to_owned()
        })
    };
    let good = |service: &process::Program, header: (&str, &str)| {
        let (status, _, body) = process::ask(&service.address, "GET", "/v1/me", &[header], "").unwrap();
        assert_eq!(status, 200, "{body}");
    };

    // A client.
    let first = make_client();
    let bearer = format!("Bearer {}", token(&one, &first).unwrap());
    both.iter().for_each(|service| good(service, ("authorization", &bearer)));
    run(&["client", "revoke", &first.0]);
    until_refused("a client", &both, ("authorization", &bearer));
    assert!(token(&two, &first).is_none());

    // A key for open data.
    let out = run(&["api-key", "create", "--label", "x"]);
    let key = word(&out, "X-API-Key:");
    both.iter().for_each(|service| good(service, ("x-api-key", &key)));
    run(&["api-key", "revoke", key.split('_').nth(1).unwrap()]);
    until_refused("a key", &both, ("x-api-key", &key));

    // A membership.
    let second = make_client();
    let bearer = format!("Bearer {}", token(&two, &second).unwrap());
    both.iter().for_each(|service| good(service, ("authorization", &bearer)));
    let db = Db::open(Target::parse(&database), 1).unwrap();
    let now = Clock::system().now();
    let held = db.read(|conn| Client::find(conn, &second.0, now)).unwrap().unwrap().membership.unwrap();
    assert!(db.write(|conn| membership::end(conn, held.id, now)).unwrap());
    until_refused("a membership", &both, ("authorization", &bearer));

    // A secret: nothing of it is remembered.
    let mut third = make_client();
    let old = third.clone();
    third.1 = word(&run(&["client", "rotate", &third.0, "--overlap", "0"]), "client_secret");
    for service in both {
        assert!(token(service, &old).is_none());
        assert!(token(service, &third).is_some());
    }

    // The key that signs: tokens of both keys are good at both services from the first moment on.
    let before = format!("Bearer {}", token(&one, &third).unwrap());
    run(&["keys", "rotate"]);
    let begun = Instant::now();
    let mut taken_over = false;
    while begun.elapsed() < Duration::from_secs(5) && !taken_over {
        let tokens: Vec<String> = both.iter().map(|service| token(service, &third).unwrap()).collect();
        for token in &tokens {
            let bearer = format!("Bearer {token}");
            both.iter().for_each(|service| good(service, ("authorization", &bearer)));
        }
        let kid = |token: &String| jsonwebtoken::decode_header(token).unwrap().kid;
        let old = jsonwebtoken::decode_header(before.strip_prefix("Bearer ").unwrap()).unwrap().kid;
        taken_over = tokens.iter().all(|token| kid(token) != old);
    }
    assert!(taken_over, "a service still signs with the key before");
    println!("a rotation: both sign with the new key after {:?}", begun.elapsed());
    for service in both {
        good(service, ("authorization", &before));
        let (_, _, set) = process::ask(&service.address, "GET", "/.well-known/jwks.json", &[], "").unwrap();
        assert_eq!(serde_json::from_str::<Value>(&set).unwrap()["keys"].as_array().unwrap().len(), 2);
    }
    run(&["keys", "rotate", "--at-once"]);
    until_refused("a key that is out", &both, ("authorization", &before));
    assert_eq!(run(&["keys", "list"]).lines().count(), 3);
}
