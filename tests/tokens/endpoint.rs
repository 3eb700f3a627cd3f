//! The token endpoint: who gets a token, what it says, and every refusal.

use super::*;

#[actix_web::test]
async fn a_token_is_had_by_basic_or_by_form_and_works() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::PartnerWriter]);
    let by_basic = ask(&app, Some(&basic(&id, &secret)), GRANT).await;
    let lower = basic(&id, &secret).replace("Basic", "basic");
    let answers = [
        by_basic,
        ask(&app, Some(&lower), GRANT).await,
        in_form(&app, &id, &secret, "").await,
        // Each name is form-encoded inside Basic (RFC 6749, section 2.3.1).
        ask(&app, Some(&basic(&id.replace('-', "%2D"), &secret)), GRANT).await,
        app.request("POST", "/oauth/token")
            .header("authorization", &basic(&id, &secret))
            .body("application/x-www-form-urlencoded; charset=UTF-8", GRANT)
            .send()
            .await,
    ];
    for answer in answers {
        let answer = answer.expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
        is_not_kept(&answer);
        let body = answer.json();
        let names: BTreeSet<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["access_token", "token_type", "expires_in", "scope"]));
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], json!(LIFETIME));
        assert!((1..=900).contains(&LIFETIME));
        assert_eq!(body["scope"], "partner_writer");
        assert!(!all_of(&answer).contains(&secret));
        let token = body["access_token"].as_str().unwrap();
        let me = app
            .request("GET", "/v1/me")
            .header("authorization", &format!("Bearer {token}"))
            .send()
            .await
            .expect(200)
            .json();
        assert_eq!(me["subject"], json!(id));
        assert_eq!(me["roles"], json!(["partner_writer"]));
        assert_eq!(me["organisation"], "victim-support");
        assert_eq!(me["body"], "derbyshire-pcc");
    }
}

#[actix_web::test]
async fn credentials_in_two_places_are_refused() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let header = basic(&id, &secret);
    let both = format!("{GRANT}&client_id={id}&client_secret={secret}");
    is_error(&ask(&app, Some(&header), &both).await, 400, "invalid_request");
    let second = format!("{GRANT}&client_secret={secret}");
    is_error(&ask(&app, Some(&header), &second).await, 400, "invalid_request");
    // One that is wrong does not let the other one through.
    let wrong = format!("{GRANT}&client_id={id}&client_secret=wrong");
    is_error(&ask(&app, Some(&header), &wrong).await, 400, "invalid_request");
    is_error(&ask(&app, Some("Basic x"), &both).await, 400, "invalid_request");
    is_error(&ask(&app, Some("Bearer x"), &both).await, 400, "invalid_request");
    let twice = app
        .request("POST", "/oauth/token")
        .header("authorization", &header)
        .header("authorization", &header)
        .body(FORM, GRANT)
        .send()
        .await;
    assert_eq!(twice.status, 400, "{}", twice.text());
    is_not_kept(&twice);
}

#[actix_web::test]
async fn a_form_that_names_another_client_than_basic_is_refused() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let (other, _) = app.make_client(&[Role::Editor]);
    let answer = ask(&app, Some(&basic(&id, &secret)), &format!("{GRANT}&client_id={other}")).await;
    is_error(&answer, 400, "invalid_request");
}

#[actix_web::test]
async fn an_unknown_a_revoked_and_a_mistaken_client_get_the_same_answer() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let (revoked, its_secret) = app.make_client(&[Role::Editor]);
    let now = app.state.now();
    app.write(|conn| assert!(client::revoke(conn, &revoked, now).unwrap()));
    let unknown = in_form(&app, "client-0123456789abcdef", &secret, "").await;
    is_error(&unknown, 401, "invalid_client");
    let same = unknown.comparable();
    for (client, secret) in [
        (id.as_str(), "wrong"),
        (&id, &its_secret),
        (&id, &secret[1..]),
        (&id, &secret.to_uppercase()),
        (&id, &format!("{secret}x")),
        (&id, ""),
        (&id, &"x".repeat(257)),
        (&id, &"x".repeat(7_900)),
        (&revoked, &its_secret),
        (&revoked, "wrong"),
        ("", &secret),
        (&id.to_uppercase(), &secret),
        (&"x".repeat(129), &secret),
        ("editor", "none"),
        ("editor", ""),
        ("'%20OR%201=1--", "x"),
    ] {
        assert_eq!(in_form(&app, client, secret, "").await.comparable(), same, "{client}");
        let answer = ask(&app, Some(&basic(client, secret)), GRANT).await;
        assert_eq!(answer.comparable(), same, "{client} by Basic");
    }
    // The stored hash is no secret that opens.
    let hash = stored_hash(&app, &id);
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    assert!(!hash.contains(&secret));
    let hash = hash.replace('$', "%24").replace('+', "%2B").replace('=', "%3D");
    assert_eq!(in_form(&app, &id, &hash, "").await.comparable(), same);
    in_form(&app, &id, &secret, "").await.expect(200);
}

