//! What is asked of each observation, whichever way it came in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};

use chrono::NaiveDate;

use super::draft::{Acceptable, Draft, Number, Titles};
use super::found::Found;
use super::row::{Life, Shape, UploadRow};
use crate::problem::Problem;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};

/// From how much a fall to nought is worth a look: 50, in millionths.
const MUCH: i64 = 50_000_000;

/// Where rows go on to.
pub type Each<'a> = dyn FnMut(UploadRow) -> Result<(), Problem> + 'a;

/// Measures observations against the indicator and against those that came before.
pub struct Measure<'a> {
    shape: &'a Shape,
    each: &'a mut Each<'a>,
    /// Which row held a cell first; by two hashes of 64 bits, so that many rows stay small.
    seen: HashMap<(u64, u64), u64>,
    /// What each series had in the period read last.
    last: HashMap<u64, Last>,
    keys: [RandomState; 2],
}

/// The value of a series that was read last.
struct Last {
    start: NaiveDate,
    value: Scaled,
    row: u64,
}

impl<'a> Measure<'a> {
    /// For an indicator of this shape.
    pub fn new(shape: &'a Shape, each: &'a mut Each<'a>) -> Measure<'a> {
        let keys = [RandomState::new(), RandomState::new()];
        Measure { shape, each, seen: HashMap::new(), last: HashMap::new(), keys }
    }

    /// The shape.
    pub fn shape(&self) -> &'a Shape {
        self.shape
    }

    /// Says what is wrong with it, or hands it on.
    pub fn take(&mut self, mut draft: Draft, titles: &Titles, found: &mut Found) -> Result<(), Problem> {
        let obs = self.status(&mut draft, titles, found);
        if !draft.delete {
            self.value(&mut draft, obs, titles, found);
            self.parts(&mut draft, titles, found);
        }
        self.period(&mut draft, titles, found);
        self.lives(&mut draft, obs, titles, found);
        let codes: Option<Vec<u32>> = draft.codes.iter().copied().collect();
        if let (Some(codes), Some(period)) = (&codes, draft.period) {
            self.once(&mut draft, codes, period, found);
        }
        if draft.is_wrong() {
            draft.tell(found);
            return Ok(());
        }
        let (Some(codes), Some(period)) = (codes, draft.period) else {
            return Err(Problem::internal("a row without code or period, and no fault of it"));
        };
        let given = !draft.delete && !obs.without_value();
        let value = draft.value.get().filter(|_| given);
        if let Some(value) = value {
            self.fraction(&draft, value, titles, found);
            self.over(&draft, period, titles, found);
            self.falls(&draft, &codes, period, value, titles, found);
        }
        found.observations += 1;
        (self.each)(UploadRow {
            row: draft.row,
            codes,
            frequency: self.shape.frequency,
            period,
            value,
            numerator: draft.numerator.get().filter(|_| given),
            denominator: draft.denominator.get().filter(|_| given),
            obs,
            conf: draft.conf.unwrap_or(ConfStatus::Free),
            complete: draft.complete,
            reason: draft.reason,
            note: draft.note,
            delete: draft.delete,
        })
    }

    /// Without a word a value is a normal one, and no value is a fault.
    fn status(&self, draft: &mut Draft, titles: &Titles, found: &Found) -> ObsStatus {
        match draft.obs {
            Some(status) => status,
            None if draft.value == Number::Absent && !draft.delete && !draft.status_wrong => {
                draft.wrong(found, &titles.value, "no_value", || {
                    "No value stands here, and nothing says why: give it OBS_STATUS `O` where it is missing, `M` where there \
                     cannot be one, `Q` where it is kept back."
                        .to_owned()
                });
                ObsStatus::Missing
            }
            None => ObsStatus::Normal,
        }
    }

