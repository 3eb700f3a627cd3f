//! The domain's own matrix of roles, cell by cell, against the running service: what each role may do with each kind
//! that is built is found out by calls, written in the matrix's letters, and compared. Where service and matrix differ,
//! the difference stands below with its reason; one that is no longer there fails the test, so the list only shrinks.

use std::collections::BTreeMap;

use onrecord::access::{Action, Role};
use onrecord::record::kind::KindDef;
use serde_json::{Value, json};

use crate::a_first::sweep::{bring_to, name_at};
use crate::support::{TestApp, writer};

/// The cells, transcribed from the project's domain study (`domain/roles_matrix.csv`): the resource there, the kinds that
/// it is here, and what each role may do. L list, R read, C create, U update, S submit, A approve, P publish, W withdraw;
/// behind `@` which of them: `*` all, `o` the own organisation's, `s` assigned, `p` published, `n` shared with the Panel
/// and published. A word in brackets there says what the letter stands for in that one place.
///
/// Resources of the study that no kind stands for are left out (threat, statement, meeting, paper, question,
/// decision, the Panel's reports and the responses to them, inspection, precept, application, payment, monitoring return,
/// register, publication obligation). So are `audit event` and `user, role grant, key`, which are no kinds of record:
/// [`AUDIT`] and [`ADMINISTERED`] say what holds of these.
const MATRIX: &[(&str, &[&str], &str)] = &[
    (
        "plan, priority, objective, action",
        &["plan", "priority", "objective", "action"],
        "PUB LR@p|KEY LR@p|PAR LR@p|PAW LR@p;U@s|FAN LR@p|FRO LR@p|PM LR@n|PO LR@n|AUD LR@*|ED LRCUS@*|APR LR@*;P@*;W@*|PCC LR@*;A@*|ADM |MC LR@p",
    ),
    (
        "pledge",
        &["pledge"],
        "PUB LR@p|KEY LR@p|PAR LR@p|PAW LR@p|FAN LR@p|FRO LR@p|PM LR@n|PO LR@n|AUD LR@*|ED LRCUS@*|APR LR@*;A@*;P@*|PCC LR@*|ADM |MC LR@p",
    ),
    (
        "pledge assessment",
        &["assessment", "counter_assessment"],
        "PUB LR@p|KEY LR@p|PAR LR@p|PAW LR@p|FAN LR@p|FRO LR@p|PM LR@n|PO LR@n;CS@o|AUD LR@*|ED LRCUS@*|APR LR@*;A@*;P@*;W@*|PCC LR@*|ADM |MC LR@p",
    ),
    (
        "indicator definition",
        &["indicator"],
        "PUB LR@p|KEY LR@p|PAR LR@p|PAW LR@p|FAN LR@*;CUS@o|FRO LR@p|PM LR@n|PO LR@n|AUD LR@*|ED LRCUS@*|APR LR@*;A@*;P@*|PCC LR@*|ADM |MC LR@p",
    ),
    (
        "fund, call",
        &["fund"],
        "PUB LR@p|KEY LR@p|PAR LR@p|PAW LR@p|FAN LR@p|FRO LR@p|PM LR@n|PO LR@n|AUD LR@*|ED LRCUS@*|APR LR@*;A@*;P@*;W@*|PCC LR@*;A@*|ADM |MC LR@p",
    ),
    (
        "award, agreement",
        &["grant"],
        "PUB LR@p|KEY LR@p|PAR LR@p;R@o|PAW LR@p;R@o;S(accept)@o|FAN LR@p|FRO LR@p|PM LR@n|PO LR@n|AUD LR@*|ED LRCUS@*|APR LR@*;A@*;P@*;W@*|PCC LR@*;A@*|ADM |MC LR@p",
    ),
    (
        "service, lot, contract",
        &["service"],
        "PUB LR@p|KEY LR@p|PAR LR@p;R@o|PAW LR@p;R@o|FAN LR@p|FRO LR@p|PM LR@n|PO LR@n|AUD LR@*|ED LRCUS@*|APR LR@*;A@*;P@*;W@*|PCC LR@*;A@*|ADM |MC LR@p",
    ),
    (
        "observation",
        &["release"],
        "PUB LR@p|KEY LR@p|PAR LR@p|PAW LR@p;CUS@o|FAN LR@o;CUS@o|FRO LR@p|PM LR@n|PO LR@n|AUD LR@*|ED LR@*;A@*|APR LR@*;P@*;W@*|PCC LR@*|ADM |MC LR@p;CS@o",
    ),
    (
        "organisation, person, area",
        &["organisation", "area"],
        "PUB LR@p|KEY LR@p|PAR LR@p|PAW LR@p;U@o|FAN LR@p|FRO LR@p|PM LR@n|PO LR@n;CU@o|AUD LR@*|ED LRCUS@*|APR LR@*;A@*;P@*;W@*|PCC LR@*|ADM LR@p|MC LR@p",
    ),
];

