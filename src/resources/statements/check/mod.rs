//! `GET /v1/statements/{id}/checks`: was it true when it was said, and is it by the figures of now?

mod answer;
mod dto;
mod flags;
mod question;
mod verdict;

pub use dto::{PastVerdict, StatementCheck};
pub use verdict::StatementVerdict;

use std::cmp::Ordering;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;

use self::answer::{Outcome, outcome};
use self::dto::{StatementComparison, StatementResult};
use self::flags::flag;
use self::question::Question;
use super::dto::{StatedQuantity, StatementContent};
use super::verdicts;
use crate::access::Action;
use crate::clock::{Id, Ts};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::{Call, Reply, kinds};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::series::{Figures, SeriesInfo};
use crate::stats::claim::{self, Claim, Qualifier, Verdict};
use crate::stats::comparison::{self, Reason};
use crate::stats::fraction::Fraction;
use crate::stats::period::Period;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The id of the operation.
pub const CHECK: &str = "get_statement_checks";

/// The operation that only statements have.
pub fn operations(kind: &'static KindDef) -> Vec<Operation> {
    let mut check = Operation::new(
        Method::Get,
        "/v1/statements/{id}/checks",
        CHECK,
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(get),
    );
    check.kind = Some(kind);
    check.cost = 5;
    check.tag = kind.def.path;
    check.summary = "Check a statement".to_owned();
    check.description = "Computes what was stated from the public figures of the day on which it was said, and from those of now, and says whether it holds. Nothing is guessed: what the source leaves open is missing, unless an editor has recorded an assumption. Each result has a receipt.".to_owned();
    check.path_params = vec![kinds::ID];
    check.answers = vec![Answer::named(200, "The check.", "StatementCheck")];
    check.problems = vec![404, 409, 410];
    check.example = Some(ExampleCall { path: "/v1/statements/derbyshire-pcc:ST-002-005/checks".to_owned() });
    check.cached = true;
    vec![check]
}

/// The ids of the records that a version of a statement names.
#[derive(QueryableByName)]
struct NamedIds {
    #[diesel(sql_type = st::Nullable<Uid>)]
    indicator: Option<Id>,
    #[diesel(sql_type = st::Nullable<Uid>)]
    term: Option<Id>,
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kinds::kind_of(call)?;
    let row = kinds::find(call, conn, kind, &kinds::visibility_of(call)?)?;
    let mut check = check(call, conn, &row)?;
    check.verdicts = verdicts::of(conn, row.record, call.now())?;
    Reply::value(&check)
}

/// Checks a version of a statement with the figures that are public at the moment of the call.
pub fn check(call: &Call, conn: &mut Conn, row: &Row) -> Result<StatementCheck, Problem> {
    check_with_draft(call, conn, row, None)
}