    fn value(&self, draft: &mut Draft, obs: ObsStatus, titles: &Titles, found: &Found) {
        let said = draft.obs.is_some();
        match draft.value {
            Number::Is(_) if obs.without_value() => {
                draft.wrong(found, &titles.value, "value_not_allowed", || {
                    format!(
                        "OBS_STATUS `{}` ({}) says that there is no value: leave it out, or give another status.",
                        obs.code(),
                        obs.words()
                    )
                });
            }
            Number::Absent if said && !obs.without_value() => {
                draft.wrong(found, &titles.value, "no_value", || {
                    format!(
                        "OBS_STATUS `{}` ({}) needs a value; without one it is `O`, `M` or `Q`.",
                        obs.code(),
                        obs.words()
                    )
                });
            }
            Number::Is(value)
                if self.shape.counts
                    && value.is_negative()
                    && !draft.accepted.has(Acceptable::NegativeCount) =>
            {
                draft.wrong(found, &titles.value, "negative_count", || {
                    format!(
                        "{value} is below nought, and this indicator counts things. Mend it; if the source has it so, let a \
                         rule of the mapping accept it and say why."
                    )
                });
            }
            _ => {}
        }
    }

    /// The numerator and the denominator: both, or, as percentages are often published, neither.
    fn parts(&self, draft: &mut Draft, titles: &Titles, found: &mut Found) {
        let neither = draft.numerator == Number::Absent && draft.denominator == Number::Absent;
        let parts = [
            ("numerator", draft.numerator, &titles.numerator),
            ("denominator", draft.denominator, &titles.denominator),
        ];
        for (name, number, title) in parts {
            if !self.shape.ratio && number != Number::Absent {
                draft.wrong(found, title, "not_a_ratio", || {
                    format!("This indicator divides nothing; leave the {name} out.")
                });
            }
            if self.shape.ratio && number == Number::Absent && !neither && draft.value.get().is_some() {
                let code = if name == "numerator" { "numerator_missing" } else { "denominator_missing" };
                draft.wrong(found, title, code, || {
                    format!("A ratio comes with both its parts or with neither; the {name} is missing.")
                });
            }
        }
        if self.shape.ratio && neither && draft.value.get().is_some() {
            found.warning(draft.row, &titles.value, "parts_missing", || {
                "A ratio without its numerator and denominator cannot be put together with others; give them where they are \
                 known."
                    .to_owned()
            });
        }
        if self.shape.ratio && draft.denominator == Number::Is(Scaled::ZERO) && draft.value.get().is_some() {
            draft.wrong(found, &titles.denominator, "denominator_zero", || {
                "Nothing can be divided by 0: leave the value out and say `M`.".to_owned()
            });
            return;
        }
        if let (true, Number::Is(value), Number::Is(above), Number::Is(below)) =
            (self.shape.ratio && self.shape.percent, draft.value, draft.numerator, draft.denominator)
            && !draft.accepted.has(Acceptable::RatioDisagrees)
            && !agrees(value, above, below, self.shape.decimals)
        {
            found.warning(draft.row, &titles.value, "ratio_disagrees", || {
                format!("{value} is not 100 × {above} / {below}, to as many decimals as it is shown with.")
            });
        }
    }

    fn period(&self, draft: &mut Draft, titles: &Titles, found: &Found) {
        let Some(period) = draft.period else { return };
        let frequency = self.shape.frequency;
        if let Err(fault) = frequency.fits(period) {
            draft.wrong(found, &titles.period, "wrong_frequency", || {
                format!(
                    "{} does not fit the frequency `{}` ({}). {fault}",
                    period.text(frequency),
                    frequency.code(),
                    frequency.words()
                )
            });
            draft.period = None;
        }
    }