const CONTENT: &[&str] = &[
    "plan",
    "priority",
    "objective",
    "action",
    "pledge",
    "assessment",
    "counter_assessment",
    "indicator",
    "fund",
    "grant",
    "service",
    "release",
];

/// Where the service differs: kinds, role, what it does (in the matrix's letters; `h` is what is submitted), and why.
const DIFFERENCES: &[(&[&str], &str, &str, &str)] = &[
    (
        CONTENT,
        "ADM",
        "LR@p",
        "Nobody reads less than the public; of content the administrator has no more than that.",
    ),
    (
        CONTENT,
        "AUD",
        "LR@h",
        "Auditors read all but unsubmitted drafts: the access rules, which hold where the matrix differs, say so.",
    ),
    (&["plan", "priority", "objective"], "PAW", "LR@p", "Of these four only actions are assigned to anyone."),
    (
        &["action"],
        "PAW",
        "LR@p;LRUS@s",
        "Who is to update what is assigned to it has to find and read it, and submits its own report: otherwise nobody in the office learns of it.",
    ),
    (
        &["action"],
        "FRO",
        "LR@p;LRUS@s",
        "The access rules let the force's officer answer the actions that are assigned to the force, and submit the answer.",
    ),
    (&["action"], "PCC", "LR@*", "Actions are published without an approval."),
    (
        &["pledge", "indicator"],
        "APR",
        "LRPW@*",
        "These kinds ask for no approval, and whatever can be published can be taken back by a second publisher.",
    ),
    (
        &["assessment", "fund", "grant", "service"],
        "APR",
        "LRPW@*",
        "These kinds ask for no approval; publishing by a second person is the second pair of eyes.",
    ),
    (
        &["fund", "grant", "service"],
        "PCC",
        "LR@*",
        "These kinds ask for no approval: what is recorded is money and services that have been decided on.",
    ),
    (
        &["assessment"],
        "PO",
        "LR@n",
        "What the Panel says of a pledge is a kind of its own, the counter-assessment; this one is the office's.",
    ),
    (
        &["counter_assessment"],
        "PO",
        "LRCUSPW@*",
        "The Panel owns its readings: a clerk who is not the author publishes them, another takes them back.",
    ),
    (
        &["counter_assessment"],
        "ED",
        "LR@p",
        "The office does not write what the Panel owns, and sees it when everyone does.",
    ),
    (
        &["counter_assessment"],
        "APR",
        "LR@p",
        "The office cannot publish, delay or withdraw what the Panel owns, and sees it when everyone does.",
    ),
    (&["counter_assessment"], "PCC", "LR@p", "The commissioner sees the Panel's reading when everyone does."),
    (
        &["grant", "service"],
        "PAR",
        "LR@p;LR@o",
        "What can be read is listed too; and it is the organisation's own once it is submitted, since a draft of the office is the office's.",
    ),
    (
        &["grant", "service"],
        "PAW",
        "LR@p;LR@o",
        "The same; a recipient's acceptance of an award is not built.",
    ),
    (
        &["release"],
        "PAW",
        "LR@p;LRCUS@o",
        "Who uploads observations reads what the own organisation has submitted.",
    ),
    (&["release"], "FAN", "LR@p;LRCUS@o", "Nobody reads less than the public."),
    (
        &["release"],
        "ED",
        "LRCUS@*",
        "The office brings in the figures of others, such as the ONS's, itself; no approval is asked for: a second person publishes.",
    ),
    (
        &["release"],
        "MC",
        "LR@p",
        "A machine submits figures by the role that it is granted, partner_writer or force_analyst.",
    ),
    (
        &["organisation", "area"],
        "ADM",
        "LR@p;CU@*",
        "Reference data is maintained by the administrator: the access rules say so.",
    ),
    (&["organisation", "area"], "PAW", "LR@p", "Reference data is maintained by the administrator alone."),
    (
        &["organisation", "area"],
        "PO",
        "LR@p",
        "Reference data is maintained by the administrator alone, and is public as soon as it is written: there is nothing to share.",
    ),
    (
        &["organisation", "area"],
        "PM",
        "LR@p",
        "Reference data is public as soon as it is written: there is nothing to share.",
    ),
    (
        &["organisation", "area"],
        "AUD",
        "LR@p",
        "Reference data is public as soon as it is written: there is no more to read.",
    ),
    (
        &["organisation", "area"],
        "PCC",
        "LR@p",
        "Reference data is public as soon as it is written: there is no more to read.",
    ),
    (
        &["organisation", "area"],
        "ED",
        "LR@p",
        "Reference data has no workflow and is maintained by the administrator alone.",
    ),
    (
        &["organisation", "area"],
        "APR",
        "LR@p",
        "Reference data has no workflow and is maintained by the administrator alone.",
    ),
];

