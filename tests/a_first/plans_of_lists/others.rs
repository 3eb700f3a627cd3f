//! Lists of what is no record: the audit trail, redactions, people, keys, memberships.

use super::*;

#[actix_web::test]
async fn no_list_of_what_is_no_record_examines_many_times_its_limit() {
    let app = TestApp::new().await;
    let mut base = Base::open(&app);
    base.load(app.state.kind("action").unwrap());
    base.load_others();
    let (mut table, mut wrong) = (String::new(), vec![]);
    for case in base.other_cases() {
        let (examined, plan) = base.examine(&app, &case);
        let line = format!(
            "{:<12} {:<16} {:<14} {:<6} {examined:>7}  {plan}",
            case.sort, case.filter, case.visible_to, case.page
        );
        writeln!(table, "{line}").unwrap();
        if examined > most() {
            wrong.push(line);
        }
    }
    println!("list, filter, visible to, page, rows examined, plan\n{table}");
    assert!(
        wrong.is_empty(),
        "{} lists examine more than {} rows:\n{}",
        wrong.len(),
        most(),
        wrong.join("\n")
    );
}

impl Base {
    /// The moment of the row `n`: one every minute, a few in another order than that of the numbers.
    pub fn moment(&self) -> String {
        let begin = at(START).plus_seconds(-200 * 86_400);
        match self.pg {
            true => format!(
                "{} + ({} % 7 + n * 60) * interval '1 second'",
                self.literal(&Val::Ts(begin)),
                scattered(7)
            ),
            false => format!("{} + ({} % 7 + n * 60) * 1000000", begin.micros(), scattered(7)),
        }
    }

    /// Fills the tables behind the lists that are of no kind.
    pub fn load_others(&mut self) {
        let text = |text: &str| format!("'{text}'");
        let some = |salt, of, value: String| {
            format!("CASE WHEN {} % {of} = 0 THEN NULL ELSE {value} END", scattered(salt))
        };
        let body = self.id(BODY, &format!("{} % {FEW}", scattered(2)));
        let organisation = self.id("organisation", &format!("{} % {MANY}", scattered(3)));
        let (id, moment) = (self.id(ANY, "n"), self.moment());
        let digest = self.literal(&Val::Bytes(vec![1; 32]));
        for (kind, rows) in [(BODY, FEW), ("organisation", MANY)] {
            let named = vec![
                ("id", self.id(kind, "n - 1")),
                ("kind", text(kind)),
                ("reference", self.padded("n")),
                ("head_version", "1".to_owned()),
                ("created_at", moment.clone()),
                ("was_public", "true".to_owned()),
            ];
            self.add("record", rows, &[named]);
        }
        let mut audit = vec![
            ("id", id.clone()),
            // Behind those of the test's own application.
            ("seq", "n + 1000000".to_owned()),
            ("at", moment.clone()),
            ("event", format!("'event ' || ({} % {FEW})", scattered(8))),
            ("actor", format!("'actor ' || ({} % {MANY})", scattered(9))),
            ("record", some(10, 10, self.id(ANY, &format!("1 + {} % {}", scattered(11), records() / 10)))),
            ("body", some(12, 10, body.clone())),
            ("detail", text("{}")),
            ("blind", digest.clone()),
            ("content_digest", format!("CASE WHEN {} % 4 = 0 THEN {digest} END", scattered(13))),
            ("detail_digest", digest.clone()),
        ];
        if self.pg {
            audit.push(("queue", "NULL".to_owned()));
        }
        self.add("audit", records(), &[audit]);
        let redaction = vec![
            ("id", id.clone()),
            ("record", id.clone()),
            ("body", body.clone()),
            ("reason", text("A name.")),
            ("redacted_at", moment.clone()),
            ("redacted_by", text("actor")),
            ("review_due", moment.clone()),
            ("reviewed_at", format!("CASE WHEN {} % 100 > 0 THEN {moment} END", scattered(14))),
        ];
        self.add("redaction", records(), &[redaction]);
        let named = format!("'subject ' || {}", self.padded("n"));
        let person = vec![
            ("id", named.clone()),
            ("label", text("Somebody")),
            ("must_change", "false".to_owned()),
            ("body", body.clone()),
            ("created_at", moment.clone()),
            ("created_by", text("actor")),
        ];
        self.add("person", records(), &[person]);
        let key = vec![
            ("id", named.clone()),
            ("label", text("A key")),
            ("body", body.clone()),
            ("key_digest", digest),
            ("created_at", moment.clone()),
            ("created_by", text("actor")),
        ];
        self.add("api_key", records(), &[key]);
        let membership = vec![
            ("id", id),
            ("subject", named),
            ("body", body),
            ("organisation", organisation),
            ("roles", text("editor")),
            ("valid_from", moment.clone()),
            ("valid_to", format!("CASE WHEN {} % 5 = 0 THEN {moment} END", scattered(15))),
            ("created_at", moment),
            ("created_by", text("actor")),
        ];
        self.add("membership", records(), &[membership]);
    }

