//! `init`: what a new office needs before anyone can sign in.

use clap::Args;
use onrecord::access::membership::{self, MembershipFilter};
use onrecord::access::{Role, person};
use onrecord::bundle::{self, Bundle, Import, Who};
use onrecord::clock::Ts;
use onrecord::config::DatabaseSettings;
use onrecord::http::State;
use onrecord::problem::Problem;
use onrecord::record::kind::KindDef;
use onrecord::record::row::Row;
use onrecord::record::visible::Visibility;
use onrecord::record::{BODY, ORGANISATION, due, is_reference, read};
use onrecord::resources;
use onrecord::store::Conn;
use serde_json::{Value, json};

use super::clients::shared;
use super::database::migrate;
use super::files::{offline, print_faults};
use super::out::say;
use super::people;

/// The arguments of `init`.
#[derive(Args)]
pub struct InitCommand {
    /// The reference of the policing body, such as `derbyshire-pcc`.
    #[arg(long)]
    body: String,
    /// The name of the policing body.
    #[arg(long)]
    body_name: String,
    /// The type of the policing body: commissioner, mayor, policing_and_crime_board or police_authority.
    #[arg(long, default_value = "commissioner")]
    body_kind: String,
    /// The reference of the area that it polices: its ONS code where it has one, such as `E23000018`.
    #[arg(long)]
    area: String,
    /// The name of the area.
    #[arg(long)]
    area_name: String,
    /// The reference of the office's organisation, such as `opcc-derbyshire`.
    #[arg(long)]
    organisation: String,
    /// The name of the office's organisation.
    #[arg(long)]
    organisation_name: String,
    /// What the first administrator signs in with.
    #[arg(long)]
    login: String,
    /// The administrator's name [default: the login].
    #[arg(long)]
    label: Option<String>,
    /// Where the policing body is on record, change no record and refuse none: print how the options differ. An administrator
    /// is created only if there is none. For a container that runs this command at each start.
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// A record that `init` makes sure of.
struct Required<'a> {
    kind: &'static str,
    reference: &'a str,
    content: Value,
    /// The fields that an existing record must have too, with the options that give them.
    options: &'static [(&'static str, &'static str)],
}

/// Makes the tables, the area, the organisation, the policing body and the first administrator, as far as they are missing.
pub fn init(command: InitCommand) -> Result<(), String> {
    command.check()?;
    let config = command.settings.clone().resolve()?;
    migrate(&config)?;
    let state = offline(config)?;
    let now = state.now();
    let mut lines = vec![];
    let records = command.records();
    let mut is_kept = false;
    let written = state.db.write_bulk(true, |conn| {
        // Everything that contradicts the record is reported before anything is written.
        let mut found = vec![];
        for required in &records {
            found.push(Found::read(conn, &state, required, now)?);
        }
        let contradictions: Vec<String> =
            found.iter().map(Found::contradictions).collect::<Result<Vec<_>, _>>()?.concat();
        is_kept = command.keep && found.iter().any(|one| one.kind.def.name == BODY && one.row.is_some());
        if is_kept {
            let as_it_is = |line: &String| format!("left as it is  {line}");
            lines = contradictions.iter().map(as_it_is).collect();
            lines.push(format!("{:<15}{} is on record already", "policing body", command.body));
            return Ok(());
        }
        if !contradictions.is_empty() {
            let what_to_do = "Give what is on record; correct the record over the API.";
            return Err(Problem::conflict(format!("{} {what_to_do}", contradictions.join(" "))));
        }
        for one in &found {
            lines.push(one.ensure(conn, &state, now)?);
        }
        Ok(())
    });
    written.map_err(print_faults)?;
    due::catch_up(&state.db, &state.clock, &state.kinds, now).map_err(|problem| problem.detail_or_cause())?;
    for line in lines {
        say!("{line}");
    }
    if is_kept && command.has_administrator(&state).map_err(|problem| problem.detail_or_cause())? {
        say!("administrator  {} has one already", command.body);
        return Ok(());
    }
    command.first_administrator(&state).map_err(|problem| match problem.errors.first() {
        Some(fault) => fault.detail.clone(),
        None => problem.detail_or_cause(),
    })
}