/// Who stands for the roles of the matrix, and for which organisation.
const WHO: &[(&str, Option<&str>, &str)] = &[
    ("PUB", None, ""),
    ("KEY", Some("key_holder"), ""),
    ("PAR", Some("partner_reader"), "victim-support"),
    ("PAW", Some("partner"), "victim-support"),
    ("FAN", Some("force_analyst"), "derbyshire-constabulary"),
    ("FRO", Some("force_officer"), "derbyshire-constabulary"),
    ("PM", Some("panel_member"), "derbyshire-police-and-crime-panel"),
    ("PO", Some("panel_officer"), "derbyshire-police-and-crime-panel"),
    ("AUD", Some("auditor"), "jarac-derbyshire"),
    ("ED", Some("editor"), "opcc-derbyshire"),
    ("APR", Some("publisher"), "opcc-derbyshire"),
    ("PCC", Some("commissioner"), "opcc-derbyshire"),
    ("ADM", Some("admin"), "opcc-derbyshire"),
    ("MC", Some("machine"), "victim-support"),
];

/// An organisation that nobody of [`WHO`] belongs to.
const ELSE: &str = "derby-city-council";

/// Letters by the sign of what they are of.
type Cell = BTreeMap<char, String>;

fn add(cell: &mut Cell, letter: char, of: char) {
    let letters = cell.entry(of).or_default();
    if !letters.contains(letter) {
        letters.push(letter);
        let mut sorted: Vec<char> = letters.chars().collect();
        sorted.sort_by_key(|letter| "LRCUSAPW".find(*letter));
        *letters = sorted.into_iter().collect();
    }
}

/// Reads a cell: `LR@*;A@*` says the same as `LRA@*`.
fn read(text: &str) -> Cell {
    let mut cell = Cell::new();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        let (letters, of) = part.split_once('@').unwrap();
        let letters = letters.split('(').next().unwrap();
        letters.chars().for_each(|letter| add(&mut cell, letter, of.chars().next().unwrap()));
    }
    cell
}

/// The records of a kind by which it is found out what a role may do.
struct Probes {
    /// Somebody else's, by state.
    draft: String,
    submitted: Option<String>,
    shared: Option<String>,
    /// By organisation: assigned to it, a draft.
    assigned: BTreeMap<&'static str, String>,
    /// By organisation: what it provides or receives, submitted; what it owns, a draft.
    own: BTreeMap<&'static str, String>,
}