    /// These lists, for those who see different things of them.
    pub fn other_cases(&self) -> Vec<Case> {
        let begin = at(START).plus_seconds(-200 * 86_400);
        let middle = begin.plus_seconds(i64::try_from(records()).unwrap() * 30);
        let now = at(START);
        let (body, id) = (self.id_of(BODY, 1), self.id_of(ANY, records() / 2));
        let named = format!("subject {:07}", records() / 2);
        let mut cases = vec![];
        let mut case = |list: &str, filter: &str, who: &str, page, statement| {
            cases.push(Case {
                sort: list.to_owned(),
                filter: filter.to_owned(),
                visible_to: who.to_owned(),
                page,
                statement,
            });
        };
        let filters = [
            ("-", AuditFilter::default()),
            ("event", AuditFilter { event: Some("event 3"), ..AuditFilter::default() }),
            ("actor", AuditFilter { actor: Some("actor 7"), ..AuditFilter::default() }),
            ("record", AuditFilter { record: Some(self.id_of(ANY, 77)), ..AuditFilter::default() }),
            ("at[gte]", AuditFilter { from: Some(middle), ..AuditFilter::default() }),
            ("at[lt]", AuditFilter { to: Some(middle), ..AuditFilter::default() }),
        ];
        for role in [Role::Auditor, Role::Publisher, Role::Admin, Role::Editor] {
            let named = |kind: &str| Some(Named { id: self.id_of(kind, 1), reference: "own".to_owned() });
            let actor = Actor {
                subject: Some("actor 1".to_owned()),
                roles: vec![role],
                body: named(BODY),
                organisation: named("organisation"),
                stands_for_person: false,
            };
            let visibility =
                Visibility::new(&actor, onrecord::resources::kinds().into_iter().map(|kind| &kind.def), now);
            for (filter, filter_values) in &filters {
                for (page, before) in [("first", None), ("middle", Some((middle, 1_100_000)))] {
                    let filter_values = AuditFilter { before, ..filter_values.clone() };
                    let statement = audit_page(&actor, &visibility, &filter_values, limit() + 1);
                    case("audit", filter, role.name(), page, statement);
                }
            }
        }
        for (page, after_cursor) in [("first", false), ("middle", true)] {
            let after = after_cursor.then_some((middle, id));
            let after_name = after_cursor.then(|| (middle, named.clone()));
            let redactions = redaction::statement(body, Sql::new("1 = 1"), &Which::After(after), limit() + 1);
            case("redactions", "-", "body", page, redactions);
            case("people", "-", "body", page, person::of_body(body, after_name.clone(), limit() + 1));
            case("api_keys", "-", "body", page, ApiKey::of_body(body, after_name, limit() + 1));
            let filter_values = membership::MembershipFilter::default;
            for (filter, filter_values) in [
                ("-", filter_values()),
                ("subject", membership::MembershipFilter { subject: Some(&named), ..filter_values() }),
                (
                    "organisation",
                    membership::MembershipFilter {
                        organisation: Some(self.id_of("organisation", 1)),
                        ..filter_values()
                    },
                ),
                ("current", membership::MembershipFilter { current: Some(true), ..filter_values() }),
                ("not current", membership::MembershipFilter { current: Some(false), ..filter_values() }),
            ] {
                let statement = membership::of_body(body, &filter_values, after, limit() + 1, now);
                case("memberships", filter, "body", page, statement);
            }
        }
        case(
            "redactions",
            "unreviewed",
            "body",
            "first",
            redaction::statement(body, Sql::new("1 = 1"), &Which::Unreviewed, 100),
        );
        cases
    }
}