#[actix_web::test]
async fn credentials_that_are_missing_or_cannot_be_read_are_an_invalid_client() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    for form in
        [GRANT.to_owned(), format!("{GRANT}&client_id={id}"), format!("{GRANT}&client_secret={secret}")]
    {
        is_error(&ask(&app, None, &form).await, 401, "invalid_client");
    }
    let no_colon = format!("Basic {}", STANDARD.encode(&id));
    let not_text = format!("Basic {}", STANDARD.encode([0xff, 0xfe, b':', b'x']));
    let with_null = format!("Basic {}", STANDARD.encode(format!("{id}%00:{secret}")));
    for header in [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic a",
        &no_colon,
        &not_text,
        &with_null,
        "Digest x",
        "Bearer x",
        &format!("Bearer {}", app.token("editor")),
        &STANDARD.encode(format!("{id}:{secret}")),
    ] {
        is_error(&ask(&app, Some(header), GRANT).await, 401, "invalid_client");
    }
}

#[actix_web::test]
async fn another_grant_or_a_form_that_is_none_is_refused() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let header = basic(&id, &secret);
    for grant in [
        "password",
        "authorization_code",
        "refresh_token",
        "implicit",
        "CLIENT_CREDENTIALS",
        "client_credentials%20",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        let answer = ask(&app, Some(&header), &format!("grant_type={grant}")).await;
        is_error(&answer, 400, "unsupported_grant_type");
    }
    for form in [
        String::new(),
        "grant_type=".to_owned(),
        "scope=editor".to_owned(),
        format!("{GRANT}&{GRANT}"),
        format!("{GRANT}&scope=editor&scope=editor"),
        format!("{GRANT}&client_id={id}&client_id={id}"),
        format!("{GRANT}&x=%ff"),
        format!("{GRANT}&x=%00"),
        "grant_type".to_owned(),
        "{\"grant_type\":\"client_credentials\"}".to_owned(),
    ] {
        is_error(&ask(&app, Some(&header), &form).await, 400, "invalid_request");
    }
    let raw = app
        .request("POST", "/oauth/token")
        .header("authorization", &header)
        .body(FORM, b"grant_type=\xff".as_slice())
        .send()
        .await;
    is_error(&raw, 400, "invalid_request");
    let form = format!("{GRANT}&client_id={id}&client_secret={secret}");
    let json = json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret});
    for (media_type, body) in [
        ("application/json", json.to_string()),
        ("text/plain", form.clone()),
        ("multipart/form-data", form.clone()),
        ("application/x-www-form-urlencoded; charset=latin-1", form.clone()),
    ] {
        let answer = app.request("POST", "/oauth/token").body(media_type, body).send().await;
        answer.problem(415);
        assert!(answer.text().contains(FORM), "{}", answer.text());
        assert!(!all_of(&answer).contains(&secret));
        is_not_kept(&answer);
    }
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
        let answer = app.request(method, "/oauth/token").send().await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    }
    // Credentials do not stand in an address.
    let path = format!("/oauth/token?{form}");
    let answer = app.request("POST", &path).body(FORM, GRANT).send().await;
    answer.problem(400);
    assert!(answer.text().contains("client_secret"), "{}", answer.text());
    assert!(!all_of(&answer).contains(&secret));
}

#[actix_web::test]
async fn a_scope_names_roles_that_the_client_holds() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor, Role::Auditor]);
    for scope in ["editor", "auditor", "editor+auditor", "auditor%20editor"] {
        let body = in_form(&app, &id, &secret, &format!("&scope={scope}")).await.expect(200).json();
        // What is given is what is said to be given, in the answer, in the token, and to its holder.
        let granted = body["scope"].as_str().unwrap();
        let token = body["access_token"].as_str().unwrap();
        assert_eq!(parts(token).1["scope"], json!(granted));
        let me = app
            .request("GET", "/v1/me")
            .header("authorization", &format!("Bearer {token}"))
            .send()
            .await
            .expect(200)
            .json();
        let roles: Vec<&str> = me["roles"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(roles.join(" "), granted);
        for requested in scope.split(['+', '%']).map(|name| name.trim_start_matches("20")) {
            assert!(roles.contains(&requested), "{scope}: {roles:?}");
        }
    }
    for scope in ["publisher", "admin", "editor+admin", "editor,auditor", "openid", "Editor", "*", "public"] {
        let answer = in_form(&app, &id, &secret, &format!("&scope={scope}")).await;
        is_error(&answer, 400, "invalid_scope");
    }
    // A field without a value counts as left out, and an unknown field is ignored (RFC 6749, section 3.2).
    for more in ["&scope=", "&audience=elsewhere"] {
        let body = in_form(&app, &id, &secret, more).await.expect(200).json();
        assert_eq!(body["scope"], "editor auditor", "{more}");
    }
    // Nobody learns by a scope what a client holds whose secret they do not have.
    let answer = in_form(&app, &id, "wrong", "&scope=admin").await;
    is_error(&answer, 401, "invalid_client");
}

