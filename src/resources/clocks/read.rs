//! What the clocks of all kinds are read with, and those of reports: a fixed number of statements, however many clocks there
//! are.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::{Deserialize, Serialize};

use super::state::{ClockKind, ClockState, Due, Judged};
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::resources::bodies::{Coverage, CoveredKind};
use crate::resources::organisations::OrganisationKind;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// A clock.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Clock {
    /// What is counted.
    pub clock: ClockKind,
    /// Where the days come from.
    #[schema(max_length = 200)]
    pub basis: &'static str,
    /// The organisation that must do it, by reference; null if none is named.
    #[schema(max_length = 150)]
    pub organisation: Option<String>,
    /// The day from which it is counted; null if it is not known.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub starts: Option<NaiveDate>,
    /// The last day on which it is met in time.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub due: Option<NaiveDate>,
    /// The stated day on which it was met.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub met_on: Option<NaiveDate>,
    /// The state on the day of the request, or on that of `as_of`.
    pub state: ClockState,
    /// How many days it was met late, are left until it is due, or have passed since; null in other states.
    #[schema(minimum = 0, maximum = 10000000, format = "int64")]
    pub days: Option<i64>,
}

/// The record that a clock belongs to.
#[derive(Debug)]
pub struct Subject {
    pub kind: &'static str,
    pub record: Id,
    /// The reference, in its body.
    pub reference: String,
    /// `body:REFERENCE`.
    pub name: String,
    pub title: String,
}

/// A record with its clocks.
#[derive(Debug)]
pub struct Clocks {
    pub subject: Subject,
    pub clocks: Vec<Clock>,
}

/// The clocks of each record.
pub fn by_record(all: Vec<Clocks>) -> HashMap<Id, Vec<Clock>> {
    all.into_iter().map(|one| (one.subject.record, one.clocks)).collect()
}

/// Which records: a condition on a row of the kind's table with this alias.
pub type Chosen<'a> = &'a dyn Fn(&'static str) -> Sql;

/// What is read of every record that has clocks.
#[derive(QueryableByName)]
pub struct Of {
    #[diesel(sql_type = Uid)]
    pub record: Id,
    #[diesel(sql_type = Uid)]
    pub body: Id,
    #[diesel(sql_type = st::Text)]
    body_reference: String,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    title: String,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    owner_reference: Option<String>,
}

/// The owner of a record: what [`Reader::office`] asks for besides the record.
#[derive(Clone, Copy, QueryableByName)]
pub struct Owner {
    #[diesel(sql_type = st::Nullable<Uid>)]
    owner: Option<Id>,
}

impl Of {
    /// The record itself.
    pub fn subject(&self, kind: &'static str) -> Subject {
        let name = format!("{}:{}", self.body_reference, self.reference);
        Subject {
            kind,
            record: self.record,
            reference: self.reference.clone(),
            name,
            title: self.title.clone(),
        }
    }
}

/// The columns of [`Of`] of a row `t` with its version `v`.
pub const FOUND: &str =
    "SELECT t.record, v.body, v.body_reference, t.reference, v.title, v.owner_reference, ";

/// The column of [`Owner`]. It is looked up for each row: PostgreSQL would join with all records.
pub const OWNER: &str = "(SELECT h.owner FROM record h WHERE h.id = t.record) AS owner, ";

/// What the reader of clocks is, and when.
pub struct Reader<'a> {
    pub visibility: &'a Visibility,
    pub today: NaiveDate,
    coverage: HashMap<Id, Vec<Coverage>>,
    /// The references of all bodies.
    pub bodies: Vec<String>,
    /// The references of the offices, by their ids.
    offices: HashMap<Id, String>,
    /// The office and the Panel of the area that a body polices, by the id of the body.
    of_areas: HashMap<(Id, OrganisationKind), String>,
}

