//! What programs look for first: the index, the map of the site, feeds, the licence of the record.

use std::collections::BTreeSet;

use onrecord::config::{Licence, Site};
use onrecord::http::operation::Method;
use onrecord::resources;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

mod feeds;

const BASE: &str = "http://127.0.0.1:8080";

fn links(answer: &Answer) -> Vec<String> {
    answer.headers_of("link").iter().map(|text| (*text).to_owned()).collect()
}

#[actix_web::test]
async fn the_index_links_to_every_list_that_the_caller_may_read_and_to_nothing_else() {
    let app = TestApp::new().await;
    for who in [None, Some("editor"), Some("admin")] {
        let index = app.get(who, "/v1").await.expect(200).json();
        let mut listed = BTreeSet::new();
        for group in index["groups"].as_array().unwrap() {
            assert!(group["about"].as_str().is_some_and(|about| about.len() > 5), "{group}");
            for link in group["links"].as_array().unwrap() {
                let href = link["href"].as_str().unwrap();
                listed.insert(link["operation"].as_str().unwrap().to_owned());
                assert_eq!(link["templated"], json!(href.contains('{')), "{href}");
                if link["templated"] == json!(false) {
                    let answer = app.get(who, href).await;
                    assert!(answer.status < 400, "{who:?} {href}: {}", answer.status);
                }
            }
        }
        let expected: BTreeSet<String> = resources::operations()
            .iter()
            .filter(|one| one.method == Method::Get && !one.path.contains('{'))
            .filter(|one| {
                let role = who.unwrap_or("public");
                one.rule.iter().any(|grant| [role, "public"].contains(&grant.role.name()))
                    && (who.is_none() || one.rule.iter().any(|grant| grant.role.name() == role))
            })
            .map(|one| one.id.clone())
            .collect();
        assert_eq!(listed, expected, "{who:?}");
    }
    let index = app.get(None, "/v1/").await.expect(200).json();
    assert_eq!(index["licence"]["id"], "OGL-UK-3.0");
    let page = app.request("GET", "/v1/").header("accept", "text/html").send().await.expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    app.get(None, "/v1//").await.problem(404);
    app.get(None, "/v1?colour=red").await.problem(400);
    app.request("POST", "/v1").send().await.problem(405);
}

#[test]
fn every_group_of_operations_is_described_once() {
    let kinds: Vec<&str> = resources::kinds().iter().map(|kind| kind.def.path).collect();
    let described: Vec<&str> =
        kinds.into_iter().chain(resources::GROUPS.iter().map(|(name, _)| *name)).collect();
    for operation in resources::operations() {
        let times = described.iter().filter(|name| **name == operation.tag).count();
        assert_eq!(times, 1, "{} of {}", operation.tag, operation.id);
    }
}

#[actix_web::test]
async fn every_answer_of_the_public_record_names_the_licence_and_no_other_does() {
    let app = TestApp::new().await;
    let expected = format!("<{}>; rel=\"license\"", Licence::default().url);
    for path in [
        "/v1",
        "/v1/plans",
        "/v1/plans?format=csv",
        "/v1/plans/derbyshire-pcc:PLAN-2013",
        "/v1/changes",
        "/v1/export.zip",
        "/catalogue.jsonld",
        "/v1/observations?indicator=population&format=csv",
        "/v1/observations?indicator=population&limit=1",
    ] {
        let answer = app.get(None, path).await.expect(200);
        assert!(links(&answer).contains(&expected), "{path}: {:?}", links(&answer));
    }
    // Beside the other links of the same answer.
    let answer = app.get(None, "/v1/pledges?limit=1").await.expect(200);
    assert!(links(&answer).iter().any(|link| link.ends_with("rel=\"next\"")), "{:?}", links(&answer));
    // Nobody licenses a draft, a refusal, or what is no record.
    let draft = app.draft("plan").await;
    for (who, path) in [
        (Some("editor"), draft.as_str()),
        (Some("editor"), "/v1/plans"),
        (None, "/v1/nothing"),
        (None, "/v1/plans?limit=many"),
        (None, "/healthz"),
        (None, "/.well-known/jwks.json"),
        (None, "/openapi.json"),
    ] {
        assert!(!links(&app.get(who, path).await).contains(&expected), "{path}");
    }
}

