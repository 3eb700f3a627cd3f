//! API keys for open data, and the file of the server's own keys.

use super::*;

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

/// Generators of clients send one credential in every header that the document names.
#[actix_web::test]
async fn a_token_in_both_headers_is_one_credential_and_a_key_beside_it_is_two() {
    let app = TestApp::new().await;
    let (_, key) = make_key(&app);
    let token = app.token("editor");
    let both = |path: &str, second: &str| {
        let bearer = format!("Bearer {token}");
        app.request("GET", path).header("authorization", &bearer).header("x-api-key", second).send()
    };
    let me = both("/v1/me", &token).await.expect(200).json();
    assert_eq!(me["roles"], json!(["editor"]));
    for other in [key.as_str(), "nonsense", ""] {
        both("/v1/me", other).await.problem(401);
    }
    // A token is no key.
    app.request("GET", "/v1/plans").header("x-api-key", &token).send().await.problem(401);
    // A key in both is a key; in the header of tokens alone it is none.
    let with_key_in_both = |second: &str| {
        let bearer = format!("Bearer {key}");
        app.request("GET", "/v1/me").header("authorization", &bearer).header("x-api-key", second).send()
    };
    assert_eq!(with_key_in_both(&key).await.expect(200).json()["roles"], json!(["open_data"]));
    with_key_in_both(&token).await.problem(401);
    with_key_in_both(&format!("{key}x")).await.problem(401);
    app.request("GET", "/v1/me").header("authorization", &format!("Bearer {key}")).send().await.problem(401);
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
    assert!(CACHED_FOR <= Duration::from_secs(5));
    until_async("a revoked key is refused", async || with_key(&app, "/v1/plans", &key).await.status != 200)
        .await;
    with_key(&app, "/v1/plans", &key).await.problem(401);
    with_key(&app, "/v1/plans", &other).await.expect(200);
}

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
    assert!(!keys.reload().unwrap(), "nothing has changed");

    let second = Keys::rotate(&scratch.0, &clock, false).unwrap();
    assert_eq!(keys.kid(), first, "not yet seen");
    // A token of a process that has seen it is good here at once: its key is looked for.
    assert!(keys.verifying(&second, clock.now()).is_some());
    assert_eq!(keys.kid(), second);
    assert!(!keys.reload().unwrap());
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
    assert!(keys.reload().unwrap());
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
            keys.reload().unwrap();
        }
    });
    keys.reload().unwrap();
    assert_eq!(keys.public_keys().len(), 21);
    let left: Vec<_> =
        std::fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the keys and the lock: {left:?}");
    // What a process that died in the middle left behind stands in nobody's way, and is not read.
    std::fs::write(scratch.0.join("keys.new"), "half a fi").unwrap();
    Keys::rotate(&scratch.0, &clock, false).unwrap();
    assert!(keys.reload().unwrap());
    assert_eq!(keys.public_keys().len(), 22);
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
        assert!(keys.reload().is_err(), "{bad}");
        assert!(Keys::rotate(&scratch.0, &clock, false).is_err());
        assert_eq!(keys.kid(), kid);
        assert!(Keys::load(&path).is_err());
    }
    std::fs::remove_file(&path).unwrap();
    assert!(keys.reload().is_err() && keys.kid() == kid);
    std::fs::write(&path, &good).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let error = keys.reload().unwrap_err();
    assert!(error.contains("0600"), "{error}");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(keys.reload().unwrap());
    assert_eq!(keys.kid(), kid);
    // A file of before, without earlier keys, and keys without a file.
    assert_eq!(Keys::from_json(&good).unwrap().kid(), kid);
    let text = Keys::rotated(&good, &clock, false).unwrap();
    let rotated = Keys::from_json(&text).unwrap();
    assert_eq!(rotated.public_keys().len(), 2);
    assert!(!rotated.reload().unwrap());
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
