//! A list as it was downloaded, with some of its values changed, comes in again as drafts.

use super::*;

/// A list as CSV: its titles, and its rows.
struct Table {
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    async fn of(app: &TestApp, who: Option<&str>, path: &str) -> Table {
        let answer = app.get(who, path).await.expect(200);
        let mut reader = csv::Reader::from_reader(answer.body.as_slice());
        let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
        let titles = cells(reader.headers().unwrap());
        Table { titles, rows: reader.records().map(|row| cells(&row.unwrap())).collect() }
    }

    fn at(&self, title: &str) -> usize {
        self.titles.iter().position(|one| one == title).unwrap_or_else(|| panic!("no column {title}"))
    }

    fn get(&self, row: usize, title: &str) -> &str {
        &self.rows[row][self.at(title)]
    }

    fn set(&mut self, row: usize, title: &str, text: &str) {
        let at = self.at(title);
        self.rows[row][at] = text.to_owned();
    }

    fn row_of(&self, reference: &str) -> usize {
        let at = self.at("reference");
        self.rows.iter().position(|row| row[at] == reference).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(vec![]);
        writer.write_record(&self.titles).unwrap();
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.into_inner().unwrap()
    }
}

async fn send(app: &TestApp, who: &str, content_type: &str, bytes: Vec<u8>, query: &str) -> Answer {
    let path = format!("/v1/imports{query}");
    app.request("POST", &path).as_role(who).body(content_type, bytes).send().await
}

const ACTIONS: &str = "/v1/actions?format=csv&limit=200";

#[actix_web::test]
async fn a_list_with_one_column_changed_becomes_drafts_in_one_request() {
    let app = TestApp::new().await;
    for who in [None, Some("editor")] {
        let mut list = Table::of(&app, who, ACTIONS).await;
        let count = list.rows.len();
        assert!(count > 20, "{count}");
        // As it came, nothing changes.
        let before = records(&app);
        let answer = send(&app, "editor", "text/csv", list.bytes(), "").await.expect(200).json();
        assert_eq!(answer["unchanged"], json!({"actions": count}));
        assert_eq!((&answer["versions"], &answer["changed"]), (&json!(0), &json!([])));
        assert_eq!(records(&app), before);

        let new = if who.is_none() { "in_progress" } else { "not_started" };
        let changed: Vec<usize> = (0..count).filter(|row| list.get(*row, "status") != new).collect();
        (0..count).for_each(|row| list.set(row, "status", new));
        // Tried in an archive, nothing is stored.
        let archive = zipped([("actions.csv", list.bytes().as_slice())]);
        let tried = app.post_archive(Some("editor"), "?dry_run=true", archive).await.expect(200).json();
        assert_eq!(tried["records"], json!({"actions": changed.len()}));
        assert_eq!(records(&app), before);

        let done = send(&app, "editor", "text/csv", list.bytes(), "").await.expect(200).json();
        assert_eq!(done["records"], json!({"actions": changed.len()}));
        let unchanged = count - changed.len();
        let unchanged = if unchanged == 0 { json!({}) } else { json!({"actions": unchanged}) };
        assert_eq!(done["unchanged"], unchanged);
        assert_eq!(done["changed"][0]["fields"], json!(["status"]));
        assert_eq!(done["changed"][0]["line"], json!(changed[0] + 2));
        app.seal_and_catch_up();
        for row in changed {
            let address = format!("/v1/actions/derbyshire-pcc:{}", list.get(row, "reference"));
            let draft = app.get(Some("editor"), &address).await.expect(200).json();
            assert_eq!((&draft["status"], &draft["state"]), (&json!(new), &json!("draft")));
            let public = app.get(None, &address).await.expect(200).json();
            assert_eq!(public["state"], "published");
        }
        // Once more: all is as the file says.
        let again = send(&app, "editor", "text/csv", list.bytes(), "").await.expect(200).json();
        assert_eq!(again["unchanged"], json!({"actions": count}));
    }
}

