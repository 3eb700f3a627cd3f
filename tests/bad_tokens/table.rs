//! The table: what is wrong with each of the tokens, and how it is sent.

use std::fmt::Display;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{hmac, signature};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use diesel::RunQueryDsl;
use onrecord::access::token::LIFETIME;
use onrecord::access::{Role, api_key, client, membership, person};
use onrecord::clock::{Id, Ts};
use onrecord::store::{Sql, Val};
use serde_json::{Value, json};

use super::mint::{Issuer, Key, Sign, compact, doubled, set, without, written};
use super::{AUDIENCE, OURS, World};
use crate::support::{LONG_AGO, at};

/// A request's credentials, and what is wrong with them.
pub struct Bad {
    pub what: String,
    pub headers: Vec<(&'static str, Vec<u8>)>,
}

/// All of them.
#[derive(Default)]
pub struct Table(pub Vec<Bad>);

impl Table {
    fn headers(&mut self, what: impl Display, headers: Vec<(&'static str, Vec<u8>)>) {
        self.0.push(Bad { what: what.to_string(), headers });
    }

    /// A token, sent as tokens are.
    pub fn token(&mut self, what: impl Display, token: impl AsRef<str>) {
        self.authorization(what, format!("Bearer {}", token.as_ref()));
    }

    /// An `Authorization` header.
    fn authorization(&mut self, what: impl Display, value: impl AsRef<[u8]>) {
        self.headers(what, vec![("authorization", value.as_ref().to_vec())]);
    }

    /// An `X-API-Key` header.
    fn key(&mut self, what: impl Display, value: impl AsRef<[u8]>) {
        self.headers(format!("API key: {what}"), vec![("x-api-key", value.as_ref().to_vec())]);
    }
}

/// Headers that are not quite right, under a right signature.
fn headers(all: &mut Table, issuer: &Issuer, world: &World) {
    let elsewhere = &world.elsewhere.address;
    let kid = &issuer.key.kid;
    let mut members: Vec<(&str, Value)> = vec![];
    for name in ["alg", "typ", "kid"] {
        let right = &issuer.header[name];
        members.extend([
            (name, json!(null)),
            (name, json!(7)),
            (name, json!(true)),
            (name, json!("")),
            (name, json!([right])),
            (name, json!({"is": right})),
            (name, json!(format!("{} ", right.as_str().unwrap()))),
            (name, json!(format!("{}\u{0}", right.as_str().unwrap()))),
        ]);
        all.token(
            format!("{}: no {name}", issuer.name),
            issuer.token(&without(&issuer.header, name), &issuer.claims),
        );
        for first in [json!("none"), right.clone()] {
            let header = doubled(&issuer.header, name, &first);
            all.token(
                format!("{}: {name} twice, {first} first", issuer.name),
                issuer.raw(&header, &issuer.claims.to_string()),
            );
        }
        let escaped = format!("\\u{:04x}{}", name.as_bytes()[0], &name[1..]);
        let header = doubled(&issuer.header, &escaped, &json!("none"));
        all.token(
            format!("{}: {name} twice, once in disguise", issuer.name),
            issuer.raw(&header, &issuer.claims.to_string()),
        );
    }
    members.extend(
        [
            "none",
            "None",
            "NONE",
            "nOnE",
            "HS256",
            "HS384",
            "HS512",
            "RS256",
            "RS384",
            "RS512",
            "PS256",
            "ES256",
            "ES384",
            "ES256K",
            "eddsa",
            "EDDSA",
            "Eddsa",
            "Ed25519",
            "Ed448",
            "dir",
            "RSA-OAEP",
            "PBES2-HS256+A128KW",
        ]
        .map(|name| ("alg", json!(name))),
    );
    members.extend(
        [
            "JWT",
            "jwt",
            "JWS",
            "JOSE",
            "id+jwt",
            "logout+jwt",
            "secevent+jwt",
            "dpop+jwt",
            "token-introspection+jwt",
            "text/at+jwt",
            "at",
            "at+jwt;x=y",
        ]
        .map(|name| ("typ", json!(name))),
    );
    members.extend(
        [
            "../../../../../../etc/passwd",
            "..%2f..%2fkeys.json",
            "../keys.json",
            "/dev/null",
            "file:///dev/null",
            "keys.json",
            "' OR '1'='1",
            "'; DROP TABLE client; --",
            "x' UNION SELECT 'secret",
            "| id",
            "stranger",
            "secret",
            "\u{0}",
            "*",
            "0",
            elsewhere,
            &format!("{elsewhere}/keys"),
            &kid.to_lowercase(),
            &kid[1..],
            &format!("{kid}\n"),
            &format!("{kid}/../{kid}"),
            &"k".repeat(255),
            &"k".repeat(256),
            &"../".repeat(1_000),
            &world.rotated[0].kid,
            &world.for_encryption.kid,
            &world.stranger.kid,
        ]
        .map(|name| ("kid", json!(name))),
    );
    members.extend([
        ("jku", json!(format!("{elsewhere}/keys"))),
        ("jku", json!(format!("{OURS}/.well-known/jwks.json"))),
        ("jku", json!(format!("{}/keys", world.jwks.address))),
        ("jku", json!("file:///dev/null")),
        ("jku", json!(null)),
        ("jwk", issuer.key.jwk.clone()),
        ("jwk", json!(null)),
        ("x5u", json!(format!("{elsewhere}/certificate.pem"))),
        ("x5u", json!(null)),
        ("x5c", json!([STANDARD.encode(world.rsa.spki())])),
        ("x5c", json!([])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
    ]);
    for (name, value) in members {
        if issuer.header[name] != value {
            let shown: String = value.to_string().chars().take(60).collect();
            all.token(
                format!("{}: {name} is {shown} ({} bytes)", issuer.name, value.to_string().len()),
                issuer.header(name, value),
            );
        }
    }
    let detached = set(&set(&issuer.header, "b64", json!(false)), "crit", json!(["b64"]));
    all.token(
        format!("{}: b64 is false, and said to be critical", issuer.name),
        issuer.token(&detached, &issuer.claims),
    );
}

/// Claims that are not quite right, under a right signature.
fn claims(all: &mut Table, issuer: &Issuer, other: &Issuer, world: &World) {
    let elsewhere = &world.elsewhere.address;
    let now = issuer.now;
    let mut members: Vec<(&str, Value)> = vec![];
    for name in ["iss", "aud", "sub"] {
        let right = &issuer.claims[name];
        let text = right.as_str().unwrap();
        members.extend([
            (name, json!(null)),
            (name, json!(7)),
            (name, json!(true)),
            (name, json!("")),
            (name, json!([])),
            (name, json!([7])),
            (name, json!({"is": right})),
            (name, json!([[right]])),
            (name, json!([right, 7])),
            (name, json!(format!("{text}\u{0}"))),
        ]);
    }
    for name in ["iss", "aud"] {
        let right = issuer.claims[name].as_str().unwrap();
        members.extend([
            (name, json!(format!("{right}/"))),
            (name, json!(format!("{right} "))),
            (name, json!(format!(" {right}"))),
            (name, json!(format!("{right}@{elsewhere}"))),
            (name, json!(format!("{right} {elsewhere}"))),
            (name, json!(right.to_uppercase())),
            (name, json!(right[..right.len() - 1])),
            (name, json!(right.replacen("//", "//me@", 1))),
            (name, json!(elsewhere)),
            (name, other.claims[name].clone()),
            (name, json!("*")),
        ]);
    }
    members.extend([
        ("iss", json!([issuer.claims["iss"]])),
        ("aud", json!([elsewhere])),
        ("aud", json!([elsewhere, ""])),
        ("aud", json!([other.claims["aud"]])),
        ("exp", json!(now - 5)),
        ("exp", json!(now - 3_600)),
        ("exp", json!(now + 86_401)),
        ("iat", json!(now + 6)),
        ("iat", json!(now + 3_600)),
        ("iat", json!(now - 86_401)),
        ("nbf", json!(now + 6)),
        ("nbf", json!(now + 3_600)),
    ]);
    for (name, value) in members {
        all.token(format!("{}: {name} is {value}", issuer.name), issuer.claim(name, value));
    }
    for name in ["iss", "aud", "sub", "exp", "iat"] {
        all.token(
            format!("{}: no {name}", issuer.name),
            issuer.token(&issuer.header, &without(&issuer.claims, name)),
        );
        for first in [json!(elsewhere), issuer.claims[name].clone()] {
            let claims = doubled(&issuer.claims, name, &first);
            all.token(
                format!("{}: {name} twice, {first} first", issuer.name),
                issuer.raw(&issuer.header.to_string(), &claims),
            );
        }
    }
    for name in ["exp", "iat", "nbf"] {
        let right = if name == "exp" { now + 300 } else { now };
        let mut written_so: Vec<String> = [
            "null",
            "true",
            "\"\"",
            "\"now\"",
            "\"2030-01-01T00:00:00Z\"",
            "[]",
            "{}",
            "1.5",
            "1e9",
            "1e300",
            "-1e300",
            "1e999",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "99999999999999999999999999999999",
            "0x7fffffff",
            "NaN",
            "Infinity",
            "",
        ]
        .map(str::to_owned)
        .to_vec();
        written_so.extend([
            format!("\"{right}\""),
            format!("[{right}]"),
            format!("{{\"is\":{right}}}"),
            format!("{right}.0"),
            format!("{right}.5"),
            format!("{right}e0"),
            format!("0{right}"),
            format!("+{right}"),
            format!("{right}000"),
        ]);
        if name != "nbf" {
            written_so.extend(["0", "-1", "-9223372036854775808"].map(str::to_owned));
        }
        for text in written_so {
            let claims = written(&issuer.claims, name, &text);
            all.token(
                format!("{}: {name} is `{text}`", issuer.name),
                issuer.raw(&issuer.header.to_string(), &claims),
            );
        }
    }
}

/// What is no header, or no set of claims, at all.
fn texts(all: &mut Table, issuer: &Issuer) {
    let (header, claims) = (issuer.header.to_string(), issuer.claims.to_string());
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let neither = ["", " ", "null", "true", "7", "[]", "{}", "{", "\"text\"", "not JSON", "\u{0}", &deep];
    for (name, text) in [("header", &header), ("claims", &claims)] {
        let bytes = text.as_bytes();
        let mut wrong: Vec<(String, Vec<u8>)> =
            neither.map(|text| (text.chars().take(20).collect(), text.as_bytes().to_vec())).to_vec();
        wrong.extend([
            ("in a list".to_owned(), [b"[", bytes, b"]"].concat()),
            ("and more behind it".to_owned(), [bytes, b"{}"].concat()),
            ("and a comma behind it".to_owned(), [bytes, b","].concat()),
            ("with a comma too many".to_owned(), text.replace('}', ",}").into_bytes()),
            ("with a comment".to_owned(), [b"/**/", bytes].concat()),
            ("behind a byte order mark".to_owned(), [b"\xef\xbb\xbf", bytes].concat()),
            ("in UTF-16".to_owned(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("with bytes that are no text".to_owned(), [&bytes[..bytes.len() - 2], b"\xff\"}"].concat()),
            ("cut".to_owned(), bytes[..bytes.len() - 1].to_vec()),
            ("encoded twice".to_owned(), B64.encode(bytes).into_bytes()),
            ("in quotes".to_owned(), json!(text).to_string().into_bytes()),
        ]);
        for (what, bytes) in &wrong {
            let token = match name {
                "header" => compact(bytes, &claims, &issuer.key.sign),
                _ => compact(&header, bytes, &issuer.key.sign),
            };
            all.token(format!("{}: the {name}: `{what}`", issuer.name), token);
        }
    }
}

/// A right token, cut, lengthened, spelled or signed otherwise.
fn spellings(all: &mut Table, issuer: &Issuer, world: &World) {
    let good = issuer.good();
    let pieces: Vec<&str> = good.split('.').collect();
    let [h, p, s] = pieces[..] else { panic!("{good}") };
    let bytes = B64.decode(s).unwrap();
    let name = issuer.name;
    for (what, token) in [
        ("no signature", format!("{h}.{p}.")),
        ("two segments", format!("{h}.{p}")),
        ("one segment", h.to_owned()),
        ("no header", format!(".{p}.{s}")),
        ("no claims", format!("{h}..{s}")),
        ("four segments", format!("{good}.{s}")),
        ("four segments, the last empty", format!("{good}.")),
        ("four segments, the first empty", format!(".{good}")),
        ("five segments", format!("{good}.{p}.{s}")),
        ("a point too many in the middle", format!("{h}.{p}..{s}")),
        ("the segments changed over", format!("{p}.{h}.{s}")),
        ("the token twice", format!("{good}{good}")),
        ("the token twice, a point between", format!("{good}.{good}")),
        ("the token twice, a blank between", format!("{good} {good}")),
        ("the token twice, a comma between", format!("{good},{good}")),
        ("padded", format!("{h}=.{p}=.{s}==")),
        ("a padded signature", format!("{good}==")),
        ("one letter too many", format!("{good}A")),
        ("one letter too few", good[..good.len() - 1].to_owned()),
        ("half", good[..good.len() / 2].to_owned()),
        ("without its first letter", good[1..].to_owned()),
        ("a line's end behind it, encoded", format!("{good}%0A")),
        ("a line's end behind it, escaped", format!("{good}\\n")),
        ("percent-encoded points", good.replace('.', "%2E")),
        ("a tab in it", format!("{h}.{p}\t.{s}")),
        ("a blank in it", format!("{h}. {p}.{s}")),
        ("an asterisk in it", format!("{h}.{p}.*{}", &s[1..])),
        ("a letter of no alphabet", format!("{h}.{p}.{}~", &s[..s.len() - 1])),
        ("in quotes", format!("\"{good}\"")),
        ("in angle brackets", format!("<{good}>")),
        ("Bearer twice", format!("Bearer {good}")),
        ("a signature of one byte", format!("{h}.{p}.AA")),
        ("a signature of zeros", format!("{h}.{p}.{}", B64.encode([0_u8; 64]))),
        ("a signature of ones", format!("{h}.{p}.{}", B64.encode([0xff_u8; 64]))),
        ("half a signature", format!("{h}.{p}.{}", B64.encode(&bytes[..32]))),
        (
            "the signature's halves changed over",
            format!("{h}.{p}.{}", B64.encode([&bytes[32..], &bytes[..32]].concat())),
        ),
        ("the signature twice", format!("{h}.{p}.{}", B64.encode([&bytes[..], &bytes[..]].concat()))),
        (
            "the signature in hexadecimal",
            format!("{h}.{p}.{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        ),
        ("the signature encoded twice", format!("{h}.{p}.{}", B64.encode(s))),
        ("the signature with the order added", format!("{h}.{p}.{}", B64.encode(plus_order(&bytes)))),
        ("the signature's last bits set", format!("{h}.{p}.{}", last_bits_set(s))),
        ("as JSON", json!({"protected": h, "payload": p, "signature": s}).to_string()),
        (
            "as general JSON",
            json!({"payload": p, "signatures": [{"protected": h, "signature": s}]}).to_string(),
        ),
        (
            "encrypted, so it says",
            format!("{}..{}.{p}.{s}", B64.encode(r#"{"alg":"dir","enc":"A256GCM"}"#), B64.encode([0; 12])),
        ),
        ("another's claims under this signature", {
            let admin = set(&issuer.claims, "sub", json!("admin"));
            format!("{h}.{}.{s}", B64.encode(admin.to_string()))
        }),
    ] {
        all.token(format!("{name}: {what}"), token);
    }
    for alg in ["none", "None", "HS256", "RS256", "ES256", "Ed25519"] {
        let changed = B64.encode(set(&issuer.header, "alg", json!(alg)).to_string());
        all.token(format!("{name}: alg made {alg} after it was signed"), format!("{changed}.{p}.{s}"));
        all.token(format!("{name}: alg made {alg}, the signature gone"), format!("{changed}.{p}."));
    }
    // Until there is something in it that the two alphabets spell otherwise.
    let spelled =
        (0..).map(|n| issuer.claim("nonce", json!(n))).find(|token| token.contains(['-', '_'])).unwrap();
    all.token(format!("{name}: in the other alphabet"), spelled.replace('-', "+").replace('_', "/"));
    let long = issuer.claim("more", json!("x".repeat(8_192)));
    all.token(format!("{name}: longer than eight kibibytes"), long);

    // The public key is public: it never serves as a secret.
    let x = issuer.key.jwk["x"].as_str().unwrap();
    let raw = B64.decode(x).unwrap();
    let spki = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], &raw[..]].concat();
    let known: [(&str, Vec<u8>); 7] = [
        ("an empty text", vec![]),
        ("the public key", raw),
        ("the public key's text", x.as_bytes().to_vec()),
        ("the public key's certificate form", spki.clone()),
        ("the public key in PEM", pem(&spki).into_bytes()),
        ("the public key's JWK", issuer.key.jwk.to_string().into_bytes()),
        ("the key's name", issuer.key.kid.as_bytes().to_vec()),
    ];
    for (what, secret) in &known {
        for (alg, algorithm) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            let header = set(&issuer.header, "alg", json!(alg)).to_string();
            let token = compact(header, issuer.claims.to_string(), &Key::shared(algorithm, secret));
            all.token(format!("{name}: {alg} by {what}"), token);
        }
        let token = issuer.signed_by(&Key::shared(hmac::HMAC_SHA512, secret));
        all.token(format!("{name}: EdDSA, signed with HMAC by {what}"), token);
    }

    // Somebody else's key, whatever is said of where to find it.
    let stranger = &world.stranger;
    let elsewhere = &world.elsewhere.address;
    all.token(format!("{name}: a stranger's signature"), issuer.signed_by(&stranger.sign));
    for (member, value) in [
        ("kid", json!("stranger")),
        ("kid", json!(stranger.kid)),
        ("kid", json!(elsewhere)),
        ("kid", json!(format!("{elsewhere}/keys#stranger"))),
        ("jku", json!(format!("{elsewhere}/keys"))),
        ("x5u", json!(format!("{elsewhere}/certificate.pem"))),
        ("jwk", stranger.jwk.clone()),
        ("x5c", json!([STANDARD.encode(world.rsa.spki())])),
        ("iss", json!(elsewhere)),
    ] {
        let header = set(&issuer.header, member, value.clone());
        let token = compact(header.to_string(), issuer.claims.to_string(), &stranger.sign);
        all.token(format!("{name}: a stranger's signature, and {member} {value}"), token);
        let header = set(&header, "kid", json!("stranger"));
        let token = compact(header.to_string(), issuer.claims.to_string(), &stranger.sign);
        if member != "kid" {
            all.token(format!("{name}: a stranger's signature and name, and {member} {value}"), token);
        }
    }
    let claims = set(&issuer.claims, "iss", json!(elsewhere)).to_string();
    for kid in ["stranger", elsewhere, &issuer.key.kid] {
        let header = set(&issuer.header, "kid", json!(kid)).to_string();
        let token = compact(header, &claims, &stranger.sign);
        all.token(format!("{name}: an issuer whom nobody knows, by the key {kid}"), token);
    }
}

/// A right token in an `Authorization` header that is not.
fn schemes(all: &mut Table, issuer: &Issuer) {
    let good = issuer.good();
    let name = issuer.name;
    for scheme in [
        "Basic",
        "Token",
        "JWT",
        "DPoP",
        "MAC",
        "Digest",
        "Negotiate",
        "OAuth",
        "Bearer:",
        "Bearer=",
        "Bearers",
        "Be arer",
    ] {
        all.authorization(format!("{name}: {scheme} and the token"), format!("{scheme} {good}"));
    }
    for (what, value) in [
        ("no scheme", good.clone()),
        ("no blank", format!("Bearer{good}")),
        ("a tab for the blank", format!("Bearer\t{good}")),
        ("a colon for the blank", format!("Bearer:{good}")),
        ("a blank before it", format!(" Bearer {good}")),
        ("the token first", format!("{good} Bearer")),
        ("two in one header", format!("Bearer {good}, Bearer {good}")),
        ("Basic and Bearer in one header", format!("Basic eDp5, Bearer {good}")),
        ("a comma behind it", format!("Bearer {good},")),
        ("a semicolon behind it", format!("Bearer {good};")),
        ("as a parameter", format!("Bearer token=\"{good}\"")),
        ("as OAuth 1 had it", format!("OAuth oauth_token=\"{good}\"")),
        ("as a password of Basic", format!("Basic {}", STANDARD.encode(format!("x:{good}")))),
        ("as a name of Basic", format!("Basic {}", STANDARD.encode(format!("{good}:")))),
    ] {
        all.authorization(format!("{name}: {what}"), value);
    }
    let bearer = format!("Bearer {good}").into_bytes();
    all.authorization(format!("{name}: a byte that is no ASCII behind it"), [&bearer[..], b"\xe9"].concat());
    all.authorization(
        format!("{name}: a no-break space for the blank"),
        [b"Bearer\xc2\xa0", good.as_bytes()].concat(),
    );
    all.authorization(format!("{name}: a no-break space behind it"), [&bearer[..], b"\xc2\xa0"].concat());
    for (what, second) in [
        ("the same once more", bearer.clone()),
        ("nothing", vec![]),
        ("Basic", b"Basic eDp5".to_vec()),
        ("a bad one", b"Bearer x".to_vec()),
    ] {
        let (first, second) = (("authorization", bearer.clone()), ("authorization", second));
        all.headers(format!("{name}: two headers, the second {what}"), vec![first.clone(), second.clone()]);
        if first != second {
            all.headers(format!("{name}: two headers, the first {what}"), vec![second, first]);
        }
    }
}

/// What each issuer's keys must not do for the other, nor for another deployment.
fn misdirected(all: &mut Table, world: &World) {
    let (ours, theirs) = (&world.ours, &world.theirs);
    for (what, from, to) in
        [("our key for the provider", ours, theirs), ("the provider's key for us", theirs, ours)]
    {
        all.token(what, to.signed_by(&from.key.sign));
        let named = set(&to.header, "kid", json!(from.key.kid)).to_string();
        all.token(format!("{what}, by its own name"), compact(named, to.claims.to_string(), &from.key.sign));
        // The other's claims, but the issuer who signs; and the other way round.
        let claims = set(&to.claims, "iss", from.claims["iss"].clone());
        all.token(
            format!("{what}, the issuer corrected"),
            from.token(&from.header, &set(&claims, "aud", to.claims["aud"].clone())),
        );
        let claims = set(&from.claims, "iss", to.claims["iss"].clone());
        all.token(format!("{what}, and the other's key's name"), from.token(&to.header, &claims));
        all.token(
            format!("{}: right but for the other's key's name", from.name),
            from.token(&to.header, &from.claims),
        );
    }
    // Another deployment: with the same key by mistake, and with one of its own (the stranger's, which signs tokens
    // with our claims elsewhere in this table).
    let other = "https://onrecord.elsewhere.example";
    let there = set(&set(&ours.claims, "iss", json!(other)), "aud", json!(other));
    all.token("another deployment that has our key", ours.token(&ours.header, &there));
    all.token("another deployment's, said to be for us", ours.claim("iss", json!(other)));
    all.token("ours, for another deployment", ours.claim("aud", json!(other)));
    for (what, kid) in [("its own", &world.stranger.kid), ("our", &ours.key.kid)] {
        let header = set(&ours.header, "kid", json!(kid)).to_string();
        all.token(
            format!("another deployment's key and claims, {what} key's name"),
            compact(header, there.to_string(), &world.stranger.sign),
        );
    }
    // What else we sign is no token.
    let head = world.app.state.keys.sign("onrecord-head+jws", &ours.claims).unwrap();
    all.token("a signed head of the audit trail with the claims of a token", head);
    all.token("a cursor", world.app.state.keys.seal(b"cursor", b"x").unwrap());
    for (what, key) in
        ["a key whose last token has ended", "a key whose secret was out"].iter().zip(&world.rotated)
    {
        let header = set(&ours.header, "kid", json!(key.kid)).to_string();
        all.token(what, compact(header, ours.claims.to_string(), &key.sign));
        all.token(format!("{what}, by the name of the one that signs"), ours.signed_by(&key.sign));
    }
}

/// What only our own tokens are held to: they are exactly what we write.
fn only_ours(all: &mut Table, world: &World) {
    let ours = &world.ours;
    for (name, value) in [
        ("typ", json!("AT+JWT")),
        ("typ", json!("application/at+jwt")),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("cty", json!("JWT")),
        ("epk", json!({})),
        ("nonce", json!("x")),
        ("url", json!(world.elsewhere.address)),
        ("anything", json!("else")),
    ] {
        all.token(format!("ours: {name} is {value}, which we do not write"), ours.header(name, value));
    }
    for (name, value) in [
        ("aud", json!([OURS])),
        ("aud", json!([OURS, world.elsewhere.address])),
        ("aud", json!([world.elsewhere.address, OURS])),
        ("sub", json!("admin")),
        ("client_id", json!("admin")),
        ("client_id", json!(null)),
        ("client_id", json!(["editor"])),
        ("client_id", json!("")),
        ("jti", json!(null)),
        ("jti", json!(7)),
        ("scope", json!(null)),
        ("scope", json!(["editor"])),
        ("exp", json!(ours.now + LIFETIME + 1)),
        ("iat", json!(ours.now - 1)),
    ] {
        all.token(format!("ours: {name} is {value}, which we do not write"), ours.claim(name, value));
    }
    for name in ["client_id", "jti", "scope"] {
        all.token(format!("ours: no {name}"), ours.token(&ours.header, &without(&ours.claims, name)));
        let claims = doubled(&ours.claims, name, &ours.claims[name]);
        all.token(format!("ours: {name} twice"), ours.raw(&ours.header.to_string(), &claims));
    }
    for subject in [
        "nobody",
        "Editor",
        "EDITOR",
        "editor ",
        " editor",
        "public",
        "",
        "'",
        "' OR '1'='1",
        "editor'--",
        "%",
        "editor\u{0}",
        "\u{0}",
        "person-",
        "person-0000000000000000",
        "person-' OR 1=1",
        "key-0000000000000000",
        "operator",
        "anonymous",
        "../editor",
    ] {
        all.token(format!("ours: the subject {subject:?}"), subject_token(ours, subject));
    }
    all.token("ours: a subject of 4,000 letters", subject_token(ours, &"x".repeat(4_000)));
}

/// A token of ours for that subject.
fn subject_token(ours: &Issuer, subject: &str) -> String {
    ours.token(&ours.header, &set(&set(&ours.claims, "sub", json!(subject)), "client_id", json!(subject)))
}

/// What only a provider's tokens can have wrong: more keys, more kinds of tokens, grants.
fn only_theirs(all: &mut Table, world: &World) {
    let World { theirs, rsa, ec, .. } = world;
    let claims = theirs.claims.to_string();
    let by = |alg: &str, kid: &str, sign: &Sign| {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": kid}).to_string();
        compact(header, &claims, sign)
    };
    let (pkcs1, fixed) =
        (rsa.by(&signature::RSA_PKCS1_SHA256), ec.by(&signature::ECDSA_P256_SHA256_FIXED_SIGNING));
    for (what, alg, kid, sign) in [
        ("EdDSA under RS256", "RS256", &rsa.kid, &theirs.key.sign),
        ("EdDSA under ES256", "ES256", &ec.kid, &theirs.key.sign),
        ("EdDSA under the RSA key's name", "EdDSA", &rsa.kid, &theirs.key.sign),
        ("RS256 under EdDSA", "EdDSA", &theirs.key.kid, &pkcs1),
        ("RS256 under EdDSA and its own key's name", "EdDSA", &rsa.kid, &pkcs1),
        ("RS256 under ES256", "ES256", &rsa.kid, &pkcs1),
        ("RS256 under PS256", "PS256", &rsa.kid, &pkcs1),
        ("RS256 under rs256", "rs256", &rsa.kid, &pkcs1),
        ("RS256 under none", "none", &rsa.kid, &pkcs1),
        ("RS384 under RS256", "RS256", &rsa.kid, &rsa.by(&signature::RSA_PKCS1_SHA384)),
        ("RS512 under its own name", "RS512", &rsa.kid, &rsa.by(&signature::RSA_PKCS1_SHA512)),
        ("PS256 under RS256", "RS256", &rsa.kid, &rsa.by(&signature::RSA_PSS_SHA256)),
        ("PS256 under its own name", "PS256", &rsa.kid, &rsa.by(&signature::RSA_PSS_SHA256)),
        ("ES256 under EdDSA", "EdDSA", &theirs.key.kid, &fixed),
        ("ES256 under RS256", "RS256", &ec.kid, &fixed),
        ("ES256 under ES384", "ES384", &ec.kid, &fixed),
        ("ES256 in ASN.1", "ES256", &ec.kid, &ec.by(&signature::ECDSA_P256_SHA256_ASN1_SIGNING)),
        ("ES256 of zeros", "ES256", &ec.kid, &Key::always(&[0; 64])),
        ("ES256 of one and one", "ES256", &ec.kid, &Key::always(&one_and_one())),
        ("ES256 of nothing", "ES256", &ec.kid, &Key::always(b"")),
        ("RS256 of zeros", "RS256", &rsa.kid, &Key::always(&[0; 256])),
        ("RS256 of one", "RS256", &rsa.kid, &Key::always(&[[0; 255].as_slice(), &[1]].concat())),
        ("RS256 of nothing", "RS256", &rsa.kid, &Key::always(b"")),
        ("a secret of the set", "HS256", &"secret".to_owned(), &Key::shared(hmac::HMAC_SHA256, b"secret")),
        ("a key for encryption", "EdDSA", &world.for_encryption.kid, &world.for_encryption.sign),
    ] {
        all.token(format!("theirs: {what}"), by(alg, kid, sign));
    }
    let modulus = B64.decode(rsa.jwk["n"].as_str().unwrap()).unwrap();
    for (what, secret) in [
        ("the RSA key in PEM", pem(&rsa.spki()).into_bytes()),
        ("the RSA key in PEM, no line's end", pem(&rsa.spki()).trim().as_bytes().to_vec()),
        ("the RSA key's certificate form", rsa.spki()),
        ("the RSA key in PKCS#1", rsa.der.clone()),
        ("the RSA key's modulus", modulus),
        ("the RSA key's modulus in text", rsa.jwk["n"].as_str().unwrap().as_bytes().to_vec()),
        ("the RSA key's JWK", rsa.jwk.to_string().into_bytes()),
    ] {
        let shared = Key::shared(hmac::HMAC_SHA256, &secret);
        for alg in ["HS256", "RS256"] {
            all.token(format!("theirs: {alg}, signed with HMAC by {what}"), by(alg, &rsa.kid, &shared));
        }
    }
    for (name, value) in [
        ("groups", json!(["editors", "panel"])),
        ("aud", json!([AUDIENCE, null])),
        ("sub", json!("x".repeat(256))),
        ("sub", json!("a\nb")),
        ("client_id", json!("ada")),
        ("azp", json!("ada")),
        ("appid", json!("ada")),
        ("idtyp", json!("app")),
        ("gty", json!("client-credentials")),
        ("preferred_username", json!("service-account-x")),
        ("typ", json!("ID")),
        ("typ", json!("Refresh")),
        ("typ", json!(7)),
        ("at_hash", json!("x")),
        ("c_hash", json!("x")),
        ("s_hash", json!(null)),
        ("events", json!({"http://schemas.openid.net/event/backchannel-logout": {}})),
        ("cnf", json!({"jkt": "x"})),
        ("cnf", json!({"x5t#S256": "x"})),
    ] {
        all.token(format!("theirs: {name} is {value}"), theirs.claim(name, value));
    }
    // Whatever is given twice may be meant either way.
    for (name, first) in
        [("groups", json!([])), ("typ", json!("ID")), ("cnf", json!({})), ("azp", json!("ada"))]
    {
        let claims =
            set(&theirs.claims, name, if name == "groups" { json!(["editors"]) } else { json!("Bearer") });
        let claims = doubled(&claims, name, &first);
        all.token(format!("theirs: {name} twice"), theirs.raw(&theirs.header.to_string(), &claims));
    }
    let header = theirs.header.to_string().replacen('{', "{\"x5t\":\"a\",\"x5t\":\"b\",", 1);
    all.token("theirs: x5t twice", theirs.raw(&header, &claims));
}

/// Those who were let in once.
fn revoked(all: &mut Table, world: &World) {
    let World { app, ours, theirs, .. } = world;
    let now = app.state.clock.now();
    let body = app.id_of("policing_body", "derbyshire-pcc");
    let organisation = app.id_of("organisation", "opcc-derbyshire");
    for name in ["gone", "ended", "early"] {
        app.make_actor(name, &[Role::Editor], body, "opcc-derbyshire");
    }
    let new = |login| person::NewPerson {
        login,
        label: "Gone",
        hash: "none",
        body,
        organisation,
        roles: &[Role::Editor],
        valid_from: at(LONG_AGO),
        valid_to: None,
        created_by: "test",
    };
    let external = onrecord_id(&world.jwks.address, "gone");
    let mut local = String::new();
    let mut key = (String::new(), String::new());
    app.write(|conn| {
        assert!(client::revoke(conn, "gone", now).unwrap());
        let held = membership::of(conn, "ended", now).unwrap().unwrap();
        assert!(membership::end(conn, held.id, now).unwrap());
        Sql::new("UPDATE membership SET valid_from = ")
            .bind(now.plus_seconds(60))
            .text(" WHERE subject = 'early'")
            .execute(conn)
            .unwrap();
        local = person::create(conn, &app.state.clock, &new("gone@office.example")).unwrap();
        assert!(person::revoke(conn, &local, now).unwrap());
        put_on_file(conn, &external, &world.jwks.address, "gone", now);
        key = api_key::create(conn, &app.state.clock, "gone", Some(body), "test").unwrap();
        assert!(api_key::revoke(conn, &key.0, now).unwrap());
    });
    let issue = |subject: &str| app.state.tokens.issue(subject, &[Role::Editor], &app.state.clock).unwrap();
    all.token("a revoked client", issue("gone"));
    all.token("a client whose membership has ended", issue("ended"));
    all.token("a client whose membership has not begun", issue("early"));
    all.token("a revoked person with an account of ours", issue(&local));
    all.token("a revoked person of the provider", theirs.claim("sub", json!("gone")));
    all.token("a revoked person of the provider, in a token of ours", issue(&external));
    let (id, text) = app.make_client(&[Role::Editor]);
    all.token("a client's secret", &text);
    all.token("a client's id", &id);
    let header = set(&ours.header, "kid", json!(id)).to_string();
    let by_secret = Key::shared(hmac::HMAC_SHA256, text.as_bytes());
    all.token(
        "ours: HS256 by a client's secret",
        compact(header.replace("EdDSA", "HS256"), ours.claims.to_string(), &by_secret),
    );
    all.key("revoked", &key.1);
    all.token("a revoked API key as a token", &key.1);
}

/// Keys for open data that are none.
fn keys(all: &mut Table, world: &World, key: &str) {
    let (id, secret) = key.strip_prefix("ork_").unwrap().split_once('_').unwrap();
    for (what, text) in [
        ("empty", String::new()),
        ("a blank", " ".to_owned()),
        ("its beginning", "ork_".to_owned()),
        ("no id", format!("ork__{secret}")),
        ("no secret", format!("ork_{id}_")),
        ("no secret, no line", format!("ork_{id}")),
        ("the secret alone", secret.to_owned()),
        ("another beginning", key.replacen("ork", "orc", 1)),
        ("capitals at the beginning", key.replacen("ork", "ORK", 1)),
        (
            "capitals in the id",
            format!(
                "ork_{}_{secret}",
                id.to_uppercase().replace(|letter: char| letter.is_ascii_digit(), "A")
            ),
        ),
        ("another id", format!("ork_{}_{secret}", "0".repeat(16))),
        ("an id of 15", format!("ork_{}_{secret}", &id[1..])),
        ("an id of 17", format!("ork_{id}0_{secret}")),
        ("a path for an id", format!("ork_../../keys.json_{secret}")),
        ("SQL for an id", format!("ork_' OR '1'='1' _{secret}")),
        ("another secret", format!("ork_{id}_{}", "A".repeat(43))),
        ("a secret of 42", format!("ork_{id}_{}", &secret[1..])),
        ("a secret of 44", format!("{key}A")),
        ("padding", format!("{key}=")),
        ("the other alphabet", format!("ork_{id}_{}", "+".repeat(43))),
        ("a blank in it", format!("ork_{id}_ {secret}")),
        ("a blank before it", format!(" {key}")),
        ("a blank behind it", format!("{key} ")),
        ("a tab behind it", format!("{key}\t")),
        ("a comma behind it", format!("{key},")),
        ("two in one header", format!("{key}, {key}")),
        ("in quotes", format!("\"{key}\"")),
        ("behind Bearer", format!("Bearer {key}")),
        ("encoded", STANDARD.encode(key)),
        ("very long", format!("{key}{}", "A".repeat(8_000))),
        ("a token of ours", world.ours.good()),
        ("a token of the provider's", world.theirs.good()),
    ] {
        all.key(what, text);
    }
    all.key("a byte that is no ASCII", [key.as_bytes(), b"\xff"].concat());
    let held = ("x-api-key", key.as_bytes().to_vec());
    all.headers("API key: twice", vec![held.clone(), held.clone()]);
    all.headers("API key: and an empty one", vec![held.clone(), ("x-api-key", vec![])]);
    for issuer in [&world.ours, &world.theirs] {
        let token = ("authorization", format!("Bearer {}", issuer.good()).into_bytes());
        all.headers(format!("API key: beside a token, {}", issuer.name), vec![held.clone(), token]);
    }
    all.headers("API key: beside Basic", vec![held, ("authorization", b"Basic eDp5".to_vec())]);
    all.token("an API key as a token", key);
}

/// Every one of them; the key is a good one for open data.
pub fn table(world: &World, key: &str) -> Table {
    let mut all = Table::default();
    for (issuer, other) in [(&world.ours, &world.theirs), (&world.theirs, &world.ours)] {
        headers(&mut all, issuer, world);
        claims(&mut all, issuer, other, world);
        texts(&mut all, issuer);
        spellings(&mut all, issuer, world);
        schemes(&mut all, issuer);
    }
    misdirected(&mut all, world);
    only_ours(&mut all, world);
    only_theirs(&mut all, world);
    revoked(&mut all, world);
    keys(&mut all, world, key);
    for value in [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "Bearer x",
        "Bearer null",
        "Bearer undefined",
        "Bearer .",
        "Bearer ..",
        "Bearer a.b.c",
        "x",
        ",",
    ] {
        all.authorization(format!("`{value}`"), value);
    }
    all
}

// ---- small things --------------------------------------------------------------------------------------------------

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

/// Ed25519: the same number modulo the group's order, which a verifier must not take (RFC 8032, section 5.1.7).
fn plus_order(signature: &[u8]) -> Vec<u8> {
    let mut order = [0_u8; 32];
    order[..16].copy_from_slice(&[
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    ]);
    order[31] = 0x10;
    let mut signature = signature.to_vec();
    let mut carry = 0_u16;
    for (byte, more) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    signature
}

/// The same bytes, spelled with bits set that stand for nothing.
fn last_bits_set(text: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = text.as_bytes().to_vec();
    let last = bytes.last_mut().unwrap();
    let at = alphabet.iter().position(|letter| letter == last).unwrap();
    assert_eq!(at % 16, 0, "64 bytes leave four bits over");
    *last = alphabet[at + 1];
    String::from_utf8(bytes).unwrap()
}

fn one_and_one() -> Vec<u8> {
    let mut signature = vec![0; 64];
    (signature[31], signature[63]) = (1, 1);
    signature
}

/// Our id for a person of a provider.
fn onrecord_id(issuer: &str, subject: &str) -> String {
    let digest = digest(&SHA256, format!("{issuer}\0{subject}").as_bytes());
    let hex: String = digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("person-{hex}")
}

/// The row of a person of a provider, who has been revoked.
fn put_on_file(conn: &mut onrecord::store::Conn, id: &str, issuer: &str, subject: &str, now: Ts) {
    let text = |text: &str| Val::OptText(Some(text.to_owned()));
    Sql::new("INSERT INTO person (id, label, must_change, failures, issuer, external_subject, body, created_at, created_by, revoked_at) VALUES (")
        .bind_all([
            id.into(), "Gone".into(), false.into(), 0.into(), text(issuer), text(subject), None::<Id>.into(),
            Val::Ts(now), id.into(), Val::Ts(now),
        ])
        .text(")")
        .execute(conn)
        .unwrap();
}
