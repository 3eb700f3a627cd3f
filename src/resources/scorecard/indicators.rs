//! The indicators of a scorecard: their headline series, read together, each with what the functions of comparisons and control
//! charts say of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::dto::{
    HeadlineSeries, LatestFigure, ScorecardComparison, ScorecardIndicator, ScorecardPoint, ScorecardRecord,
};
use crate::clock::Id;
use crate::http::Call;
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::areas::Areas;
use crate::resources::comparisons::{self, LatestComparison, SeriesFigures};
use crate::resources::control_charts::{self, ControlTarget};
use crate::resources::indicators::{HeadlineComparison, IndicatorContent};
use crate::resources::receipts::ReceiptContext;
use crate::resources::series::{Cell, CellsBySeries, Figures, ReadTogether, SeriesInfo, SeriesOfIndicator};
use crate::stats::calendar::is_stale;
use crate::stats::comparison::{Method, Reason};
use crate::stats::measure::Measure;
use crate::stats::point::{Point, Series};
use crate::stats::spc::Variation;
use crate::stats::target::Target;
use crate::store::Conn;

/// How many of the latest values are shown.
const POINTS: usize = 24;

const NOT_PUBLISHED: (&str, &str) = ("not_published", "The indicator is not published yet.");
const NO_FIGURES: (&str, &str) = ("no_figures", "No figures of this series are public.");

/// What the entries of all indicators are computed from.
pub struct IndicatorFigures<'a> {
    call: &'a Call,
    areas: Arc<Areas>,
    /// The codes of each indicator's headline, or why it has none: a code and a sentence.
    headlines: BTreeMap<Id, Result<Vec<String>, (&'static str, &'static str)>>,
    together: ReadTogether,
    pinned: HashMap<NaiveDate, CellsBySeries>,
    today: NaiveDate,
}

impl<'a> IndicatorFigures<'a> {
    /// Reads the figures of some indicators, as the reader sees these: the same number of statements for any number of them.
    pub fn read(
        call: &'a Call,
        conn: &mut Conn,
        area: Option<&str>,
        rows: &BTreeMap<Id, Row>,
        visibility: &Visibility,
    ) -> Result<IndicatorFigures<'a>, Problem> {
        let areas = Areas::of(call, conn)?;
        let names = area.map(|area| areas.names_of(area)).unwrap_or_default();
        let ids: Vec<Id> = rows.keys().copied().collect();
        // Figures are read with the version that is public now, as every answer about figures reads them.
        let public = super::queries::rows(conn, [&ids], &Visibility::as_of(call.now()))?;
        let (mut headlines, mut requested) = (BTreeMap::new(), vec![]);
        for (id, row) in rows {
            let content: IndicatorContent = row.content()?;
            let codes = match (content.headline_codes(&names), public.get(id)) {
                (Err(none), _) => Err((none.code(), none.words())),
                (Ok(_), None) => Err(NOT_PUBLISHED),
                (Ok(codes), Some(row)) => {
                    requested.push(SeriesOfIndicator { row: row.clone(), codes: codes.clone() });
                    Ok(codes)
                }
            };
            headlines.insert(*id, codes);
        }
        let at = visibility.moment();
        let together = ReadTogether::read(conn, requested, call.now(), at)?;
        let mut days: BTreeMap<Id, Vec<NaiveDate>> = BTreeMap::new();
        for (id, figures) in &together.figures {
            let is_compared =
                rows.get(id).map(comparison_of).transpose()? == Some(HeadlineComparison::Baseline);
            for (day, _) in comparisons::pinned_baselines(figures).into_iter().filter(|_| is_compared) {
                days.entry(*id).or_default().push(day);
            }
        }
        let pinned = together.cells_on_days(conn, &days)?;
        Ok(IndicatorFigures { call, areas: areas.clone(), headlines, together, pinned, today: at.day() })
    }

    /// The entry of an indicator.
    pub fn entry(&self, row: &Row, record: ScorecardRecord) -> Result<ScorecardIndicator, Problem> {
        let content: IndicatorContent = row.content()?;
        let blank = ScorecardIndicator {
            record,
            title: content.title.clone(),
            unit: content.unit.code(),
            headline: None,
            headline_reason: None,
            headline_reason_words: None,
            latest: None,
            stale: None,
            target: None,
            target_status: None,
            comparison: None,
            variation: None,
            variation_reason: None,
            variation_warnings: vec![],
            assurance: None,
            assurance_reason: None,
            points: vec![],
            spc: None,
            chart: None,
        };
        let without = |(code, words): (&'static str, &'static str)| ScorecardIndicator {
            headline_reason: Some(code),
            headline_reason_words: Some(words),
            ..blank.clone()
        };
        let codes = match self.headlines.get(&row.record) {
            Some(Ok(codes)) => codes,
            Some(Err(none)) => return Ok(without(*none)),
            None => return Ok(without(NOT_PUBLISHED)),
        };
        let figures = self.together.figures.get(&row.record);
        let series = figures.and_then(|figures| figures.requested.first().map(|series| (figures, series)));
        let Some((figures, series)) = series else { return Ok(without(NO_FIGURES)) };
        let chosen = || content.dimensions.iter().zip(codes);
        let names: Vec<&str> = chosen().map(|(dimension, code)| dimension.name_of(code)).collect();
        let headline = HeadlineSeries {
            key: series.key.clone(),
            words: names.join(", "),
            codes: chosen().map(|(dimension, code)| (dimension.code.clone(), code.clone())).collect(),
            self_link: format!("/v1/series/{}", series.key),
        };
        let method = content.headline_comparison.unwrap_or_default().method();
        Ok(self.with_figures(
            ScorecardIndicator { headline: Some(headline), ..blank },
            figures,
            series,
            method,
        ))
    }

    fn with_figures(
        &self,
        blank: ScorecardIndicator,
        figures: &Figures,
        series: &SeriesInfo,
        method: Method,
    ) -> ScorecardIndicator {
        let cells = self.together.cells.get(&series.number).map_or(&[][..], Vec::as_slice);
        let latest = latest_of(figures, series, cells);
        let context = ReceiptContext::new(self.call, figures);
        let read = self.cells_of(series, cells);
        let mut compared = comparisons::of_latest(
            &context,
            figures.clone(),
            self.areas.clone(),
            &read,
            vec![method, Method::AgainstTarget],
            self.call.as_of.get(),
        )
        .into_iter();
        let comparison = match compared.next() {
            Some(comparison) => shown(comparison),
            None => nothing_to_compare(method),
        };
        let target_status = compared.next().and_then(|against| against.shown.target_status);
        let target = latest.and_then(|cell| {
            Target::in_force(&figures.content().targets_of_measure(), cell.period).map(ControlTarget::of)
        });
        let complete = cells.iter().filter_map(|cell| Some((cell, cell.point().usable().ok()?)));
        let complete: Vec<ScorecardPoint> = complete
            .map(|(cell, value)| ScorecardPoint {
                period: cell.period.text(series.frequency),
                value: value.to_string(),
            })
            .collect();
        let points = complete.get(complete.len().saturating_sub(POINTS)..).unwrap_or_default().to_vec();
        let stale = latest.zip(series.frequency.step());
        let stale = stale.map(|(cell, _)| is_stale(cell.period, series.frequency, self.today));
        let filled = ScorecardIndicator {
            latest: latest.map(|cell| LatestFigure {
                period: cell.period.text(series.frequency),
                words: cell.period.words(series.frequency),
                value: cell.value.map(|value| value.to_string()),
                status: cell.obs.code(),
            }),
            stale,
            target,
            target_status,
            comparison: Some(comparison),
            points,
            ..blank
        };
        self.with_verdicts(filled, figures, series, &context, &read)
    }

    /// With the verdicts of the control chart.
    fn with_verdicts(
        &self,
        blank: ScorecardIndicator,
        figures: &Figures,
        series: &SeriesInfo,
        context: &ReceiptContext,
        read: &SeriesFigures,
    ) -> ScorecardIndicator {
        let Some(line) = control_charts::line_of(self.call, figures.clone(), &read.cells) else {
            return blank;
        };
        if let Some(refused) = line.reason {
            return ScorecardIndicator {
                variation_reason: Some(refused),
                assurance_reason: line.assurance_reason,
                ..blank
            };
        }
        let has_verdict = line.variation != Variation::InsufficientData.code();
        let path = format!("/v1/series/{}", series.key);
        let chart = context.address(&format!("{path}/chart.svg"), "kind=spc");
        ScorecardIndicator {
            variation: has_verdict.then_some(line.variation),
            variation_reason: (!has_verdict).then_some(line.variation),
            variation_warnings: line.receipt.warnings.iter().map(|warning| warning.code).collect(),
            assurance: line.assurance,
            assurance_reason: line.assurance_reason,
            spc: Some(context.address(&format!("{path}/spc"), "")),
            chart: has_verdict.then_some(chart),
            ..blank
        }
    }

    fn cells_of(&self, series: &SeriesInfo, cells: &[Cell]) -> SeriesFigures {
        let of_day = |(day, cells): (&NaiveDate, &CellsBySeries)| {
            let own = cells.get(&series.number)?.clone();
            Some((*day, HashMap::from([(series.number, own)])))
        };
        SeriesFigures {
            cells: HashMap::from([(series.number, cells.to_vec())]),
            pinned: self.pinned.iter().filter_map(of_day).collect(),
        }
    }
}