impl InitCommand {
    /// Checks all options, before anything is created.
    fn check(&self) -> Result<(), String> {
        let mut faults = vec![];
        for (option, reference) in
            [("--body", &self.body), ("--area", &self.area), ("--organisation", &self.organisation)]
        {
            if !is_reference(reference) {
                faults.push(format!(
                    "{option}: `{reference}` is not a reference. Give at most 64 letters, digits, `.`, `_` and `-`, beginning with a letter or a digit"
                ));
            }
        }
        for (option, name) in [
            ("--body-name", &self.body_name),
            ("--area-name", &self.area_name),
            ("--organisation-name", &self.organisation_name),
        ] {
            if name.trim().is_empty() || name.chars().count() > 200 {
                faults.push(format!("{option}: give a name of 1 to 200 characters"));
            }
        }
        let login = person::login(&self.login);
        if !person::is_login(&login) {
            faults.push(format!("--login: {}", people::not_a_login(&login)));
        }
        let kinds = resources::kinds();
        let body = kinds.iter().find(|kind| kind.def.name == BODY);
        let known = body.and_then(|body| body.codes("body_kind")).unwrap_or_default();
        if !known.contains(&self.body_kind) {
            faults.push(format!(
                "--body-kind: `{}` is not known; give one of {}",
                self.body_kind,
                known.join(", ")
            ));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
    }

    /// In the order in which they refer to one another.
    fn records(&self) -> [Required<'_>; 3] {
        let is_ons_code = self.area.len() == 9
            && self.area.starts_with(['E', 'W', 'K', 'S', 'N', 'J'])
            && self.area[1..].bytes().all(|byte| byte.is_ascii_digit());
        let mut area = json!({"name": self.area_name, "area_kind": "police_force_area"});
        if is_ons_code {
            area["ons_code"] = json!(self.area);
        }
        [
            Required {
                kind: "area",
                reference: &self.area,
                content: area,
                options: &[("name", "--area-name")],
            },
            Required {
                kind: ORGANISATION,
                reference: &self.organisation,
                options: &[("name", "--organisation-name"), ("area", "--area")],
                content: json!({
                    "name": self.organisation_name,
                    "organisation_kind": "policing_body_office",
                    "area": self.area,
                }),
            },
            Required {
                kind: BODY,
                reference: &self.body,
                options: &[("name", "--body-name"), ("body_kind", "--body-kind"), ("area", "--area")],
                content: json!({"name": self.body_name, "body_kind": self.body_kind, "area": self.area}),
            },
        ]
    }

    /// Whether somebody is an administrator of the policing body now.
    fn has_administrator(&self, state: &State) -> Result<bool, Problem> {
        let now = state.clock.now();
        state.db.read(|conn| {
            let body = shared(conn, BODY, &self.body, &state.clock)?;
            let current = MembershipFilter { current: Some(true), ..MembershipFilter::default() };
            for one in membership::page(conn, body, &current, None, i64::MAX, now)? {
                let holder = person::find(conn, &one.subject)?;
                if one.roles().contains(&Role::Admin) && holder.is_some_and(|one| one.revoked_at.is_none()) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    fn first_administrator(&self, state: &State) -> Result<(), Problem> {
        let now = state.clock.now();
        let existing = state.db.read(|conn| {
            let Some(person) = person::find_login(conn, &person::login(&self.login))? else {
                return Ok(None);
            };
            Ok(Some((membership::of(conn, &person.id, now)?, person)))
        })?;
        match existing {
            None => people::create(
                &state.db,
                &self.login,
                self.label.as_deref(),
                (&self.body, &self.organisation),
                &[Role::Admin],
            ),
            Some((Some(current), person))
                if person.revoked_at.is_none()
                    && current.body().reference == self.body
                    && current.roles().contains(&Role::Admin) =>
            {
                say!(
                    "administrator  {} exists already; `onrecord person reset-password` gives them a new first password",
                    self.login
                );
                if let Some(label) = self.label.as_ref().filter(|label| **label != person.label) {
                    say!("left as it is  --label: their name is `{}`, not `{label}`.", person.label);
                }
                Ok(())
            }
            Some(_) if self.keep => {
                say!(
                    "administrator  {} has none, and the login `{}` belongs to a person who is none; `onrecord person create` makes one",
                    self.body,
                    self.login
                );
                Ok(())
            }
            Some(_) => Err(Problem::conflict(format!(
                "The login `{}` belongs to a person who is no administrator of {}. Choose another --login.",
                self.login, self.body
            ))),
        }
    }
}

/// A record that `init` makes sure of, with what is on record of it.
struct Found<'a> {
    required: &'a Required<'a>,
    /// The number of its kind.
    number: usize,
    kind: &'static KindDef,
    row: Option<Row>,
}

impl<'a> Found<'a> {
    fn read(
        conn: &mut Conn,
        state: &State,
        required: &'a Required<'a>,
        now: Ts,
    ) -> Result<Found<'a>, Problem> {
        let number = state.kinds.iter().position(|kind| kind.def.name == required.kind);
        let number = number.ok_or_else(|| Problem::internal("the kinds lack one that `init` makes"))?;
        let kind = state.kinds[number];
        let row = read::by_name(conn, kind, required.reference, &Visibility::as_of(now))?;
        Ok(Found { required, number, kind, row })
    }

    /// What the record has otherwise than the options say.
    fn contradictions(&self) -> Result<Vec<String>, Problem> {
        let Some(row) = &self.row else { return Ok(vec![]) };
        let (content, required) = (row.content_value()?, self.required);
        let differs =
            required.options.iter().filter(|(field, _)| content[*field] != required.content[*field]);
        let text = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
        let line = |(field, option): &(&str, &str)| {
            let (one, reference) = (self.kind.def.one, required.reference);
            let (there, here) = (text(&content[*field]), text(&required.content[*field]));
            format!("{option}: the {one} `{reference}` is on record with `{there}`, not `{here}`.")
        };
        Ok(differs.map(line).collect())
    }

    /// Imports the record where it is missing. Nothing on record is changed here.
    fn ensure(&self, conn: &mut Conn, state: &State, now: Ts) -> Result<String, Problem> {
        let (kind, reference) = (self.kind, self.required.reference);
        if self.row.is_some() {
            return Ok(format!("{:<15}{reference} is on record already", kind.def.one));
        }
        let mut line = self.required.content.clone();
        line["reference"] = json!(reference);
        let mut bundle = Bundle::of_records(self.number, kind.def.path, vec![line]);
        let who = Who::Operator { body: None, owner: None, published_at: Some(now) };
        let import = Import { state, who, now, request: None, progress: &mut |_| {} };
        bundle::import(conn, &mut bundle, import)?;
        Ok(format!("{:<15}{reference} is now on record", kind.def.one))
    }
}