/// [`check`] where the figures of a release are public already and the release itself is a draft.
pub fn check_with_draft(
    call: &Call,
    conn: &mut Conn,
    row: &Row,
    draft: Option<&Row>,
) -> Result<StatementCheck, Problem> {
    let content: StatementContent = row.content()?;
    let named: NamedIds = Sql::new("SELECT t.indicator, t.term FROM statement t WHERE t.record = ")
        .bind(row.record)
        .text(" AND t.version = ")
        .bind(row.version)
        .get_result(conn)?;
    let content = &content;
    let mut check = StatementCheck {
        statement: row.reference.clone(),
        claim: content.claim.clone(),
        said_by: content.said_by.clone(),
        said_on: content.said_on,
        verdict: StatementVerdict::NoSeries,
        verdict_words: String::new(),
        flags: vec![],
        compared: None,
        then: None,
        now: None,
        base_that_would_give_it: None,
        verdicts: vec![],
    };
    let public = Visibility::as_of(call.now());
    let question = match (Question::of(content), named.indicator) {
        (Ok(question), Some(indicator)) => Some((question, indicator)),
        (Err(none), _) => {
            (check.verdict, check.verdict_words) = (none.verdict, none.words.to_owned());
            None
        }
        (Ok(_), None) => None,
    };
    if let Some(indicator) = named.indicator {
        check.flags.extend(flags::conflicting_baseline(conn, (row.record, indicator), content, &public)?);
    }
    let Some((question, indicator)) = question else { return Ok(check) };
    if question.assumed {
        let reason = content.assumption.as_ref().map_or("", |assumption| assumption.reason.as_str());
        let detail = format!("The source leaves the method or a period open; an editor assumes it. {reason}");
        check.flags.push(flag("ambiguous_period", detail));
    }
    if question.takes_siblings {
        let detail = "The source does not name the areas with which it compares: those of the same kind in the same larger area are taken, each as one.";
        check.flags.push(flag("ambiguous_peers", detail));
    }
    let said = (row, named.term, content.said_on);
    check.flags.extend(flags::baseline_before_term(conn, said, (question.period, question.base), &public)?);
    if question.takes_mean_of_rates() {
        let detail = "The source does not say which mean it takes: that of the rates of all areas is taken, with the area itself, each with the same weight.";
        check.flags.push(flag("ambiguous_mean", detail));
    }
    let figures = match Figures::of_codes(call, conn, indicator, &content.codes, call.now()) {
        // To its reader an indicator that is not public has no figures.
        Err(problem) if matches!(problem.kind.status, 404 | 410) => None,
        other => Some(other?),
    };
    let of_series = figures.and_then(|figures| Some((figures.requested.first()?.clone(), figures)));
    let Some((series, figures)) = of_series else {
        check.verdict_words = NO_SERIES.to_owned();
        return Ok(check);
    };
    let mut outcome_at = |at| outcome(call, conn, figures.as_of(at), &series, &question);
    let now = match outcome_at(call.now()) {
        // The comparison makes no sense for the indicator.
        Err(problem) if matches!(problem.kind.status, 400 | 422) => {
            check.verdict = StatementVerdict::NotLikeForLike;
            let words: Vec<String> = problem.errors.into_iter().map(|fault| fault.detail).collect();
            check.verdict_words = words.join(" ");
            return Ok(check);
        }
        other => other?,
    };
    let said_on = content.said_on.filter(|day| *day <= call.now().day());
    let moment_said = said_on.map(|day| Ts::end_of_day(day).min(call.now()));
    let then = match moment_said.map(&mut outcome_at) {
        // What was on record by then does not suffice for the comparison.
        Some(Err(problem)) if matches!(problem.kind.status, 400 | 422) => None,
        other => other.transpose()?,
    };
    let then = then.filter(|then| then.can_judge(&now));
    let withdrawn = match moment_said.filter(|_| then.is_none()) {
        Some(at) => {
            let periods = [Some(question.period), question.base.or(now.base)];
            withdrawn_on(conn, &figures.as_of(at), &series, periods.into_iter().flatten())?
        }
        None => None,
    };
    if question.base.is_none() {
        check.flags.extend(flags::baseline_before_term(conn, said, (question.period, now.base), &public)?);
    }
    check.compared = Some(StatementComparison {
        series: Some(series.key.clone()),
        method: question.method.map_or("level", comparison::Method::code),
        period: Some(question.period.text(series.frequency)),
        base_period: question.base.map(|base| base.text(series.frequency)),
        assumed: question.assumed,
    });
    judge(&mut check, &question, then.as_ref(), &now, withdrawn);
    let receipt = then.as_ref().unwrap_or(&now).receipt.as_ref();
    let is_own = match receipt {
        Some(receipt) => flags::is_own_source(call, conn, (row, draft), receipt, &public)?,
        None => false,
    };
    if is_own && question.method.is_none() {
        // A figure that is on record because it was said does not bear out what was said.
        check.verdict = StatementVerdict::OnlySource;
        check.verdict_words =
            "The figure on record is what the statement says: nothing else confirms it.".to_owned();
    } else if is_own {
        check.flags.push(flag(
            "own_figures",
            "The figures come from the statement's own source: only its arithmetic is checked.",
        ));
    }
    Ok(check)
}

const NO_SERIES: &str = "No figures of this series are public, so nothing can be computed.";

/// When the figures of these periods were withdrawn that were on record at a moment: the first day, if any were.
fn withdrawn_on(
    conn: &mut Conn,
    figures: &Figures,
    series: &SeriesInfo,
    periods: impl Iterator<Item = Period>,
) -> Result<Option<NaiveDate>, Problem> {
    let mut days = vec![];
    for period in periods {
        let cells = figures.cells(conn, [series.number], Some(period), figures.at)?;
        let of_period = cells.values().flatten().filter(|cell| cell.period == period);
        days.extend(of_period.filter_map(|cell| cell.release.withdrawn).map(Ts::day));
    }
    Ok(days.into_iter().min())
}