#[actix_web::test]
async fn a_line_whose_record_has_changed_since_is_refused_and_nothing_is_stored() {
    let app = TestApp::new().await;
    let mut list = Table::of(&app, Some("editor"), ACTIONS).await;
    let (first, second) = (list.get(0, "reference").to_owned(), list.get(1, "reference").to_owned());
    let address = format!("/v1/actions/derbyshire-pcc:{second}");
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let patch = json!({"lead": "Somebody else"});
    app.request("PATCH", &address).as_role("editor").if_match(&tag).json(&patch).send().await.expect(200);
    app.seal_and_catch_up();
    let before = records(&app);
    list.set(0, "wording", "Another wording.");
    list.set(1, "wording", "Another wording, too.");
    let refused = send(&app, "editor", "text/csv", list.bytes(), "").await;
    assert_eq!(
        faults_in(&refused, 422),
        [("actions.csv".to_owned(), 3, "/edit".to_owned(), "changed".to_owned())]
    );
    assert_eq!(records(&app), before);
    // The same from the public's list, which has no edits.
    let mut public = Table::of(&app, None, ACTIONS).await;
    public.set(public.row_of(&second), "wording", "A third wording.");
    let refused = send(&app, "editor", "text/csv", public.bytes(), "").await;
    let faults = faults_in(&refused, 422);
    assert_eq!((faults[0].2.as_str(), faults[0].3.as_str()), ("/version", "changed"));
    // Downloaded again, it goes in.
    let mut fresh = Table::of(&app, Some("editor"), ACTIONS).await;
    for reference in [&first, &second] {
        fresh.set(fresh.row_of(reference), "wording", "Another wording.");
    }
    let done = send(&app, "editor", "text/csv", fresh.bytes(), "").await.expect(200).json();
    assert_eq!(done["records"], json!({"actions": 2}));

    // Without a version no line says what it was made from; with another state it says what a list cannot do.
    let short = format!("kind,reference,status\naction,{first},in_progress\n").into_bytes();
    let refused = faults_in(&send(&app, "editor", "text/csv", short, "").await, 422);
    assert!(refused.iter().any(|fault| fault.2 == "/reference" && fault.3 == "taken"), "{refused:?}");
    let mut other = Table::of(&app, Some("editor"), ACTIONS).await;
    other.set(0, "state", "withdrawn");
    other.set(1, "body", "elsewhere-pcc");
    let refused = faults_in(&send(&app, "editor", "text/csv", other.bytes(), "").await, 422);
    assert_eq!(refused[0].2, "/state");
    assert!(refused.iter().any(|fault| fault.1 == 3), "{refused:?}");
    // One line for each record.
    let mut twice = Table::of(&app, Some("editor"), ACTIONS).await;
    twice.rows.push(twice.rows[0].clone());
    let refused = faults_in(&send(&app, "editor", "text/csv", twice.bytes(), "").await, 422);
    assert_eq!((refused[0].1, refused[0].3.as_str()), (twice.rows.len() as u64 + 1, "duplicate"));
}

