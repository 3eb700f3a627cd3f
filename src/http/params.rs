//! Query parameters: the declaration both checks and documents them.
//!
//! An unknown parameter, a repeated one or an invalid value fails with 400, which lists the known ones; nothing is ignored.

use chrono::NaiveDate;
use percent_encoding::percent_decode_str;

use super::param_type::read;
pub use super::param_type::{DayMeans, Formed, ParamType, ParamValue};
use crate::clock::Ts;
use crate::problem::{FAULTS, Fault, Problem, unknown_name};
use crate::validation::characters;

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The name in the query.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The type of its value.
    pub ty: ParamType,
    /// A second spelling of the name.
    pub also: Option<&'static str>,
    /// Whether a request must have it. Its handler refuses one that has not.
    pub required: bool,
}

impl Param {
    /// A parameter of that name and type.
    pub fn new(name: impl Into<String>, ty: ParamType, description: impl Into<String>) -> Param {
        Param { name: name.into(), description: description.into(), ty, also: None, required: false }
    }

    /// A request must have it.
    pub fn required(mut self) -> Param {
        self.required = true;
        self
    }

    /// Has a second spelling.
    pub fn also(mut self, spelling: &'static str) -> Param {
        self.also = Some(spelling);
        self
    }

    /// Whether a name in a query is this parameter's.
    fn has_name(&self, name: &str) -> bool {
        match &self.ty {
            ParamType::Each(_) => bracketed(name, &self.name).is_some(),
            _ => self.name == name || self.also == Some(name),
        }
    }
}

/// The parameters of a request, by name, in the order of the query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    values: Vec<(String, ParamValue)>,
    /// The spelling in the query, of parameters that have two.
    spellings: Vec<(String, String)>,
    /// The faults of the other parameters.
    pub faults: Vec<Fault>,
}

impl Params {
    /// Parses a query string by the known parameters; 400 with all faults.
    pub fn parse(query: &str, known: &[Param]) -> Result<Params, Problem> {
        let params = Params::read(query, known);
        if params.faults.is_empty() { Ok(params) } else { Err(Problem::bad_request(params.faults)) }
    }

    /// [`Params::parse`] for an operation that finds further faults and reports all together.
    pub fn read(query: &str, known: &[Param]) -> Params {
        let mut params: Vec<(String, ParamValue)> = vec![];
        let mut faults = vec![];
        let mut seen: Vec<String> = vec![];
        let mut spellings: Vec<(String, String)> = vec![];
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if faults.len() >= FAULTS {
                break;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                faults.push(Fault::parameter(
                    shorten(name),
                    "encoding",
                    "The parameter is not percent-encoded UTF-8 without control characters (U+0000 and others).",
                ));
                continue;
            };
            let Some(param) = known.iter().find(|param| param.has_name(&name)) else {
                let names: Vec<&str> = known.iter().map(|param| param.name.as_str()).collect();
                faults.push(Fault::parameter(
                    shorten(&name),
                    "unknown",
                    unknown_name("parameter", &name, &names),
                ));
                continue;
            };
            let mut declared = name.clone();
            if param.also == Some(name.as_str()) {
                declared.clone_from(&param.name);
                spellings.push((declared.clone(), name.clone()));
            }
            if seen.contains(&declared) {
                params.retain(|(earlier, _)| *earlier != declared);
                let detail = match param.also {
                    None => "The parameter is repeated; give it once.".to_owned(),
                    Some(also) => {
                        format!(
                            "The parameter is repeated; give it once, as `{}` or as `{also}`.",
                            param.name
                        )
                    }
                };
                faults.push(Fault::parameter(name, "repeated", detail));
                continue;
            }
            seen.push(declared.clone());
            match read(&param.ty, &value) {
                Ok(value) => params.push((declared, value)),
                Err((code, detail)) => faults.push(Fault::parameter(name, code, detail)),
            }
        }
        Params { values: params, spellings, faults }
    }

    fn get(&self, name: &str) -> Option<&ParamValue> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A number.
    pub fn int(&self, name: &str) -> Option<i64> {
        if let Some(ParamValue::Int(value)) = self.get(name) { Some(*value) } else { None }
    }

    /// Yes or no; no by default.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(ParamValue::Bool(true)))
    }

    /// Text.
    pub fn text(&self, name: &str) -> Option<&str> {
        if let Some(ParamValue::Text(value)) = self.get(name) { Some(value) } else { None }
    }

    /// A day.
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        if let Some(ParamValue::Date(value)) = self.get(name) { Some(*value) } else { None }
    }

    /// A sum of money, in pence.
    pub fn pence(&self, name: &str) -> Option<i64> {
        if let Some(ParamValue::Pence(value)) = self.get(name) { Some(*value) } else { None }
    }

    /// A moment.
    pub fn moment(&self, name: &str) -> Option<Ts> {
        if let Some(ParamValue::Moment(value, _)) = self.get(name) { Some(*value) } else { None }
    }

    /// A moment that must not be later than `latest`: what happens after it is not known. A day that has begun by then
    /// counts as far as it has come. `None` if the parameter is absent.
    pub fn moment_up_to(&self, name: &str, latest: Ts) -> Result<Option<Ts>, Fault> {
        let Some(ParamValue::Moment(moment, day)) = self.get(name) else { return Ok(None) };
        if *moment <= latest {
            return Ok(Some(*moment));
        }
        if day.is_some_and(|day| Ts::start_of_day(day) <= latest) {
            return Ok(Some(latest));
        }
        let spelling = self.spellings.iter().find(|(declared, _)| declared == name);
        let spelling = spelling.map_or(name, |(_, spelling)| spelling);
        let detail = format!(
            "This moment is too late: what will be public is not known yet. Give a moment no later than {latest}."
        );
        Err(Fault::parameter(spelling, "out_of_range", detail))
    }

    /// Names.
    pub fn names(&self, name: &str) -> &[(String, bool)] {
        if let Some(ParamValue::Names(value)) = self.get(name) { value } else { &[] }
    }

    /// The text of each name in brackets.
    pub fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.values.iter().filter_map(move |(known, value)| match value {
            ParamValue::Text(text) => Some((bracketed(known, name)?, text.as_str())),
            _ => None,
        })
    }

    /// Whether the query has the parameter.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All parameters but these, in one order, for the context that a cursor is bound to.
    pub fn canonical(&self, without: &[&str]) -> String {
        let mut all: Vec<String> = self
            .values
            .iter()
            .filter(|(name, _)| !without.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        all.sort();
        all.join("&")
    }
}

