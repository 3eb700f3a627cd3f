//! Rows of a file of any form, read by a mapping.

use csv::StringRecord;

use super::draft::{Draft, Number};
use super::found::{Found, brief};
use super::mapping::{Mapping, PeriodEnd};
use super::measure::Measure;
use super::plan::{CodeSource, Meaning, PeriodSource, Plan, ValueColumn};
use super::rules::{self, Line};
use super::sentences as words;
use super::table::Reader;
use super::text;
use crate::problem::Problem;
use crate::stats::period::{Period, PeriodFault};
use crate::stats::status::ObsStatus;

/// Reads by a mapping.
pub struct Mapped<'m, 's> {
    mapping: &'m Mapping,
    measure: &'m mut Measure<'s>,
    plan: Option<Plan>,
}

impl<'m, 's> Mapped<'m, 's> {
    /// Hands on to the measure.
    pub fn new(mapping: &'m Mapping, measure: &'m mut Measure<'s>) -> Mapped<'m, 's> {
        Mapped { mapping, measure, plan: None }
    }
}

impl Reader for Mapped<'_, '_> {
    fn header(&mut self, titles: Vec<String>, found: &mut Found) -> bool {
        self.plan = Plan::new(self.mapping, self.measure.shape(), titles, found);
        self.plan.is_some()
    }

    fn row(&mut self, row: u64, cells: &StringRecord, found: &mut Found) -> Result<(), Problem> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let mut line = Line::new(cells);
        let wanted = rules::holds(&plan.keep, &line);
        let because = if wanted { plan.rules.before(&mut line, found) } else { None };
        let Some(because) = because else {
            found.rows_left_out += 1;
            return Ok(());
        };
        let mut base = Draft::new(row, self.measure.shape());
        plan.codes(&line, &mut base, self.measure, found);
        plan.period(&line, &mut base, found);
        base.numerator = plan.other_number(plan.numerator, &line, &mut base, found);
        base.denominator = plan.other_number(plan.denominator, &line, &mut base, found);
        plan.words(&line, &mut base, found);
        if plan.values.len() > 1 {
            // Said once, not for each column.
            base.tell(found);
        }
        for column in &plan.values {
            let mut draft = base.clone();
            for (changed, reason) in &because {
                let of_another = plan.values.iter().any(|value| value.column == *changed);
                if !of_another || *changed == column.column {
                    draft.because(reason);
                }
            }
            plan.value(column, &line, &mut draft, found);
            if plan.rules.after(&line, &mut draft, found) {
                self.measure.take(draft, &column.titles, found)?;
            } else {
                found.rows_left_out += 1;
            }
        }
        Ok(())
    }
}

impl Plan {
    fn codes(&self, line: &Line<'_>, draft: &mut Draft, measure: &Measure<'_>, found: &mut Found) {
        let shape = measure.shape();
        for (n, source) in self.codes.iter().enumerate() {
            let (columns, codes, strip) = match source {
                CodeSource::Fixed(code) => {
                    draft.codes[n] = Some(*code);
                    continue;
                }
                CodeSource::Value => continue,
                CodeSource::Cells { columns, codes, strip } => (columns, codes, *strip),
            };
            let filled = columns.iter().find(|column| !line.get(**column).is_empty());
            let Some(column) = filled else {
                let title = columns.first().map_or_else(String::new, |column| self.header.title(*column));
                let mapped = codes.get("").copied();
                draft.codes[n] = mapped;
                if mapped.is_none() {
                    let dimension = &shape.dimensions[n];
                    draft.wrong(found, &title, "required", || {
                        format!("Nothing here says the code of {} ({}).", dimension.code, dimension.name)
                    });
                }
                continue;
            };
            let tidy = text::tidy(line.get(*column));
            let known = |text: &str| codes.get(text).copied().or_else(|| shape.dimensions[n].find(text));
            draft.codes[n] = known(&tidy);
            if strip && draft.codes[n].is_none() {
                draft.codes[n] = known(&text::without_footnotes(&tidy));
            }
            if draft.codes[n].is_none() {
                words::unknown_code(draft, &self.header.title(*column), &tidy, n, shape, found);
            }
        }
    }