#[actix_web::test]
async fn an_office_sets_another_licence_and_everything_says_so() {
    let licence = Licence::parse(
        "LicenseRef-ours | The licence of \"Derbyshire\" | https://example.org/licence?a=1&b=2",
    )
    .unwrap();
    let site = Site { licence: licence.clone(), security_contact: None, resident_questions: false };
    let app = TestApp::with_site(site).await;
    let link = format!("<{}>; rel=\"license\"", licence.url);
    assert!(links(&app.get(None, "/v1/plans").await.expect(200)).contains(&link));
    let index = app.get(None, "/v1").await.expect(200).json();
    assert_eq!(index["licence"], json!({"id": licence.id, "name": licence.name, "url": licence.url}));
    let document = app.get(None, "/openapi.json").await.expect(200).json();
    assert_eq!(document["info"]["license"], json!({"name": licence.name, "url": licence.url}));
    assert_eq!(document["info"]["x-software-license"], "MIT OR Apache-2.0");
    let catalogue = app.get(None, "/catalogue.jsonld").await.expect(200).json();
    assert_eq!(catalogue["dct:license"]["@id"], licence.url);
    assert_eq!(catalogue["dct:license"]["owl:sameAs"], Value::Null);
    let feed = app.get(None, "/v1/changes.atom?limit=1").await.expect(200).text();
    assert!(
        feed.contains("<link rel=\"license\" href=\"https://example.org/licence?a=1&amp;b=2\"/>"),
        "{feed}"
    );
    // Without a contact there is none.
    assert!(!index.to_string().contains("security.txt"));
    app.get(None, "/.well-known/security.txt").await.problem(404);

    let app = TestApp::new().await;
    let document = app.get(None, "/openapi.json").await.expect(200).json();
    let expected = json!({"name": "Open Government Licence v3.0", "identifier": "OGL-UK-3.0"});
    assert_eq!(document["info"]["license"], expected);
}

#[actix_web::test]
async fn the_catalogue_has_the_licence_of_the_record_and_those_of_figures_from_elsewhere() {
    let app = TestApp::new().await;
    let catalogue = app.get(None, "/catalogue.jsonld").await.expect(200).json();
    let ours = &catalogue["dct:license"];
    assert_eq!(ours["@id"], Licence::default().url);
    assert_eq!(ours["dct:identifier"], "OGL-UK-3.0");
    assert_eq!(ours["owl:sameAs"]["@id"], "http://spdx.org/licenses/OGL-UK-3.0");
    let datasets = catalogue["dcat:dataset"].as_array().unwrap();
    for dataset in datasets {
        assert!(dataset["dct:license"].is_object(), "{dataset}");
        for distribution in dataset["dcat:distribution"].as_array().unwrap() {
            assert_eq!(distribution["dct:license"], dataset["dct:license"]);
        }
    }
    let plans = datasets.iter().find(|one| one["dct:identifier"] == "plans").unwrap();
    assert_eq!(&plans["dct:license"], ours);
}

