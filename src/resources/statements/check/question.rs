//! What a statement says that figures can answer.

use super::verdict::StatementVerdict;
use crate::resources::comparisons::PeerAreas;
use crate::resources::statements::dto::{
    StatedQuantity, StatementContent, StatementMethod, StatementQualifier,
};
use crate::stats::claim::{Claim, Qualifier};
use crate::stats::comparison::Method;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;

/// A statement as a question to the figures.
pub struct Question {
    pub quantity: StatedQuantity,
    pub claim: Claim,
    /// None for the value of a period, which is compared with nothing.
    pub method: Option<Method>,
    pub period: Period,
    pub base: Option<Period>,
    pub peers: Option<PeerAreas>,
    /// Whether the source leaves open with which areas it compares, and the siblings are taken.
    pub takes_siblings: bool,
    /// Whether an editor has assumed the method or a period.
    pub assumed: bool,
}

/// Why figures cannot answer, whatever they are: the verdict and its sentence.
pub struct NoQuestion {
    pub verdict: StatementVerdict,
    pub words: &'static str,
}

impl Question {
    /// Reads a statement. Nothing is guessed: what is neither stated nor assumed is missing.
    pub fn of(content: &StatementContent) -> Result<Question, NoQuestion> {
        let no = |verdict, words| Err(NoQuestion { verdict, words });
        if content.indicator.is_none() {
            return no(
                StatementVerdict::NoSeries,
                "The statement names no indicator, so no figures can say whether it is right.",
            );
        }
        let (Some(quantity), Some(claim)) = (content.quantity, claim_of(content)) else {
            return no(StatementVerdict::NoFigure, "The statement states no figure and no direction.");
        };
        let assumption = content.assumption.as_ref();
        let stated = |method| (method != StatementMethod::Unstated).then_some(method);
        let method = stated(content.method).or(assumption.and_then(|one| one.method));
        let Some(method) = method else {
            return no(
                StatementVerdict::MissingBaseline,
                "The source does not say with what it compares, and nobody has assumed anything.",
            );
        };
        let period = content.period.as_ref().or(assumption.and_then(|one| one.period.as_ref()));
        let Some(period) = period.and_then(|text| text.period()) else {
            return no(
                StatementVerdict::AmbiguousPeriod,
                "The source does not say which period it is about.",
            );
        };
        let base = content.base_period.as_ref().or(assumption.and_then(|one| one.base_period.as_ref()));
        let base = base.and_then(|text| text.period());
        let method = method_of(method);
        if method == Some(Method::Since) && base.is_none() {
            return no(StatementVerdict::MissingBaseline, "The source does not say since when.");
        }
        let is_peer = matches!(method, Some(Method::PeerRank | Method::PeerMean));
        let peers = is_peer.then(|| match content.peers.is_empty() {
            true => PeerAreas::Siblings,
            false => PeerAreas::Named(content.peers.clone()),
        });
        let takes_siblings = is_peer && content.peers.is_empty();
        let assumed = assumption.is_some();
        Ok(Question { quantity, claim, method, period, base, peers, takes_siblings, assumed })
    }
}

impl Question {
    /// Whether the mean of areas is compared with: no field states which.
    pub fn takes_mean_of_rates(&self) -> bool {
        self.method == Some(Method::PeerMean)
    }

    /// The base that it is compared with, as far as the statement alone says it: two methods can name the same one.
    pub fn base_period(&self) -> Option<Period> {
        match self.method? {
            Method::Since => self.base,
            Method::YearOnYear => self.period.year_before(),
            Method::Previous if self.period.whole_months() == Some(12) => self.period.year_before(),
            _ => None,
        }
    }
}

/// The method of comparison; none for the value of a period.
fn method_of(method: StatementMethod) -> Option<Method> {
    match method {
        StatementMethod::Level | StatementMethod::Unstated => None,
        StatementMethod::Previous => Some(Method::Previous),
        StatementMethod::Yoy => Some(Method::YearOnYear),
        StatementMethod::Ytd => Some(Method::YearToDate),
        StatementMethod::Rolling12 => Some(Method::RollingYear),
        StatementMethod::Baseline => Some(Method::Baseline),
        StatementMethod::Since => Some(Method::Since),
        StatementMethod::Rate => Some(Method::Rate),
        StatementMethod::AgainstTarget => Some(Method::AgainstTarget),
        StatementMethod::PeerRank => Some(Method::PeerRank),
        StatementMethod::PeerMean => Some(Method::PeerMean),
    }
}

/// The claim, if the statement makes one that figures can bear out.
fn claim_of(content: &StatementContent) -> Option<Claim> {
    let value = content.value.as_ref().and_then(|value| value.scaled());
    // Of a range, the finer of the two.
    let last_place = [content.value, content.value_to].iter().flatten().map(|value| value.last_place()).min();
    let step = content.rounded_to.as_ref().and_then(|place| place.scaled()).or(last_place);
    let qualifier = match content.qualifier? {
        StatementQualifier::Exact => Qualifier::Exact(value?),
        StatementQualifier::Approx => Qualifier::Approx(value?),
        StatementQualifier::AtLeast => Qualifier::AtLeast(value?),
        StatementQualifier::AtMost => Qualifier::AtMost(value?),
        StatementQualifier::MoreThan => Qualifier::MoreThan(value?),
        StatementQualifier::LessThan => Qualifier::LessThan(value?),
        StatementQualifier::Range => {
            Qualifier::Range(value?, content.value_to.as_ref().and_then(|end| end.scaled())?)
        }
        StatementQualifier::Rose => Qualifier::Rose,
        StatementQualifier::Fell => Qualifier::Fell,
        StatementQualifier::Unchanged => Qualifier::Unchanged,
    };
    Some(Claim { qualifier, step: step.unwrap_or(Scaled::from_raw(1_000_000)) })
}
