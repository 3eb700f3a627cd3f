//! Tokens of a provider, their claims, and the settings that read them.

use super::*;

/// An issuer of which only the keys exist, at an address that counts who asks.
struct Made {
    signer: EncodingKey,
    kid: String,
    issuer: String,
    fetches: Arc<AtomicUsize>,
}

impl Made {
    fn start() -> Made {
        let keys = Keys::from_json(&Keys::generate(&Clock::system()).unwrap()).unwrap();
        let document = keys.all_public().to_string();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let fetches = Arc::new(AtomicUsize::new(0));
        let count = fetches.clone();
        // It ends with the process: it waits for callers.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                while !line.ends_with("\r\n\r\n") && reader.read_line(&mut line).unwrap_or(0) > 0 {}
                count.fetch_add(1, Ordering::SeqCst);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
                let length = document.len();
                let _ =
                    stream.write_all(format!("{head}content-length: {length}\r\n\r\n{document}").as_bytes());
            }
        });
        Made { kid: keys.kid(), signer: keys.encoding(), issuer, fetches }
    }

    fn settings(&self) -> OidcProvider {
        configured(&self.issuer, &format!("{}/keys", self.issuer))
    }

    async fn app(&self, settings: OidcProvider) -> TestApp {
        TestApp::with_oidc(Oidc::new(&[settings], "http://127.0.0.1:8080").unwrap()).await
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid})
    }

    fn claims(&self) -> Value {
        let now = at(START).micros() / 1_000_000;
        json!({
            "iss": self.issuer, "aud": AUDIENCE, "sub": "ada", "client_id": "the office's application",
            "iat": now, "exp": now + 3600, "groups": ["onrecord-editors"],
        })
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.signer, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

fn with(value: &Value, more: Value) -> Value {
    let mut value = value.clone();
    for (name, member) in more.as_object().unwrap() {
        match member {
            // Null takes a member away.
            Value::Null => {
                value.as_object_mut().unwrap().shift_remove(name);
            }
            member => value[name] = member.clone(),
        }
    }
    value
}

#[actix_web::test]
async fn a_token_with_anything_wrong_is_refused_and_asks_nobody() {
    let made = Made::start();
    let app = made.app(made.settings()).await;
    let (header, claims) = (made.header(), made.claims());
    let now = at(START).micros() / 1_000_000;

    let wrong_headers = [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES256"}),
        json!({"alg": "RS384"}),
        json!({"alg": null}),
        json!({"alg": ["EdDSA"]}),
        json!({"typ": "JWT"}),
        json!({"typ": null}),
        json!({"typ": 1}),
        json!({"kid": null}),
        json!({"kid": ""}),
        json!({"kid": 7}),
        json!({"kid": "x".repeat(300)}),
        json!({"kid": "a\u{0}b"}),
        json!({"jku": format!("{}/keys", made.issuer)}),
        json!({"jwk": {"kty": "OKP"}}),
        json!({"x5u": "https://example.org"}),
        json!({"x5c": []}),
        json!({"crit": ["exp"]}),
    ];
    for wrong in wrong_headers {
        let token = made.token(&with(&header, wrong.clone()), &claims);
        let answer = call_with(&app, &token, "GET", "/v1/plans").await;
        assert_eq!(answer.status, 401, "{wrong}");
        is_refused(&answer);
    }
    let wrong_claims = [
        json!({"iss": format!("{}/", made.issuer)}),
        json!({"iss": "http://127.0.0.1:1"}),
        json!({"iss": null}),
        json!({"iss": [made.issuer]}),
        json!({"aud": null}),
        json!({"aud": "https://other.example.org"}),
        json!({"aud": []}),
        json!({"aud": [AUDIENCE, 1]}),
        json!({"aud": {"is": AUDIENCE}}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": 1}),
        json!({"sub": "a\u{0}b"}),
        json!({"sub": "x".repeat(256)}),
        json!({"exp": null}),
        json!({"exp": (now + 3600).to_string()}),
        json!({"exp": 1.5}),
        json!({"exp": now - 5}),
        json!({"exp": now + 86_401}),
        json!({"exp": i64::MAX}),
        json!({"exp": 1e30}),
        json!({"iat": null}),
        json!({"iat": now.to_string()}),
        json!({"iat": now + 6}),
        json!({"iat": i64::MIN}),
        json!({"nbf": now + 6}),
        json!({"nbf": "now"}),
        // What is no access token for a person.
        json!({"typ": "ID"}),
        json!({"typ": "Refresh"}),
        json!({"at_hash": "x"}),
        json!({"events": {}}),
        json!({"cnf": {"jkt": "x"}}),
        json!({"client_id": "ada"}),
        json!({"azp": "ada"}),
        json!({"tid": "0-0", "oid": "ada"}),
        json!({"idtyp": "app"}),
        json!({"preferred_username": "service-account-x"}),
    ];
    for wrong in wrong_claims {
        let token = made.token(&header, &with(&claims, wrong.clone()));
        let answer = call_with(&app, &token, "GET", "/v1/plans").await;
        assert_eq!(answer.status, 401, "{wrong}");
        is_refused(&answer);
    }
    let good = made.token(&header, &claims);
    for text in [
        format!("{good}.x"),
        good.rsplit_once('.').unwrap().0.to_owned(),
        made.token(&header, &with(&claims, json!({"more": "x".repeat(8_192)}))),
        made.token(&header, &json!([])),
        made.token(&json!("x"), &claims),
    ] {
        is_refused(&call_with(&app, &text, "GET", "/v1/plans").await);
    }
    assert_eq!(made.fetches(), 0, "none of these was worth a question");

    for fine in [
        json!({}),
        json!({"aud": ["https://other.example.org", AUDIENCE]}),
        json!({"exp": now - 4, "iat": now - 60}),
        json!({"iat": now + 5}),
        json!({"nbf": now + 5}),
        json!({"exp": now + 86_400}),
        json!({"typ": "Bearer"}),
        json!({"tid": "0-0", "oid": "0-1", "idtyp": "user", "azp": "0-2"}),
    ] {
        let profile = me(&app, &made.token(&header, &with(&claims, fine))).await;
        assert_eq!(profile["roles"], json!(["editor"]));
    }
    let spelled = with(&header, json!({"typ": "application/AT+JWT", "x5t": "x"}));
    me(&app, &made.token(&spelled, &claims)).await;

    // Altered, signed by another, or said to be of another key.
    let (head, tail) = good.rsplit_once('.').unwrap();
    let other = made.token(&header, &with(&claims, json!({"sub": "ben"})));
    let other = other.rsplit_once('.').unwrap().1;
    for text in [format!("{head}.{other}"), format!("{head}."), format!("{head}.{}", &tail[..tail.len() - 2])]
    {
        is_refused(&call_with(&app, &text, "GET", "/v1/plans").await);
    }
    let stranger = Made { issuer: made.issuer.clone(), kid: made.kid.clone(), ..Made::start() };
    is_refused(&call_with(&app, &stranger.token(&header, &claims), "GET", "/v1/plans").await);
    is_refused(
        &call_with(&app, &made.token(&with(&header, json!({"kid": "other"})), &claims), "GET", "/v1/plans")
            .await,
    );
    // Ours, said to be theirs; theirs, said to be ours.
    let ours = with(
        &claims,
        json!({"iss": "http://127.0.0.1:8080", "aud": "http://127.0.0.1:8080", "sub": "editor", "client_id": "editor"}),
    );
    is_refused(&call_with(&app, &made.token(&header, &ours), "GET", "/v1/plans").await);
    assert_eq!(made.fetches(), 1);
    // And ours are still ours.
    app.get(Some("editor"), "/v1/me").await.expect(200);
}

#[actix_web::test]
async fn claims_say_who_somebody_is_as_the_settings_have_it() {
    let made = Made::start();
    let mut settings = made.settings();
    settings.token_types = Some(vec!["JWT".to_owned()]);
    settings.subject_claim = Some("oid".to_owned());
    settings.label_claim = Some("profile.called".to_owned());
    let mut by_string = grant("yes", "victim-support", &["partner_writer"]);
    by_string.claim = "/https:~1~1example.org~1claims/onrecord".to_owned();
    let mut nested = grant("reader", "victim-support", &["partner_reader"]);
    nested.claim = "realm_access.roles".to_owned();
    settings.grants.extend([by_string, nested]);
    let app = made.app(settings).await;
    let header = with(&made.header(), json!({"typ": "JWT"}));
    let claims = |more: Value| with(&with(&made.claims(), json!({"groups": null, "oid": "0-1"})), more);
    let held = |more: Value| made.token(&header, &claims(more));

    let profile = me(
        &app,
        &held(json!({"https://example.org/claims": {"onrecord": "yes"}, "profile": {"called": "Zoë"}})),
    )
    .await;
    assert_eq!(
        (&profile["roles"], &profile["organisation"]),
        (&json!(["partner_writer"]), &json!("victim-support"))
    );
    let both = json!({"https://example.org/claims": {"onrecord": "yes"}, "realm_access": {"roles": ["x", "reader"]}});
    assert_eq!(me(&app, &held(both)).await["roles"], json!(["partner_reader", "partner_writer"]));
    for nothing in [
        json!({"https://example.org/claims": "yes"}),
        json!({"https://example.org/claims": {"onrecord": true}}),
        json!({"https://example.org/claims": {"onrecord": "Yes"}}),
        json!({"https://example.org/claims": {"onrecord": [["yes"]]}}),
        json!({"realm_access.roles": ["reader"]}),
        json!({"groups": "onrecord-editors-too"}),
    ] {
        assert_eq!(me(&app, &held(nothing.clone())).await["roles"], json!(["public"]), "{nothing}");
    }
    // By `oid`, not by `sub`: another is another, and one without has no name.
    let first = me(&app, &held(json!({}))).await;
    assert_eq!(me(&app, &held(json!({"sub": "other"}))).await["subject"], first["subject"]);
    assert_ne!(me(&app, &held(json!({"oid": "0-2"}))).await["subject"], first["subject"]);
    is_refused(&call_with(&app, &held(json!({"oid": null})), "GET", "/v1/me").await);
    let labelled = |label: &'static str| -> i64 {
        let count = |conn: &mut onrecord::store::Conn| {
            let row: Count =
                Sql::new("SELECT count(*) AS n FROM person WHERE label = ").bind(label).get_result(conn)?;
            Ok(row.n)
        };
        app.state.db.read(count).unwrap()
    };
    assert_eq!(labelled("Zoë"), 1);
    assert_eq!(
        me(&app, &held(json!({"oid": "0-3", "profile": {"called": "a\u{0}b"}}))).await["roles"],
        json!(["public"])
    );
    assert_eq!(labelled("a"), 0);
}

#[actix_web::test]
async fn a_wrong_setting_stops_the_start_with_a_sentence() {
    let right = || configured("https://id.example.org/realms/office", "https://id.example.org/keys");
    let refused = |change: &dyn Fn(&mut OidcProvider), words: &str| {
        let mut one = right();
        change(&mut one);
        let sentence = Oidc::new(&[one], "https://api.example.org").err().unwrap_or_default();
        assert!(sentence.contains(words), "{words}: {sentence}");
    };
    assert!(Oidc::new(&[right()], "https://api.example.org").is_ok());
    refused(&|one| one.grants[0].roles = vec!["editr".to_owned()], "did you mean `editor`");
    refused(
        &|one| one.grants[0].roles = vec!["public".to_owned()],
        "`public` is not a known role of a person",
    );
    refused(&|one| one.grants[0].roles = vec!["open_data".to_owned()], "`open_data`");
    refused(&|one| one.grants[0].roles.clear(), "gives no role");
    refused(&|one| one.grants[0].value.clear(), "empty value");
    refused(&|one| one.grants[0].claim = "a..b".to_owned(), "JSON Pointer");
    for algorithm in ["HS256", "none", "RS1", "eddsa"] {
        refused(&|one| one.algorithms = Some(vec![algorithm.to_owned()]), "not a known algorithm");
    }
    refused(&|one| one.algorithms = Some(vec![]), "algorithms is empty");
    refused(&|one| one.token_types = Some(vec!["id".to_owned()]), "not a known token type");
    for address in [
        "http://id.example.org",
        "http://127.0.0.1.example.org",
        "ftp://id.example.org",
        "id.example.org",
        "https://",
        "https://me@id.example.org",
        "https://id.example.org/?a=b",
        "https://id.example.org/#a",
        "file:///etc/passwd",
    ] {
        refused(&|one| one.issuer = address.to_owned(), "issuer is `");
        refused(&|one| one.jwks_uri = address.to_owned(), "jwks_uri is `");
    }
    refused(&|one| one.audience.clear(), "audience");
    refused(&|one| one.name.clear(), "name");
    refused(&|one| one.subject_claim = Some(String::new()), "subject_claim");
    refused(&|one| one.issuer = "https://api.example.org".to_owned(), "our own");
    let twice = Oidc::new(&[right(), right()], "https://api.example.org").err().unwrap();
    assert!(twice.contains("have one issuer"), "{twice}");

    let app = TestApp::new().await;
    let on_record = |change: &dyn Fn(&mut OidcGrant)| {
        let mut one = right();
        change(&mut one.grants[0]);
        Oidc::new(&[one], "https://api.example.org").unwrap().check_references(&app.state.db)
    };
    on_record(&|_| {}).unwrap();
    let body = on_record(&|grant| grant.body = "derby-pcc".to_owned()).unwrap_err();
    assert!(body.contains("the body `derby-pcc`, which is not on record"), "{body}");
    let organisation = on_record(&|grant| grant.organisation = "opcc".to_owned()).unwrap_err();
    assert!(organisation.contains("the organisation `opcc`"), "{organisation}");
}

#[test]
fn the_example_of_the_documentation_is_taken() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openid.example.toml");
    let file = onrecord::config::Settings::read(&path).unwrap();
    assert_eq!(file.oidc.len(), 2);
    Oidc::new(&file.oidc, "https://api.example.org").unwrap();
    let wrong = std::env::temp_dir().join(format!("onrecord-{}.toml", Clock::system().new_id()));
    std::fs::write(&wrong, std::fs::read_to_string(&path).unwrap().replace("jwks_uri", "jwks_url")).unwrap();
    let sentence = onrecord::config::Settings::read(&wrong).unwrap_err();
    std::fs::remove_file(&wrong).unwrap();
    assert!(sentence.contains("unknown field `jwks_url`"), "{sentence}");
}
