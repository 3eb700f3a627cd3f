//! Figures on their way in and out, and the process killed meanwhile: before it or after it, never between.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use onrecord::access::Role;
use onrecord::access::keys::{FILE, Keys, write_private};
use onrecord::access::token::Tokens;
use onrecord::clock::Clock;
use onrecord::store::{Count, Db, Sql, Target, Val};
use serde_json::{Value, json};

use crate::process::{Program, Scratch, ask, database, run, start_service};
use crate::support::{HANG, LONG_AGO, at};

/// How often each of the two changes is cut off.
const ROUNDS: u32 = 10;
/// How many codes each of the two dimensions has, and how many months each series.
const CODES: usize = 10;
const MONTHS: usize = 50;
const ADDRESS: &str = "https://api.example.org";
const ACTORS: [(&str, Role); 3] =
    [("analyst", Role::ForceAnalyst), ("editor", Role::Editor), ("publisher", Role::Publisher)];

/// A database of its own with keys of its own, and nobody in it but the actors.
struct Place {
    scratch: Scratch,
    database: String,
    keys: String,
}

impl Place {
    fn new() -> Place {
        let scratch = Scratch::new();
        let database = database(&scratch.0);
        let keys = scratch.0.join("keys");
        std::fs::create_dir(&keys).unwrap();
        write_private(&keys.join(FILE), &Keys::generate(&Clock::system()).unwrap()).unwrap();
        let place = Place { database, keys: keys.to_string_lossy().into_owned(), scratch };
        place.run(&["migrate"]);
        // What the actors stand on, and no more of the demo: it comes up and is verified the faster.
        let bundle = place.scratch.0.join("bundle");
        std::fs::create_dir(&bundle).unwrap();
        for file in ["sources.jsonl", "areas.jsonl", "organisations.jsonl", "bodies.jsonl"] {
            let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo").join(file);
            std::fs::copy(demo, bundle.join(file)).unwrap();
        }
        place.run(&["import", &bundle.to_string_lossy()]);
        place.let_actors_in();
        place
    }

    fn environment(&self) -> [(&str, &str); 7] {
        [
            ("DATABASE_URL", &self.database),
            ("KEYS_DIR", &self.keys),
            ("PUBLIC_URL", ADDRESS),
            ("LIMIT_ADDRESS", "0"),
            ("LIMIT_CREDENTIAL", "0"),
            ("LIMIT_OPEN_DATA", "0"),
            ("LIMIT_SIGN_IN", "0"),
        ]
    }

    fn run(&self, arguments: &[&str]) -> String {
        let (ok, out, error) = run(arguments, &self.environment());
        assert!(ok, "{arguments:?}: {out} {error}");
        out
    }

    fn db(&self) -> Db {
        Db::open(Target::parse(&self.database), 1).unwrap()
    }

    fn let_actors_in(&self) {
        let clock = Clock::system();
        let id = |reference: &'static str| {
            Sql::new("(SELECT id FROM record WHERE reference = ").bind(reference).text(")")
        };
        self.db()
            .write(|conn| {
                for (name, role) in ACTORS {
                    Sql::new("INSERT INTO client (id, label, stands_for_person, created_at, created_by) VALUES (")
                        .bind_all([Val::from(name), "test".into(), false.into(), at(LONG_AGO).into(), "test".into()])
                        .text(")")
                        .execute(conn)?;
                    Sql::new("INSERT INTO membership (id, subject, body, organisation, roles, valid_from, created_at, created_by) VALUES (")
                        .bind_all([Val::from(clock.new_id()), name.into()])
                        .text(", ")
                        .append(id("derbyshire-pcc"))
                        .text(", ")
                        .append(id("derbyshire-constabulary"))
                        .text(", ")
                        .bind_all([Val::from(role.name()), at(LONG_AGO).into(), at(LONG_AGO).into(), "test".into()])
                        .text(")")
                        .execute(conn)?;
                }
                Ok(())
            })
            .unwrap();
    }

    fn serve(&self) -> Service<'_> {
        Service { place: self, program: start_service(&self.environment()) }
    }

    fn bearer(&self, who: &str) -> String {
        let keys = Keys::load(&Path::new(&self.keys).join(FILE)).unwrap();
        let tokens = Tokens::new(std::sync::Arc::new(keys), ADDRESS.to_owned());
        let (_, role) = ACTORS.into_iter().find(|(name, _)| *name == who).unwrap();
        format!("Bearer {}", tokens.issue(who, &[role], &Clock::system()).unwrap())
    }

    /// What stands in the tables: how many rows of each that a change writes, and what they add up to.
    fn tables(&self) -> String {
        const SUMS: [&str; 7] = [
            "SELECT count(*) AS n FROM change",
            "SELECT count(*) AS n FROM record_version",
            "SELECT count(*) AS n FROM staged",
            "SELECT CAST(coalesce(sum(value), 0) AS bigint) AS n FROM staged",
            "SELECT count(*) AS n FROM observation",
            "SELECT CAST(coalesce(sum(value), 0) AS bigint) AS n FROM observation WHERE valid_to IS NULL",
            "SELECT count(*) AS n FROM release_figures WHERE valid_from IS NOT NULL",
        ];
        let db = self.db();
        let sum = |text| db.read(|conn| Ok(Sql::new(text).get_result::<Count>(conn)?.n)).unwrap();
        format!("{:?}", SUMS.map(sum))
    }
}

