//! The indicator of a query, as the public sees it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use crate::clock::{Id, Ts};
use crate::http::{Call, kinds};
use crate::problem::{Fault, Problem};
use crate::record::kind::{KindDef, sources_of};
use crate::record::read::{self, Name};
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::indicators::{IndicatorContent, MeasureType, Unit};
use crate::stats::calendar::Coverage;
use crate::store::Conn;

use super::cell::{CodeName, DimensionInfo};
use super::queries::keys;
use super::scope::Scope;

/// The content of an indicator with the sources that it names.
pub struct IndicatorWithSources {
    pub content: IndicatorContent,
    /// The references of the sources.
    pub sources: Vec<String>,
    /// Of each dimension, the position of each code.
    positions: Vec<HashMap<String, usize>>,
}

/// Whether a figure of the indicator says what happened in its period. A number on a given day does not, and a sum of money
/// is often set beforehand: a precept, a fund.
fn says_what_happened(content: &IndicatorContent) -> bool {
    content.measure_type != MeasureType::Stock && content.unit != Unit::Gbp
}

impl IndicatorWithSources {
    fn new(content: IndicatorContent, sources: Vec<String>) -> IndicatorWithSources {
        let positions = content.dimensions.iter().map(|dimension| {
            let mut positions = HashMap::new();
            for (position, code) in dimension.codes.iter().enumerate() {
                positions.entry(code.code.clone()).or_insert(position);
            }
            positions
        });
        IndicatorWithSources { positions: positions.collect(), content, sources }
    }

    /// What the cells of a series with these codes can cover.
    pub fn coverage<'a>(&self, codes: impl Iterator<Item = &'a str>) -> Coverage {
        let initial = Coverage { must_be_over: says_what_happened(&self.content), ..Coverage::default() };
        let of_each = codes.zip(&self.positions).zip(&self.content.dimensions);
        of_each.fold(initial, |coverage, ((code, positions), dimension)| {
            match positions.get(code).and_then(|position| dimension.codes.get(*position)) {
                Some(code) => coverage.with_code(code.from, code.to),
                None => coverage,
            }
        })
    }

    /// A dimension with those of its codes that are used, in the order of the indicator. A code that this version of the
    /// indicator lacks has no name. It comes last and is shown by its code, so that all other observations stay readable.
    pub fn dimension<'a>(&self, index: usize, used: impl Iterator<Item = &'a str>) -> Option<DimensionInfo> {
        let (dimension, positions) = (self.content.dimensions.get(index)?, self.positions.get(index)?);
        let position = |code: &str| positions.get(code).copied();
        let used: HashSet<&str> = used.collect();
        let mut used: Vec<(Option<usize>, &str)> =
            used.into_iter().map(|code| (position(code), code)).collect();
        used.sort_unstable_by_key(|(position, code)| (position.is_none(), *position, *code));
        let named = |(position, code): (Option<usize>, &str)| {
            let name =
                position.and_then(|position| dimension.codes.get(position)).map(|code| code.name.clone());
            CodeName { code: code.to_owned(), name: name.unwrap_or_else(|| code.to_owned()) }
        };
        Some(DimensionInfo {
            code: dimension.code.clone(),
            name: dimension.name.clone(),
            codes: used.into_iter().map(named).collect(),
        })
    }
}

/// Parsed contents, by digest. Parsing an indicator with many codes takes longer than reading a series.
static CONTENTS: LazyLock<moka::sync::Cache<Vec<u8>, Arc<IndicatorWithSources>>> =
    LazyLock::new(|| moka::sync::Cache::new(128));

fn parse(content: &str) -> Result<Arc<IndicatorWithSources>, serde_json::Error> {
    let sources = sources_of(content)?.into_iter().map(|used| used.source).collect();
    Ok(Arc::new(IndicatorWithSources::new(serde_json::from_str(content)?, sources)))
}