#[actix_web::test]
async fn each_line_is_checked_like_a_patch_and_a_partner_changes_what_is_left_to_it() {
    let app = TestApp::new().await;
    let wrong = {
        let mut list = Table::of(&app, Some("editor"), ACTIONS).await;
        list.set(0, "status", "done");
        list.set(1, "objective", "derbyshire-pcc:OBJ-99999");
        list.set(2, "wording", "");
        faults_in(&send(&app, "editor", "text/csv", list.bytes(), "").await, 422)
    };
    let places: Vec<(u64, &str)> = wrong.iter().map(|fault| (fault.1, fault.2.as_str())).collect();
    assert_eq!(places, [(2, "/status"), (3, "/objective"), (4, "/wording")]);

    let mine = app.published("action").await;
    let reference = app.get(None, &mine).await.json()["reference"].as_str().unwrap().to_owned();
    let mut list = Table::of(&app, Some("partner"), ACTIONS).await;
    let row = list.row_of(&reference);
    let before = list.get(row, "status").to_owned();
    let new = if before == "in_progress" { "not_started" } else { "in_progress" };
    list.set(row, "status", new);
    let done = send(&app, "partner", "text/csv", list.bytes(), "").await.expect(200).json();
    assert_eq!(done["records"], json!({"actions": 1}));
    assert_eq!(done["changed"][0]["reference"], json!(reference));
    app.seal_and_catch_up();
    assert_eq!(app.get(Some("partner"), &mine).await.json()["status"], json!(new));
    // Not the wording of its own, nor anything of what is not assigned to it.
    let mut list = Table::of(&app, Some("partner"), ACTIONS).await;
    let row = list.row_of(&reference);
    list.set(row, "wording", "An easier promise.");
    let other =
        (0..list.rows.len()).find(|n| list.get(*n, "assigned_organisation") != "victim-support").unwrap();
    list.set(other, "status", "cancelled");
    let mut refused = faults_in(&send(&app, "partner", "text/csv", list.bytes(), "").await, 422);
    refused.sort_by_key(|fault| fault.1);
    let mut expected = [(row as u64 + 2, "not_yours"), (other as u64 + 2, "forbidden")];
    expected.sort_unstable();
    let found: Vec<(u64, &str)> = refused.iter().map(|fault| (fault.1, fault.3.as_str())).collect();
    assert_eq!(found, expected);
    // It adds no records, and others send nothing.
    let new = own_line(&app, "release", "I-1", json!({})).to_string();
    app.post_archive(Some("partner"), "", zipped([("releases.jsonl", new.as_bytes())])).await.problem(422);
    for who in ["panel_member", "auditor", "publisher", "commissioner"] {
        send(&app, who, "text/csv", list.bytes(), "").await.problem(403);
    }
    send(&app, "panel_officer", "text/csv", list.bytes(), "").await.problem(403);
}

#[actix_web::test]
async fn lists_of_every_kind_come_in_again_in_both_forms() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        app.published(kind.def.name).await;
        let who = writer(kind);
        let path = format!("/v1/{}?limit=200", kind.def.path);
        let table = Table::of(&app, Some(who), &format!("{path}&format=csv")).await;
        let answer = send(&app, who, "text/csv", table.bytes(), "").await.expect(200).json();
        assert_eq!(answer["unchanged"][kind.def.path], json!(table.rows.len()), "{} as CSV", kind.def.path);
        let mut list = app.get(Some(who), &path).await.expect(200).json();
        let rows = list["data"].as_array().unwrap().len();
        let answer = send(&app, who, "application/json", list.to_string().into_bytes(), "").await.expect(200);
        assert_eq!(answer.json()["unchanged"][kind.def.path], json!(rows), "{} as JSON", kind.def.path);
        // Another title of the last one.
        let last = rows - 1;
        let title = format!("{} (again)", list["data"][last][kind.def.title].as_str().unwrap());
        list["data"][last][kind.def.title] = json!(title);
        let answer =
            send(&app, who, "application/json", list.to_string().into_bytes(), "").await.expect(200).json();
        assert_eq!(answer["changed"].as_array().unwrap().len(), 1, "{}: {answer}", kind.def.path);
        let address = format!("/v1/{}/{}", kind.def.path, list["data"][last]["id"].as_str().unwrap());
        assert_eq!(app.get(Some(who), &address).await.expect(200).json()[kind.def.title], json!(title));
    }
    app.seal_and_catch_up();
}

#[actix_web::test]
async fn a_file_alone_must_say_what_it_is() {
    let app = TestApp::new().await;
    for (content_type, body, code) in [
        ("text/csv", "reference,title\nx,y\n", "unknown_kind"),
        ("text/csv", "kind,reference\nwizard,y\n", "unknown_kind"),
        ("application/json", "{\"page\":{}}", "unknown_document"),
        ("application/json", "{\"data\":[]}", "unknown_kind"),
        ("application/json", "{\"data\":[{\"kind\":\"plan\"},{\"kind\":\"pledge\"}]}", "other"),
    ] {
        let answer = send(&app, "editor", content_type, body.as_bytes().to_vec(), "").await;
        assert_eq!(answer.problem(422), [code], "{body}");
    }
    send(&app, "editor", "application/json", b"{".to_vec(), "").await.problem(400);
    send(&app, "editor", "text/plain", b"x".to_vec(), "").await.problem(415);
    let gone =
        json!({"data": [{"kind": "plan", "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "version": 1}]});
    let answer = send(&app, "editor", "application/json", gone.to_string().into_bytes(), "").await;
    assert_eq!(answer.problem(422), ["not_found"]);
}