/// A process at work on it.
struct Service<'a> {
    place: &'a Place,
    program: Program,
}

/// A request that can be sent again.
#[derive(Clone)]
struct WriteContext {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl WriteContext {
    fn send(&self, address: &str) -> Option<(u16, String, String)> {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ask(address, self.method, &self.path, &headers, &self.body)
    }
}

impl Service<'_> {
    fn context(
        &self,
        who: &str,
        method: &'static str,
        path: &str,
        body: String,
        tag: Option<&str>,
    ) -> WriteContext {
        let media = if method == "PUT" { "text/csv" } else { "application/json" };
        let mut headers = vec![("authorization", self.place.bearer(who)), ("content-type", media.to_owned())];
        if let Some(tag) = tag {
            headers.push(("if-match", tag.to_owned()));
            headers.push(("idempotency-key", format!("{}", Clock::system().new_id())));
        }
        WriteContext { method, path: path.to_owned(), headers, body }
    }

    fn send(&self, context: &WriteContext) -> (u16, String, String) {
        context.send(&self.program.address).unwrap()
    }

    fn get(&self, who: Option<&str>, path: &str) -> (u16, String, String) {
        let bearer = who.map(|who| self.place.bearer(who));
        let headers: Vec<(&str, &str)> =
            bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        let (status, head, body) = ask(&self.program.address, "GET", path, &headers, "").unwrap();
        let body =
            if head.to_lowercase().contains("transfer-encoding: chunked") { joined(&body) } else { body };
        (status, head, body)
    }

    fn tag(&self, who: &str, path: &str) -> String {
        let (status, head, body) = self.get(Some(who), path);
        assert_eq!(status, 200, "{body}");
        header(&head, "etag").unwrap()
    }

    fn post(&self, who: &str, path: &str, body: Value) -> String {
        let (status, head, body) = self.send(&self.context(who, "POST", path, body.to_string(), None));
        assert_eq!(status, 201, "{body}");
        header(&head, "location").unwrap()
    }

    /// A step that is to be taken, by whoever has just read the record.
    fn step(&self, who: &str, path: &str, verb: &str) -> WriteContext {
        let tag = self.tag(who, path);
        self.context(who, "POST", &format!("{path}/{verb}"), "{}".to_owned(), Some(&tag))
    }

    fn put_observations(&self, path: &str, rows: String) -> WriteContext {
        let tag = self.tag("analyst", path);
        self.context("analyst", "PUT", &format!("{path}/observations"), rows, Some(&tag))
    }

    fn done(&self, context: &WriteContext) {
        let (status, _, body) = self.send(context);
        assert_eq!(status, 200, "{} {}: {body}", context.method, context.path);
    }