impl Reader<'_> {
    /// Since when the record of what meets a clock claims to be complete, where a body claims it: the earliest day, of one
    /// body or of all.
    pub fn covered_from(&self, body: Option<Id>, by: CoveredKind) -> Option<NaiveDate> {
        let bodies = self.coverage.iter().filter(|(id, _)| body.is_none_or(|body| body == **id));
        bodies.filter_map(|(_, claims)| claims.iter().find(|one| one.kind == by)).map(|one| one.from).min()
    }

    /// The office that answers for the body: the owner of the record, or the office of the area where another keeps it, as the
    /// Panel may.
    pub fn office(&self, of: &Of, Owner { owner }: Owner) -> Option<&String> {
        let owner = owner.and_then(|owner| self.offices.get(&owner));
        owner.or_else(|| self.of_areas.get(&(of.body, OrganisationKind::PolicingBodyOffice)))
    }

    /// The Panel of the area that the body polices.
    pub fn panel(&self, of: &Of) -> Option<&String> {
        self.of_areas.get(&(of.body, OrganisationKind::PoliceAndCrimePanel))
    }

    /// Whether a record that the reader sees does what a duty to publish asks for: where the record that has the duty is public,
    /// only what is public does. A draft of it meets nothing, also for those who see the draft.
    pub fn publishes(
        &self,
        (kind, with_duty): (&'static str, &'static str),
        (by, that_meets): (&str, &'static str),
    ) -> Sql {
        let public = self.visibility.public();
        self.visibility
            .filter_of(by, that_meets)
            .text(" AND (")
            .append(public.filter_of(by, that_meets))
            .text(" OR NOT EXISTS (SELECT 1 FROM ")
            .text(kind)
            .text(" p WHERE p.record = ")
            .text(with_duty)
            .text(".record AND ")
            .append(public.filter_of(kind, "p"))
            .text("))")
    }

    /// The state of a clock; `by` is the kind that meets it, where silence before its coverage says nothing.
    pub fn judge(&self, of: &Of, one: Clock, due: Due, by: Option<CoveredKind>) -> Clock {
        let mut claims = self.coverage.get(&of.body).into_iter().flatten();
        let covered = by.and_then(|by| claims.find(|one| one.kind == by)).map(|one| one.from);
        let judged = Judged {
            kind: one.clock,
            due,
            met_on: one.met_on,
            covered_from: covered.or_else(|| by.is_none().then_some(NaiveDate::MIN)),
            is_party: self.is_party(of, one.organisation.as_deref()),
            today: self.today,
        };
        let (state, days) = judged.state();
        Clock { state, days, due: due.day(), ..one }
    }

    /// Whether the reader is concerned: the body's office and its auditor, who learn the names of its people; the owner of
    /// the record; the organisation that must do it.
    fn is_party(&self, of: &Of, organisation: Option<&str>) -> bool {
        let own = self.visibility.organisation().map(|one| one.reference.as_str());
        self.visibility.body() == Some(of.body)
            && (self.visibility.names_people()
                || (own.is_some() && (own == of.owner_reference.as_deref() || own == organisation)))
    }
}

#[derive(QueryableByName)]
struct FoundReport {
    #[diesel(embed)]
    of: Of,
    #[diesel(embed)]
    owner: Owner,
    #[diesel(sql_type = st::Nullable<st::Date>)]
    starts: Option<NaiveDate>,
    /// The day of the first response.
    #[diesel(sql_type = st::Nullable<st::Date>)]
    answered: Option<NaiveDate>,
}

/// The clocks of the reports that a condition chooses: one statement. The first response of each is looked up: there are many to
/// one report.
pub fn of_reports(conn: &mut Conn, reader: &Reader<'_>, chosen: Chosen<'_>) -> Result<Vec<Clocks>, Problem> {
    let visibility = reader.visibility;
    let reports: Vec<FoundReport> = Sql::new(FOUND)
        .text(OWNER)
        .text(
            "t.published_on AS starts, (SELECT a.responded_on FROM response a
             WHERE a.report = t.record AND a.body = t.body AND a.responded_on <= ",
        )
        .bind(reader.today)
        .text(" AND ")
        .append(reader.publishes(("report", "t"), ("response", "a")))
        .text(
            " ORDER BY a.responded_on LIMIT 1) AS answered FROM report t
             JOIN record_version v ON v.record = t.record AND v.version = t.version WHERE t.duty = 'police_act_s55' AND ",
        )
        .append(chosen("t"))
        .text(" AND ")
        .append(visibility.filter_of("report", "t"))
        .load(conn)?;
    let basis = "Police Act 1996, section 55(5A) and (5B): within 56 days, the day of publication counted";
    let clocks = |FoundReport { of, owner, starts, answered }: FoundReport| {
        let one = Clock {
            clock: ClockKind::S55Comments,
            basis,
            organisation: reader.office(&of, owner).cloned(),
            starts,
            met_on: answered,
            ..unjudged()
        };
        let clock = reader.judge(&of, one, Due::of_s55(starts), Some(CoveredKind::Response));
        Clocks { subject: of.subject("report"), clocks: vec![clock] }
    };
    Ok(reports.into_iter().map(clocks).collect())
}