/// The public version of an indicator. 410 if the indicator was withdrawn, 404 if it was never public.
pub fn public_indicator(
    call: &Call,
    conn: &mut Conn,
    id: Id,
) -> Result<(Row, Arc<IndicatorWithSources>), Problem> {
    let kind = kind(call)?;
    let Some(row) = read::one(conn, kind, &Name::Id(id), &Visibility::as_of(call.now()))? else {
        return Err(match read::tombstone(conn, kind, &Name::Id(id), &Visibility::as_of(call.now()))? {
            Some(tombstone) => kinds::gone(kind, &tombstone),
            None => Problem::not_found(),
        });
    };
    let content = content_of(&row)?;
    Ok((row, content))
}

/// The content of a version of an indicator, parsed.
pub fn content_of(row: &Row) -> Result<Arc<IndicatorWithSources>, Problem> {
    CONTENTS
        .try_get_with(row.digest.clone(), || parse(&row.content).map_err(|error| error.to_string()))
        .map_err(Problem::internal)
}

/// The public version of the indicator of some figures, which is the same until something is committed or until the moment
/// at which another version takes its place.
pub fn indicator_of_figures(
    call: &Call,
    conn: &mut Conn,
    scope: &Scope,
) -> Result<Arc<PublicIndicator>, Problem> {
    let read = |conn: &mut Conn| {
        let (row, content) = public_indicator(call, conn, scope.indicator)?;
        Ok(PublicIndicator {
            record: row.record,
            digest: row.digest,
            body_reference: row.body_reference,
            public_from: row.public_from,
            public_to: row.public_to,
            content,
        })
    };
    // An indicator without figures has no number yet.
    if scope.measure == 0 {
        return read(conn).map(Arc::new);
    }
    let indicator = call.remembered(conn, ("indicator", scope.measure), read)?;
    match indicator.is_public_at(call.now()) {
        true => Ok(indicator),
        false => read(conn).map(Arc::new),
    }
}

/// A public version of an indicator, without its text.
pub struct PublicIndicator {
    pub record: Id,
    pub digest: Vec<u8>,
    pub body_reference: Option<String>,
    pub content: Arc<IndicatorWithSources>,
    public_from: Option<Ts>,
    public_to: Option<Ts>,
}

impl PublicIndicator {
    fn is_public_at(&self, moment: Ts) -> bool {
        self.public_from.is_some_and(|from| from <= moment) && self.public_to.is_none_or(|to| moment < to)
    }
}

fn kind(call: &Call) -> Result<&'static KindDef, Problem> {
    call.state.kind("indicator").ok_or_else(|| Problem::internal("there is no kind of indicators"))
}

/// The indicator that the parameter `indicator` names. A withdrawn one is returned too, so that the caller can answer 410.
pub fn requested_indicator(call: &Call, conn: &mut Conn) -> Result<Id, Problem> {
    let fault = |code, detail: &str| Problem::bad_request(vec![Fault::parameter("indicator", code, detail)]);
    let Some(text) = call.params.text("indicator") else {
        return Err(fault(
            "required",
            "Name the indicator by id, by `body:REFERENCE` or by slug. GET /v1/indicators lists all indicators.",
        ));
    };
    let kind = kind(call)?;
    let unknown =
        || fault("not_found", "No public indicator has this name. GET /v1/indicators lists all indicators.");
    let id = match Name::parse(kind, text) {
        Some(Name::Id(id)) => id,
        Some(name) => match read::one(conn, kind, &name, &Visibility::as_of(call.now()))? {
            Some(row) => row.record,
            None => return Err(unknown()),
        },
        None => keys::public_indicator_by_slug(conn, text, call.now())?.ok_or_else(unknown)?,
    };
    // An indicator that is not public gets the same answer as one that does not exist.
    match read::one(conn, kind, &Name::Id(id), &Visibility::as_of(call.now()))? {
        Some(row) => Ok(row.record),
        None => match read::tombstone(conn, kind, &Name::Id(id), &Visibility::as_of(call.now()))? {
            Some(_) => Ok(id),
            None => Err(unknown()),
        },
    }
}