fn judge(
    check: &mut StatementCheck,
    question: &Question,
    then: Option<&Outcome>,
    now: &Outcome,
    withdrawn: Option<NaiveDate>,
) {
    let claim = &question.claim;
    let judgement = claim::verdict(claim, then.map(Outcome::computed).as_ref(), &now.computed());
    check.verdict = judgement.verdict.into();
    let judged = then.unwrap_or(now);
    check.verdict_words = match &judged.reason_words {
        Some(reason) => format!("{} {reason}", judgement.verdict.words()),
        None => judgement.verdict.words().to_owned(),
    };
    if judgement.gone_since {
        check.verdict_words =
            "The figures of that day confirmed it; they are no longer published.".to_owned();
        let detail = "The figures that confirmed it were withdrawn or hidden since.";
        check.flags.push(flag("gone_since", detail));
    }
    if let (Some(day), true) = (withdrawn, judgement.by_later) {
        // Nobody can tell any more whether they confirmed it, so later ones are not held against it.
        if judgement.verdict == Verdict::NotReproduced {
            check.verdict = StatementVerdict::NotPublished;
            check.verdict_words =
                "The figures of that day were withdrawn. Those of now do not confirm it.".to_owned();
        }
        let judged_by = if now.result.is_ok() { ": it is judged by later ones" } else { "" };
        let detail =
            format!("The figures of the day on which it was said were withdrawn on {day}{judged_by}.");
        check.flags.push(flag("withdrawn_then", detail));
    } else if judgement.by_later {
        let detail = match check.said_on {
            Some(_) => {
                "No figures of the day on which it was said are on record: it is judged by later ones."
            }
            None => "The day on which it was said is not on record: it is judged by the figures of now.",
        };
        check.flags.push(flag("no_vintage_then", detail));
    }
    if judged.target_status == Some("below_target") {
        check.flags.push(flag("below_target", "The value misses the target that was in force."));
    }
    if check.verdict != StatementVerdict::NotPublished {
        check.base_that_would_give_it = base_that_would_give_it(question, judged);
    }
    check.then = then.map(|then| shown(claim, then, Some(then.at)));
    check.now = Some(shown(claim, now, None));
}

/// The result of a moment, as the answer shows it.
fn shown(claim: &Claim, outcome: &Outcome, as_of: Option<Ts>) -> StatementResult {
    let decimals = claim.decimals() + 1;
    let text = |result: &Fraction| {
        let rounded = result.nearest(decimals);
        rounded.as_decimal().map_or_else(|| rounded.text(decimals), |value| value.to_string())
    };
    let result = outcome.result.as_ref();
    StatementResult {
        as_of,
        result: result.ok().map(text),
        holds: result.ok().and_then(|result| claim.holds_for(result, &outcome.precision)),
        reason: result.err().copied().map(Reason::code),
        reason_words: outcome.reason_words.clone(),
        receipt: outcome.receipt.clone(),
    }
}

/// The base from which the stated change would follow, if the statement does not hold. "More than" and "less than" name a limit that
/// no base gives.
fn base_that_would_give_it(question: &Question, outcome: &Outcome) -> Option<String> {
    if matches!(question.claim.qualifier, Qualifier::MoreThan(_) | Qualifier::LessThan(_)) {
        return None;
    }
    let holds = |result| question.claim.holds_for(result, &outcome.precision);
    let fails = outcome.result.as_ref().is_ok_and(|result| holds(result) == Some(false));
    let (Ok(current), Some(value), true) = (&outcome.current, question.claim.value(), fails) else {
        return None;
    };
    let base: Fraction = match question.quantity {
        StatedQuantity::Change | StatedQuantity::ChangePp => claim::base_for_change(current, value),
        StatedQuantity::ChangePct => claim::base_for_percentage(current, value)?,
        StatedQuantity::Value | StatedQuantity::Rank => return None,
    };
    // Exactly, as far as six decimals go: a rounded base would not give the stated change.
    let is_possible = outcome.can_be_negative || base.sign() != Ordering::Less;
    is_possible.then(|| base.as_decimal().map_or_else(|| base.text(DECIMALS), |base| base.to_string()))
}

/// The decimals of a base that has no end.
const DECIMALS: u32 = 2;