async fn made(app: &TestApp, kind: &KindDef, who: &str, names: &[(&str, &str)], state: &str) -> String {
    let mut body = app.fresh(kind);
    for (path, organisation) in names {
        name_at(&mut body, path, organisation);
    }
    let made = app.post(who, &format!("/v1/{}", kind.def.path), body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    bring_to(app, kind, who, &address, state).await;
    address
}

async fn probes(app: &TestApp, kind: &KindDef) -> Probes {
    let who = writer(kind);
    let others: Vec<(&str, &str)> =
        kind.def.assigned.into_iter().chain(kind.def.own.first().copied()).map(|path| (path, ELSE)).collect();
    let draft = made(app, kind, who, &others, "draft").await;
    let mut probes =
        Probes { draft, submitted: None, shared: None, assigned: BTreeMap::new(), own: BTreeMap::new() };
    if !kind.def.workflow {
        return probes;
    }
    probes.submitted = Some(made(app, kind, who, &others, "submitted").await);
    probes.shared = Some(made(app, kind, who, &others, "shared").await);
    for organisation in ["victim-support", "derbyshire-constabulary"] {
        if let Some(member) = kind.def.assigned {
            let address = made(app, kind, who, &[(member, organisation)], "draft").await;
            probes.assigned.insert(organisation, address);
        }
        if let Some(path) = kind.def.own.first() {
            let address = made(app, kind, who, &[(path, organisation)], "submitted").await;
            probes.own.insert(organisation, address);
        }
    }
    for (role, who, organisation) in [
        (Role::ForceAnalyst, "force_analyst", "derbyshire-constabulary"),
        (Role::PartnerWriter, "partner", "victim-support"),
    ] {
        if kind.rule(Action::Create).unwrap().iter().any(|grant| grant.role == role) {
            probes.own.insert(organisation, made(app, kind, who, &[], "draft").await);
        }
    }
    probes
}

/// What a role may do with a kind, found out by calls.
async fn found_out(
    app: &TestApp,
    kind: &KindDef,
    probes: &Probes,
    who: Option<&str>,
    organisation: &str,
) -> Cell {
    let mut cell = Cell::new();
    let base = format!("/v1/{}", kind.def.path);
    let own = [('s', probes.assigned.get(organisation)), ('o', probes.own.get(organisation))];
    // From the most to the least: who reads drafts also reads what is submitted.
    let hidden = kind.def.workflow.then_some(&probes.draft);
    let widest = [('*', hidden), ('h', probes.submitted.as_ref()), ('n', probes.shared.as_ref())];
    let mut reads: Option<char> = None;
    for (of, address) in widest {
        let Some(address) = address else { continue };
        if reads.is_none() && app.get(who, address).await.status == 200 {
            reads = Some(of);
        }
    }
    let reads = reads.unwrap_or('p');
    app.get(who, &base).await.expect(200);
    for letter in ['L', 'R'] {
        add(&mut cell, letter, reads);
    }
    for (of, address) in own {
        let Some(address) = address else { continue };
        let answer = app.get(who, address).await;
        if answer.status != 200 || reads == '*' || (reads == 'h' && of == 'o') {
            continue;
        }
        add(&mut cell, 'R', of);
        let reference = answer.json()["reference"].clone();
        let list = app.get(who, &format!("{base}?sort=-reference&limit=200")).await.expect(200).json();
        if list["data"].as_array().unwrap().iter().any(|row| row["reference"] == reference) {
            add(&mut cell, 'L', of);
        }
    }
    for (letter, method, verb) in [
        ('U', "PATCH", ""),
        ('S', "POST", "/submit"),
        ('A', "POST", "/approve"),
        ('P', "POST", "/publish"),
        ('W', "POST", "/withdraw"),
    ] {
        for (of, address) in std::iter::once(('*', Some(&probes.draft))).chain(own) {
            let Some(address) = address else { continue };
            let known = cell.get(&'*').is_some_and(|letters| letters.contains(letter));
            if !known && may(app, who, method, &format!("{address}{verb}")).await {
                add(&mut cell, letter, of);
            }
        }
    }
    let created = app.request("POST", &base).as_actor(who).json(&json!({"nonsense": true})).send().await;
    if created.status == 422 {
        // What one makes is the own organisation's: it is made where it is updated.
        let of = cell.iter().find(|(_, letters)| letters.contains('U')).map_or('*', |(of, _)| *of);
        add(&mut cell, 'C', of);
    }
    cell
}

/// Whether a step is refused for nothing but its tag, which no record has.
async fn may(app: &TestApp, who: Option<&str>, method: &str, path: &str) -> bool {
    let request = app.request(method, path).as_actor(who).if_match("\"AAAAAAAAAAAAAAAAAAAAAAAA\"");
    match request.json(&Value::Object(serde_json::Map::new())).send().await.status {
        412 => true,
        401 | 403 | 404 => false,
        status => panic!("{who:?} {method} {path}: {status}"),
    }
}

#[actix_web::test]
async fn every_cell_of_the_domains_matrix_holds_or_differs_for_a_reason() {
    let app = TestApp::new().await;
    let body = app.id_of("policing_body", "derbyshire-pcc");
    app.make_actor("key_holder", &[Role::OpenData], body, "jarac-derbyshire");
    // What a machine is let in with when nothing more has been granted to it.
    app.make_actor("machine", &[Role::OpenData], body, "victim-support");
    let (mut cells, mut wrong) = (0, vec![]);
    for (resource, kinds, line) in MATRIX {
        for name in *kinds {
            let kind = app.state.kind(name).unwrap_or_else(|| panic!("no kind {name} for {resource}"));
            let probes = probes(&app, kind).await;
            let reasons: BTreeMap<&str, &str> =
                line.split('|').map(|cell| cell.split_once(' ').unwrap()).collect();
            assert_eq!(reasons.len(), WHO.len(), "{resource}");
            for (code, who, organisation) in WHO {
                let found = found_out(&app, kind, &probes, *who, organisation).await;
                let due = read(reasons[code]);
                let listed: Vec<_> = DIFFERENCES
                    .iter()
                    .filter(|(kinds, role, _, _)| kinds.contains(name) && role == code)
                    .collect();
                assert!(listed.len() < 2, "{code} of {name} is listed twice");
                cells += 1;
                match listed.first() {
                    None if found == due => {}
                    None => wrong.push(format!("{code} of {name}: {found:?}, the matrix has {due:?}")),
                    Some(_) if found == due => {
                        wrong.push(format!("{code} of {name}: no longer differs; take it off the list"));
                    }
                    Some((.., actual, why)) if found != read(actual) => {
                        wrong.push(format!("{code} of {name}: {found:?}, not as listed ({actual}: {why})"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    for (kinds, role, actual, why) in DIFFERENCES {
        let known = |kind: &&str| MATRIX.iter().any(|(_, kinds, _)| kinds.contains(kind));
        assert!(kinds.iter().all(known), "{role} {actual}: a kind that is not in the matrix");
        assert!(why.ends_with('.'), "{role} {actual}: give the reason as a sentence");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{cells} cells");
    assert!(cells > 180, "{cells}");
}

/// `audit event`, as transcribed, and what the rule of the trail gives instead, with the reason.
const AUDIT: &str = "PUB |KEY |PAR |PAW o|FAN o|FRO o|PM |PO o|AUD *|ED s|APR *|PCC *|ADM *";
const AUDIT_DIFFERENCES: &[(&str, &str, &str)] = &[
    ("PAR", "o", "Every member reads what they did themselves, who only reads as well."),
    ("PM", "o", "Every member reads what they did themselves."),
    ("ED", "o", "An editor's slice of the trail is what they did themselves."),
    (
        "ADM",
        "o",
        "Of what others did the administrator reads the fact alone, without details: a rule of the trail's own.",
    ),
];

/// `user, role grant, key`, where only `admin` does anything with others': `ADM LRCUW@*`. It differs from the matrix in
/// this: what members read of their own (`R@o`) is `GET /v1/me`; the auditor (`LR@*`) has the audit trail, which tells of
/// every credential; nobody but the administrator invites (`PO C`), grants (`APR A`) or changes a key (`KEY U`).
const ADMINISTERED: &[&str] = &["/v1/people", "/v1/memberships", "/v1/clients", "/v1/api-keys"];

/// The rows of the matrix that are no kinds of record: by the rules of their operations, since they have no states. What
/// each asker is shown of the trail is tested beside it.
#[test]
fn the_rows_that_are_of_no_kind() {
    let mut found = 0;
    for operation in onrecord::resources::operations() {
        if ADMINISTERED.iter().any(|path| operation.path.starts_with(path)) {
            let roles: Vec<Role> = operation.rule.iter().map(|grant| grant.role).collect();
            assert_eq!(roles, [Role::Admin], "{}", operation.id);
            found += 1;
        }
        if operation.path != "/v1/audit" {
            continue;
        }
        found += 1;
        for cell in AUDIT.split('|') {
            let (code, due) = cell.split_once(' ').unwrap();
            let role = match code {
                "PUB" => Role::Public,
                "KEY" => Role::OpenData,
                "PAW" => Role::PartnerWriter,
                "PAR" => Role::PartnerReader,
                "FAN" => Role::ForceAnalyst,
                "FRO" => Role::ForceOfficer,
                "PM" => Role::PanelMember,
                "PO" => Role::PanelOfficer,
                "AUD" => Role::Auditor,
                "ED" => Role::Editor,
                "APR" => Role::Publisher,
                "PCC" => Role::Commissioner,
                "ADM" => Role::Admin,
                _ => panic!("{code}"),
            };
            let actual_grant = operation.rule.iter().find(|grant| grant.role == role).map_or("", |grant| {
                if grant.reach.contains(&onrecord::access::Reach::All) { "*" } else { "o" }
            });
            match AUDIT_DIFFERENCES.iter().find(|(listed, ..)| *listed == code) {
                None => assert_eq!(actual_grant, due, "{code} of the audit trail"),
                Some((_, actual, why)) => {
                    assert_ne!(
                        actual_grant, due,
                        "{code} of the audit trail no longer differs; take it off the list"
                    );
                    assert_eq!(actual_grant, *actual, "{code} of the audit trail: {why}");
                }
            }
        }
    }
    assert!(found > 10, "{found}");
}