#[actix_web::test]
async fn a_secret_and_its_hash_are_in_no_answer() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let hash = stored_hash(&app, &id);
    let header = basic(&id, &secret);
    let encoded = header.strip_prefix("Basic ").unwrap().to_owned();
    let forms = [
        GRANT.to_owned(),
        format!("grant_type={secret}"),
        format!("{GRANT}&scope={secret}"),
        format!("{GRANT}&client_secret={secret}"),
        format!("{secret}={secret}"),
        secret.clone(),
        format!("{GRANT}&x={secret}%ff"),
    ];
    for form in forms {
        for authorization in [None, Some(header.as_str())] {
            let answer = ask(&app, authorization, &form).await;
            let text = all_of(&answer);
            for hidden in [&secret, &hash, &encoded] {
                assert!(!text.contains(hidden.as_str()), "{form}: {text}");
            }
        }
    }
    for path in ["/v1/me", "/v1/plans", "/v1/nothing"] {
        let answer = app.request("GET", path).header("authorization", &header).send().await;
        let text = all_of(&answer);
        assert!(!text.contains(&secret) && !text.contains(&encoded), "{text}");
    }
}

#[actix_web::test]
async fn the_token_endpoint_remembers_no_idempotency_key() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let mut tokens = BTreeSet::new();
    for _ in 0..2 {
        let answer = app
            .request("POST", "/oauth/token")
            .header("authorization", &basic(&id, &secret))
            .header("idempotency-key", "one-and-the-same")
            .body(FORM, GRANT)
            .send()
            .await
            .expect(200);
        assert!(answer.header("idempotency-replayed").is_none());
        tokens.insert(answer.json()["access_token"].as_str().unwrap().to_owned());
    }
    assert_eq!(tokens.len(), 2);
    let count: Count = app
        .state
        .db
        .read(|conn| Ok(Sql::new("SELECT count(*) AS n FROM idempotency").get_result(conn)?))
        .unwrap();
    assert_eq!(count.n, 0);
}

#[actix_web::test]
async fn a_token_says_what_rfc_9068_asks_for_and_is_verified_by_the_published_key() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor, Role::Auditor]);
    let mut names = BTreeSet::new();
    let set = app.get(None, "/.well-known/jwks.json").await.expect(200);
    let set: JwkSet = serde_json::from_slice(&set.body).unwrap();
    for _ in 0..3 {
        let token = in_form(&app, &id, &secret, "").await.expect(200).json()["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let (header, claims) = parts(&token);
        assert_eq!(header, json!({"typ": "at+jwt", "alg": "EdDSA", "kid": app.state.keys.kid()}));
        let now = at(START).micros() / 1_000_000;
        let jti = claims["jti"].as_str().unwrap().to_owned();
        assert_eq!(Id::parse(&jti).unwrap().0.get_version_num(), 7);
        assert_eq!(
            claims,
            json!({
                "iss": ISSUER, "aud": ISSUER, "sub": id, "client_id": id, "iat": now, "exp": now + LIFETIME,
                "jti": jti, "scope": "editor auditor",
            })
        );
        assert!(names.insert(jti), "an id was given twice");
        let key = set.find(header["kid"].as_str().unwrap()).unwrap();
        let key = DecodingKey::from_jwk(key).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[ISSUER]);
        validation.set_issuer(&[ISSUER]);
        // The test's clock stands at another time than the machine's.
        validation.validate_exp = false;
        let read = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
        assert_eq!(read.claims, claims);
    }
    let set = app.get(None, "/.well-known/jwks.json").await.json();
    for key in set["keys"].as_array().unwrap() {
        let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, BTreeSet::from(["kty", "crv", "use", "alg", "kid", "x"]));
    }
}