/// A clock before it is judged.
pub fn unjudged() -> Clock {
    Clock {
        clock: ClockKind::S55Comments,
        basis: "",
        organisation: None,
        starts: None,
        due: None,
        met_on: None,
        state: ClockState::NoDate,
        days: None,
    }
}

/// The reader, with what each body claims about its record and who acts for it: two statements, for the clocks of all kinds.
pub fn reader<'a>(conn: &mut Conn, visibility: &'a Visibility) -> Result<Reader<'a>, Problem> {
    #[derive(QueryableByName)]
    struct Body {
        #[diesel(sql_type = Uid)]
        record: Id,
        #[diesel(sql_type = st::Text)]
        reference: String,
        #[diesel(sql_type = st::Text)]
        content: String,
        /// The area that it polices.
        #[diesel(sql_type = st::Nullable<Uid>)]
        area: Option<Id>,
    }
    #[derive(Deserialize)]
    struct Claims {
        #[serde(default)]
        coverage: Option<Vec<Coverage>>,
    }
    // As claimed now: a claim is about the days that it names, whenever it is made.
    let bodies: Vec<Body> = Sql::new(
        "SELECT v.record, v.reference, v.content, l.other AS area FROM record_version v
         LEFT JOIN link l ON l.record = v.record AND l.version = v.version AND l.member = 'area'
         WHERE v.kind = 'policing_body' AND v.is_head AND v.listed",
    )
    .load(conn)?;
    let (mut coverage, mut references, mut areas) = (HashMap::new(), vec![], vec![]);
    for body in bodies {
        let claims: Claims = serde_json::from_str(&body.content).map_err(Problem::internal)?;
        coverage.insert(body.record, claims.coverage.unwrap_or_default());
        references.push(body.reference);
        areas.push((body.record, body.area));
    }
    let (offices, of_areas) = organisations(conn, &areas)?;
    let today = visibility.moment().day();
    Ok(Reader { visibility, today, coverage, bodies: references, offices, of_areas })
}

/// The references of the offices, by their ids; and those of the offices and Panels of the areas that bodies police, by the id of the
/// body.
type Organisations = (HashMap<Id, String>, HashMap<(Id, OrganisationKind), String>);

fn organisations(conn: &mut Conn, bodies: &[(Id, Option<Id>)]) -> Result<Organisations, Problem> {
    #[derive(QueryableByName)]
    struct Organisation {
        #[diesel(sql_type = Uid)]
        record: Id,
        #[diesel(sql_type = st::Text)]
        reference: String,
        #[diesel(sql_type = st::Bool)]
        is_office: bool,
        #[diesel(sql_type = st::Nullable<Uid>)]
        area: Option<Id>,
    }
    let found: Vec<Organisation> = Sql::new(
        "SELECT o.record, o.reference, o.organisation_kind = 'policing_body_office' AS is_office, l.other AS area FROM organisation o
         LEFT JOIN link l ON l.record = o.record AND l.version = o.version AND l.member = 'area'
         WHERE o.is_head AND o.listed AND o.organisation_kind IN ('policing_body_office', 'police_and_crime_panel') ORDER BY o.reference",
    )
    .load(conn)?;
    let (mut offices, mut of_areas) = (HashMap::new(), HashMap::new());
    for Organisation { record, reference, is_office, area } in found {
        let kind = match is_office {
            true => OrganisationKind::PolicingBodyOffice,
            false => OrganisationKind::PoliceAndCrimePanel,
        };
        for (body, _) in bodies.iter().filter(|(_, polices)| area.is_some() && *polices == area) {
            of_areas.entry((*body, kind)).or_insert_with(|| reference.clone());
        }
        if is_office {
            offices.insert(record, reference);
        }
    }
    Ok((offices, of_areas))
}