    fn period(&self, line: &Line<'_>, draft: &mut Draft, found: &Found) {
        let (column, texts, form) = match &self.period {
            PeriodSource::Fixed(period) => {
                draft.period = Some(*period);
                return;
            }
            PeriodSource::Value => return,
            PeriodSource::Cell { column, texts, form } => (*column, texts, form),
        };
        let cell = text::tidy(line.get(column));
        let read = match (texts.get(cell.as_ref()), form) {
            (Some(period), _) => Ok(*period),
            (None, None) => Period::parse(&cell),
            (None, Some((form, end, months))) => match form.days(&cell) {
                None => Err(PeriodFault::Form),
                Some((first, _)) if *end == PeriodEnd::Start => text::starting(first, *months),
                Some((_, last)) => Period::ending(last, *months),
            },
        };
        match read {
            Ok(period) => draft.period = Some(period),
            Err(fault) => {
                let title = self.header.title(column);
                let own = (fault == PeriodFault::Form).then_some(form.as_ref()).flatten();
                draft.wrong(found, &title, fault.code(), || match own {
                    Some(_) => format!(
                        "`{}` is not written as the mapping says; if it stands for a period, say which in its `texts`.",
                        brief(&cell)
                    ),
                    None => format!("`{}` is not taken for a period. {fault}", brief(&cell)),
                });
            }
        }
    }

    fn words(&self, line: &Line<'_>, draft: &mut Draft, found: &Found) {
        if let Some(column) = self.status {
            let cell = line.get(column);
            draft.obs = ObsStatus::parse(cell);
            if draft.obs.is_none() && !cell.is_empty() {
                draft.status_wrong = true;
                draft.wrong(found, &self.header.title(column), "unknown_status", || words::unknown_obs(cell));
            }
        }
        if let Some(column) = self.reason {
            draft.reason = words::words(line.get(column), &self.header.title(column), draft, found);
        }
        if let Some(column) = self.note {
            draft.note = words::words(line.get(column), &self.header.title(column), draft, found);
        }
    }

    /// A number that marks do not stand in for.
    fn other_number(
        &self,
        column: Option<usize>,
        line: &Line<'_>,
        draft: &mut Draft,
        found: &Found,
    ) -> Number {
        let Some(column) = column else { return Number::Absent };
        let cell = line.get(column);
        if cell.is_empty() || self.marks.get(cell).is_some_and(|mark| mark.value.is_none()) {
            return Number::Absent;
        }
        self.number(cell, &self.header.title(column), draft, found)
    }

    fn value(&self, column: &ValueColumn, line: &Line<'_>, draft: &mut Draft, found: &Found) {
        for (n, code) in &column.codes {
            draft.codes[*n] = Some(*code);
        }
        draft.period = column.period.or(draft.period);
        let cell = line.get(column.column);
        if let Some(mark) = self.marks.get(cell) {
            draft.value = mark.value.map_or(Number::Absent, Number::Is);
            return note_meaning(draft, *mark);
        }
        let behind = self.footnotes.iter().find_map(|(mark, means)| {
            let rest = cell.strip_suffix(mark.as_str())?;
            (!rest.trim().is_empty()).then_some((rest.trim_end(), *means))
        });
        let cell = behind.map_or(cell, |(rest, _)| rest);
        if let Some((_, means)) = behind {
            note_meaning(draft, means);
        }
        if !cell.is_empty() {
            draft.value = self.number(cell, &column.titles.value, draft, found);
        }
    }

    fn number(&self, cell: &str, title: &str, draft: &mut Draft, found: &Found) -> Number {
        let read = match self.round_to {
            Some(places) => text::rounded(cell, self.thousands, places),
            None => text::number(cell, self.thousands),
        };
        match read {
            Ok(number) => Number::Is(number),
            Err(fault) => {
                draft.wrong(found, title, fault.code(), || {
                    let shown = brief(cell);
                    let hint = if cell.bytes().any(|byte| byte.is_ascii_digit()) {
                        String::new()
                    } else {
                        " If it stands for one, or for none, say so in `value.marks` of the mapping."
                            .to_owned()
                    };
                    format!("`{shown}` is not taken for a number. {fault}{hint}")
                });
                Number::Wrong
            }
        }
    }
}

fn note_meaning(draft: &mut Draft, means: Meaning) {
    draft.obs = means.obs.or(draft.obs);
    draft.conf = means.conf.or(draft.conf);
}