    /// All that can be asked about a release and the figures that it changes.
    fn seen(&self, release: &str) -> Vec<(String, String)> {
        const SERIES: &str = "/v1/series/k-crime.A3.O7.P1M";
        let office = [
            release.to_owned(),
            format!("{release}/versions"),
            format!("{release}/observations?format=csv&limit=200"),
        ];
        let public = [
            "/v1/observations?indicator=k-crime&format=csv".to_owned(),
            "/v1/observations?indicator=k-crime&c[AREA]=A3&format=csv&asOf=2020-01-01T08:59:59Z".to_owned(),
            "/v1/observations?indicator=k-crime&c[AREA]=A3&format=csv&asOf=2020-01-01T09:00:00Z".to_owned(),
            "/v1/observations?indicator=k-crime&c[AREA]=A3&format=csv&updatedAfter=2020-01-02T00:00:00Z"
                .to_owned(),
            format!("{SERIES}/observations?includeHistory=true"),
            format!("{SERIES}/observations?asOf=2020-01-06T12:00:00Z"),
            format!("{SERIES}/vintages"),
        ];
        let office = office.iter().map(|path| (path, Some("editor")));
        let mut seen: Vec<(String, String)> = office
            .chain(public.iter().map(|path| (path, None)))
            .map(|(path, who)| {
                let (status, head, body) = self.get(who, path);
                assert_eq!(status, 200, "{path}: {body}");
                (path.clone(), format!("{:?} {body}", header(&head, "etag")))
            })
            .collect();
        seen.push(("the tables".to_owned(), self.place.tables()));
        seen
    }

    /// Sends it and kills the process after that time, or as soon as it has answered. Whether it did.
    fn struck(self, context: &WriteContext, after: Duration) -> bool {
        let (tell, statuses) = channel();
        let (sent, address) = (context.clone(), self.program.address.clone());
        let sender = std::thread::spawn(move || {
            let status = sent.send(&address).map(|(status, _, _)| status);
            let _ = tell.send(status);
            status
        });
        wait(&statuses, after);
        // SIGKILL, and gone.
        drop(self.program);
        match sender.join().unwrap() {
            None => false,
            Some(200) => true,
            Some(other) => panic!("{} {}: {other}", context.method, context.path),
        }
    }
}