    /// Codes live from a day to a day; outside of that nothing was counted under them.
    fn lives(&self, draft: &mut Draft, obs: ObsStatus, titles: &Titles, found: &mut Found) {
        let Some(period) = draft.period else { return };
        if draft.delete || obs == ObsStatus::CannotExist || draft.status_wrong {
            return;
        }
        for (n, dimension) in self.shape.dimensions.iter().enumerate() {
            let Some(code) = draft.codes[n].and_then(|place| dimension.at(place)) else { continue };
            let title = titles.dimensions.get(n).map_or("", String::as_str);
            let told = || {
                let words = period.words(self.shape.frequency);
                format!("`{}` of {} is used {}, and this is {words}", code.code, dimension.code, code.life())
            };
            match code.lives(period) {
                Life::Outside if !draft.accepted.has(Acceptable::OutsideLife) => {
                    draft.wrong(found, title, "outside_life", || {
                        format!(
                            "{}: there cannot be a value. Say `M`, in the row or by a rule of the mapping.",
                            told()
                        )
                    });
                }
                Life::Partly if !draft.accepted.has(Acceptable::PartlyOutsideLife) => {
                    found.warning(draft.row, title, "partly_outside_life", || {
                        format!("{}: what was counted is a part of it.", told())
                    });
                }
                _ => {}
            }
        }
    }

    /// Each cell comes once.
    fn once(&mut self, draft: &mut Draft, codes: &[u32], period: Period, found: &Found) {
        let key = (codes, period);
        let key = (self.keys[0].hash_one(key), self.keys[1].hash_one(key));
        match self.seen.entry(key) {
            Entry::Vacant(place) => {
                place.insert(draft.row);
            }
            Entry::Occupied(first) => draft.wrong(found, "", "duplicate_row", || {
                format!("Row {} has the same series and period; give each observation once.", first.get())
            }),
        }
    }

    /// What is counted is whole, or has the decimals of its indicator; else a row of another table slipped in.
    fn fraction(&self, draft: &Draft, value: Scaled, titles: &Titles, found: &mut Found) {
        let decimals = self.shape.decimals;
        if !self.shape.counts || value.raw() % 10_i64.pow(6_u32.saturating_sub(decimals)) == 0 {
            return;
        }
        found.warning(draft.row, &titles.value, "more_decimals", || {
            format!("{value} has more decimals than the {decimals} of this indicator, which counts things.")
        });
    }

    /// What has not happened yet has not been counted; the year is easily mistyped.
    fn over(&self, draft: &Draft, period: Period, titles: &Titles, found: &mut Found) {
        let Some(today) = self.shape.today.filter(|_| self.shape.counts && draft.complete) else { return };
        // A stock is counted on a day, which need not be over.
        if period.end.pred_opt().is_none_or(|last| last <= today) {
            return;
        }
        found.warning(draft.row, &titles.period, "not_over", || {
            let words = period.words(self.shape.frequency);
            format!("{words} is not over yet. If this is a part of it, say `complete` false; if not, mend the period.")
        });
    }

    /// A series that ends at nought has often only lost its code.
    fn falls(
        &mut self,
        draft: &Draft,
        codes: &[u32],
        period: Period,
        value: Scaled,
        titles: &Titles,
        found: &mut Found,
    ) {
        let now = Last { start: period.start, value, row: draft.row };
        let Some(before) = self.last.insert(self.keys[0].hash_one(codes), now) else { return };
        // Files run from the earliest to the latest, or the other way.
        let (from, to, row) = if before.start < period.start {
            (before.value, value, draft.row)
        } else {
            (value, before.value, before.row)
        };
        if to != Scaled::ZERO || from.raw() < MUCH || draft.accepted.has(Acceptable::FallsToZero) {
            return;
        }
        found.warning(row, &titles.value, "falls_to_zero", || {
            format!(
                "The series falls from {from} to 0. If its code has ended, that is no value: say `M` by a rule of the mapping, \
                 and give the code its last day."
            )
        });
    }
}

/// Whether a percentage is what its parts give, to half of its last decimal.
fn agrees(value: Scaled, above: Scaled, below: Scaled, decimals: u32) -> bool {
    let places = 6_u32.saturating_sub(decimals);
    let half = 10_i128.pow(places);
    let (value, above, below) = (i128::from(value.raw()), i128::from(above.raw()), i128::from(below.raw()));
    // 2 |value − 100·above/below| <= one unit of the last decimal, multiplied out.
    let off = (value * below - 100_000_000 * above).abs();
    2 * off <= half * below.abs()
}