fn comparison_of(row: &Row) -> Result<HeadlineComparison, Problem> {
    let content: IndicatorContent = row.content()?;
    Ok(content.headline_comparison.unwrap_or_default())
}

/// The cell that comparisons take as the latest.
fn latest_of<'a>(figures: &Figures, series: &SeriesInfo, cells: &'a [Cell]) -> Option<&'a Cell> {
    let measure = Measure { frequency: series.frequency, ..figures.content().measure() };
    let points: Vec<Point> = cells.iter().map(Cell::point).collect();
    let period = Series { measure: &measure, points: &points, breaks: &[] }.latest()?;
    cells.iter().find(|cell| cell.period == period)
}

fn shown(comparison: LatestComparison) -> ScorecardComparison {
    let LatestComparison { shown, address } = comparison;
    ScorecardComparison {
        method: shown.method,
        base: shown.base.as_ref().map(|base| base.label.clone()),
        base_value: shown.base.and_then(|base| base.value),
        change: shown.change,
        change_pct: shown.change_pct,
        change_pp: shown.change_pp,
        relative_change_pct: shown.relative_change_pct,
        favourable: shown.favourable,
        reason: shown.reason,
        reason_words: shown.reason_words,
        warnings: shown.receipt.warnings.iter().map(|warning| warning.code).collect(),
        receipt: address,
    }
}

/// Without a figure there is nothing to compare.
fn nothing_to_compare(method: Method) -> ScorecardComparison {
    ScorecardComparison {
        method: method.code(),
        base: None,
        base_value: None,
        change: None,
        change_pct: None,
        change_pp: None,
        relative_change_pct: None,
        favourable: None,
        reason: Some(Reason::NotPublished.code()),
        reason_words: Some(Reason::NotPublished.to_string()),
        warnings: vec![],
        receipt: None,
    }
}