fn wait(statuses: &Receiver<Option<u16>>, most: Duration) {
    match statuses.recv_timeout(most) {
        Ok(_) | Err(RecvTimeoutError::Timeout) => {}
        Err(RecvTimeoutError::Disconnected) => panic!("nobody asked"),
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

/// A body that came in chunks, as one.
fn joined(mut chunked: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = chunked.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        whole.push_str(&rest[..length]);
        chunked = &rest[length + 2..];
    }
    whole
}

/// When to kill: every other time at a quantile of the whole, and else where "before" and "after" meet.
struct Aim {
    /// How long the change took when it was last carried out to its end.
    duration: Duration,
    /// Between these two it came to be.
    early: Duration,
    late: Duration,
    before: u32,
    after: u32,
}

impl Aim {
    fn new(duration: Duration) -> Aim {
        Aim { duration, early: Duration::ZERO, late: duration * 2, before: 0, after: 0 }
    }

    fn next(&self, round: u32) -> Duration {
        match (round + 1 == ROUNDS, self.before, self.after) {
            (true, 0, _) => Duration::ZERO,
            // As soon as it has answered.
            (true, _, 0) => HANG,
            _ if round.is_multiple_of(2) => self.duration * round / (ROUNDS - 4),
            _ => (self.early + self.late) / 2,
        }
    }

    /// A machine that is slower or faster than it was moves the place.
    fn learn(&mut self, delay: Duration, after: bool) {
        if after {
            self.after += 1;
            self.late = delay;
            self.early = self.early.min(delay / 2);
        } else {
            self.before += 1;
            self.early = delay;
            self.late = self.late.max(delay * 3 / 2);
        }
    }
}

/// Every cell of a release: of each release other figures.
fn rows(release: usize) -> String {
    let mut rows = "AREA,OFFENCE,TIME_PERIOD,value\n".to_owned();
    for cell in 0..CODES * CODES * MONTHS {
        let (series, month) = (cell / MONTHS, cell % MONTHS);
        let (area, offence) = (series / CODES, series % CODES);
        let (year, month) = (2015 + month / 12, month % 12 + 1);
        // Every third stays as it was.
        let value = if cell % 3 == 0 { cell } else { cell + release };
        rows.push_str(&format!("A{area},O{offence},{year}-{month:02},{value}\n"));
    }
    rows
}

fn indicator(service: &Service<'_>) {
    let codes = |letter: &str| -> Vec<Value> {
        (0..CODES).map(|n| json!({"code": format!("{letter}{n}"), "name": format!("{letter} {n}")})).collect()
    };
    let body = json!({
        "reference": "IND-K", "slug": "k-crime", "title": "Crime of the test", "definition": "Offences.",
        "unit": "COUNT", "decimals": 0, "measure_type": "count", "polarity": "lower_is_better", "frequency": "P1M",
        "disclosure_profile": "none", "licence": "OGL-UK-3.0", "definition_version": 1,
        "dimensions": [
            {"code": "AREA", "name": "Area", "codes": codes("A")},
            {"code": "OFFENCE", "name": "Offence", "codes": codes("O")},
        ],
    });
    let address = service.post("editor", "/v1/indicators", body);
    service.done(&service.step("editor", &address, "submit"));
    service.done(&service.step("publisher", &address, "publish"));
}

fn draft(service: &Service<'_>, number: usize) -> String {
    let reference = format!("REL-{number}");
    let body = json!({
        "reference": reference, "title": reference, "indicator": "derbyshire-pcc:IND-K",
        "first_published": format!("2020-01-{:02}T09:00:00Z", number + 1),
    });
    service.post("analyst", "/v1/releases", body)
}

/// Cuts a change off, looks, and makes it to its end; the service that is up then.
fn cut_off<'a>(
    service: Service<'a>,
    context: &WriteContext,
    release: &str,
    aim: &mut Aim,
    round: u32,
) -> Service<'a> {
    let place = service.place;
    let before = service.seen(release);
    let delay = aim.next(round);
    let answered = service.struck(context, delay);
    // Up again without a hand: it says that it is ready.
    let service = place.serve();
    let found = service.seen(release);
    place.run(&["verify"]);
    let is_before = found == before;
    assert!(!(answered && is_before), "it was acknowledged and is lost");
    let begun = Instant::now();
    let (status, head, body) = service.send(context);
    let duration = begun.elapsed();
    assert_eq!(status, 200, "{body}");
    assert_eq!(header(&head, "idempotency-replayed").is_some(), !is_before, "after {delay:?}");
    let after = service.seen(release);
    if is_before {
        assert_ne!(after, before);
        aim.duration = duration;
    } else {
        for ((path, found), (_, after)) in found.iter().zip(&after) {
            assert!(found == after, "between, after {delay:?}, at {path}:\n{found}\n{after}");
        }
    }
    aim.learn(delay, !is_before);
    service
}

fn timed(service: &Service<'_>, context: &WriteContext) -> Duration {
    let begun = Instant::now();
    service.done(context);
    begun.elapsed()
}

#[test]
fn killed_in_the_middle_of_an_import_or_a_publication_it_is_before_it_or_after_it() {
    let place = Place::new();
    let mut service = place.serve();
    indicator(&service);
    // The first goes its way undisturbed, and tells how long that is.
    let first = draft(&service, 0);
    let mut uploading = Aim::new(timed(&service, &service.put_observations(&first, rows(0))));
    service.done(&service.step("analyst", &first, "submit"));
    let mut publishing = Aim::new(timed(&service, &service.step("publisher", &first, "publish")));
    for round in 0..ROUNDS {
        let number = round as usize + 1;
        let release = draft(&service, number);
        let context = service.put_observations(&release, rows(number));
        service = cut_off(service, &context, &release, &mut uploading, round);
        service.done(&service.step("analyst", &release, "submit"));
        let context = service.step("publisher", &release, "publish");
        service = cut_off(service, &context, &release, &mut publishing, round);
    }
    for (what, aim) in [("uploads", uploading), ("publications", publishing)] {
        println!(
            "{what} of {:?}: {} before, {} after; they meet at {:?} to {:?}",
            aim.duration, aim.before, aim.after, aim.early, aim.late
        );
        assert!(aim.before > 0 && aim.after > 0, "{what}: {} before, {} after", aim.before, aim.after);
    }
}