/// The addresses of a map.
fn addresses(map: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(map).unwrap();
    let locations = document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.sitemaps.org/schemas/sitemap/0.9", "loc")));
    locations.map(|node| node.text().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn the_map_has_every_public_record_once_and_no_draft() {
    let app = TestApp::new().await;
    let draft = app.draft("plan").await;
    let answer = app.get(Some("editor"), "/sitemap.xml").await.expect(200);
    assert!(!answer.text().contains(&draft), "a draft is nobody's to find, whoever requests the map");
    let found = addresses(&app.get(None, "/sitemap.xml").await.expect(200).text());
    let distinct: BTreeSet<&String> = found.iter().collect();
    assert_eq!(distinct.len(), found.len());
    let mut expected = 1;
    for kind in app.state.kinds.clone() {
        let list = format!("/v1/{}", kind.def.path);
        let whole = app.get(None, &format!("{list}?limit=1&count=true")).await.expect(200).json();
        expected += 1 + usize::try_from(whole["page"]["total"].as_u64().unwrap()).unwrap();
        assert!(found.contains(&format!("{BASE}{list}")), "{list}");
    }
    assert_eq!(found.len(), expected);
    app.get(None, "/sitemap.xml?page=1").await.problem(404);
}

#[actix_web::test]
async fn a_large_map_is_an_index_of_files_that_have_every_address_once() {
    let app = TestApp::new().await;
    let whole: BTreeSet<String> =
        addresses(&app.get(None, "/sitemap.xml").await.expect(200).text()).into_iter().collect();
    let most = 100;
    let map =
        |page| app.state.db.read(|conn| resources::site_map(&app.state, conn, app.state.now(), page, most));
    let files = addresses(&map(None).unwrap());
    assert!(files.len() > 2, "{files:?}");
    let mut found = vec![];
    for (n, file) in files.iter().enumerate() {
        assert_eq!(*file, format!("{BASE}/sitemap.xml?page={}", n + 1));
        let part = addresses(&map(Some(n as i64 + 1)).unwrap());
        assert!(part.len() <= most, "{}", part.len());
        found.extend(part);
    }
    assert_eq!(found.len(), whole.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), whole);
    assert_eq!(map(Some(files.len() as i64 + 1)).unwrap_err().kind.status, 404);
}

#[actix_web::test]
async fn search_engines_are_told_what_to_leave_and_where_the_map_is() {
    let app = TestApp::new().await;
    let robots = app.get(None, "/robots.txt").await.expect(200);
    assert_eq!(robots.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = robots.text();
    assert!(text.starts_with("User-agent: *\n"), "{text}");
    for line in ["Disallow: /v1/export.zip", "Allow: /", &format!("Sitemap: {BASE}/sitemap.xml")] {
        assert!(text.lines().any(|one| one == line), "{line}: {text}");
    }
    let picture = app.get(None, "/favicon.svg").await.expect(200);
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    assert_eq!(roxmltree::Document::parse(&picture.text()).unwrap().root_element().tag_name().name(), "svg");
}

#[actix_web::test]
async fn the_contact_is_the_one_that_is_set_and_expires_within_a_year() {
    let app = TestApp::new().await;
    let answer = app.get(None, "/.well-known/security.txt").await.expect(200);
    let text = answer.text();
    let field = |name: &str| {
        let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(name)).collect();
        assert_eq!(lines.len(), 1, "{name} {text}");
        lines[0].to_owned()
    };
    assert_eq!(field("Contact: "), "mailto:security@example.org");
    assert_eq!(field("Canonical: "), format!("{BASE}/.well-known/security.txt"));
    let expires = onrecord::clock::Ts::parse(&field("Expires: ")).unwrap();
    let now = app.state.now();
    assert!(expires > now.plus_seconds(30 * 86_400) && expires < now.plus_seconds(365 * 86_400), "{text}");
    let tag = answer.etag().to_owned();
    app.set_time("2026-11-01T20:00:00Z");
    let later = app.request("GET", "/.well-known/security.txt").header("if-none-match", &tag).send().await;
    assert_eq!(later.status, 304);
}

#[actix_web::test]
async fn every_link_of_the_catalogue_of_the_api_answers() {
    let app = TestApp::new().await;
    let path = "/.well-known/api-catalog";
    let answer = app.get(None, path).await.expect(200);
    let content_type = answer.header("content-type").unwrap();
    assert!(
        content_type.starts_with("application/linkset+json; profile=\"https://www.rfc-editor.org/"),
        "{content_type}"
    );
    assert!(links(&answer).contains(&format!("<{path}>; rel=\"api-catalog\"")));
    let set = answer.json();
    let set = set["linkset"].as_array().unwrap();
    assert_eq!(set[0]["anchor"], format!("{BASE}{path}"));
    let mut followed = 0;
    for context in set {
        for (relation, targets) in context.as_object().unwrap().iter().filter(|(name, _)| *name != "anchor") {
            for target in targets.as_array().unwrap() {
                let href = target["href"].as_str().unwrap();
                if relation != "license" {
                    let own = href.strip_prefix(BASE).unwrap();
                    let answer = app.get(None, own).await.expect(200);
                    let own_type = answer.header("content-type").unwrap().split(';').next();
                    assert_eq!(own_type, target["type"].as_str(), "{href}");
                    followed += 1;
                }
            }
        }
    }
    assert!(followed >= 5, "{followed}");
}

#[actix_web::test]
async fn the_metadata_of_the_authorization_server_is_what_it_does() {
    let app = TestApp::new().await;
    let metadata = app.get(None, "/.well-known/oauth-authorization-server").await.expect(200).json();
    assert_eq!(metadata["issuer"], BASE);
    let path = |name: &str| metadata[name].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    app.get(None, &path("jwks_uri")).await.expect(200);
    let (id, secret) = app.make_client(&[onrecord::access::Role::Editor]);
    for method in metadata["token_endpoint_auth_methods_supported"].as_array().unwrap() {
        let grant = metadata["grant_types_supported"][0].as_str().unwrap();
        let form = format!("grant_type={grant}&scope=editor");
        let request = app.request("POST", &path("token_endpoint"));
        let answer = match method.as_str().unwrap() {
            "client_secret_basic" => {
                use base64::Engine;
                let basic = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
                request
                    .header("authorization", &format!("Basic {basic}"))
                    .body("application/x-www-form-urlencoded", form)
                    .send()
                    .await
            }
            "client_secret_post" => {
                let form = format!("{form}&client_id={id}&client_secret={secret}");
                request.body("application/x-www-form-urlencoded", form).send().await
            }
            other => panic!("{other} is not tried"),
        };
        let token = answer.expect(200).json();
        assert_eq!(token["token_type"], "Bearer", "{method}");
    }
    let scopes = metadata["scopes_supported"].as_array().unwrap();
    assert!(
        scopes.contains(&json!("editor"))
            && !scopes.contains(&json!("public"))
            && !scopes.contains(&json!("publisher"))
    );
}