/// The name in brackets after a parameter's name.
fn bracketed<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let inner = text.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.is_empty() && inner.len() <= 40).then_some(inner)
}

/// Decodes percent-encoding strictly; a space may be `+`.
pub fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?.into_owned();
    characters::refused(&decoded).is_none().then_some(decoded)
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Param> {
        vec![
            Param::new("limit", ParamType::Int(1, 200), ""),
            Param::new("sort", ParamType::Some { of: vec!["title".into()], signed: true, most: 2 }, ""),
        ]
    }

    fn codes(query: &str) -> Vec<&'static str> {
        match Params::parse(query, &known()) {
            Ok(_) => vec![],
            Err(problem) => problem.errors.iter().map(|fault| fault.code).collect(),
        }
    }

    #[test]
    fn codes_are_a_list_and_a_day_is_a_moment() {
        let known = [
            Param::new("status", ParamType::Codes(vec!["open".into(), "shut".into()]), ""),
            Param::new("as_of", ParamType::Moment(DayMeans::End), "").also("asOf"),
            Param::new("from", ParamType::Moment(DayMeans::Start), ""),
        ];
        let read = |query: &str| Params::read(query, &known);
        let both = read("status=shut,open&asOf=2026-06-30&from=2026-06-30");
        assert_eq!(both.faults, []);
        assert_eq!(both.names("status").len(), 2);
        assert_eq!(both.moment("as_of"), Ts::parse("2026-06-30T22:59:59.999999Z"));
        assert_eq!(both.moment("from"), Ts::parse("2026-06-29T23:00:00Z"));
        let up_to = |text: &str| Ts::parse(text).map(|latest| both.moment_up_to("as_of", latest));
        assert_eq!(up_to("2026-07-01T00:00:00Z"), Some(Ok(Ts::parse("2026-06-30T22:59:59.999999Z"))));
        assert_eq!(up_to("2026-06-30T12:00:00Z"), Some(Ok(Ts::parse("2026-06-30T12:00:00Z"))));
        let late = up_to("2026-06-29T22:59:59Z").and_then(Result::err);
        assert_eq!(late.map(|fault| fault.at), Some(Fault::parameter("asOf", "", "").at));
        for (query, code) in [
            ("status=open,open", "repeated"),
            ("status=", "unknown_code"),
            ("status=open,", "unknown_code"),
            ("as_of=2026-02-30", "invalid"),
            ("as_of=2026-06-30&asOf=2026-06-30", "repeated"),
        ] {
            let faults: Vec<&str> = read(query).faults.iter().map(|fault| fault.code).collect();
            assert_eq!(faults, [code], "{query}");
        }
    }

    #[test]
    fn all_faults_come_at_once() {
        assert_eq!(
            codes("limit=-1&sort=titel&limmit=3&limit=5"),
            ["out_of_range", "unknown", "unknown", "repeated"]
        );
        assert_eq!(codes("limit=5&limit=6"), ["repeated"]);
        assert_eq!(codes("limit=%00"), ["encoding"]);
        assert_eq!(codes("limit=%ff"), ["encoding"]);
        assert_eq!(codes("limit=%2B5"), ["out_of_range"]);
        assert_eq!(codes("limit=05"), ["out_of_range"]);
        assert_eq!(codes("limit=5&sort=-title"), Vec::<&str>::new());
    }
}
