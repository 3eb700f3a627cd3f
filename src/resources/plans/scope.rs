//! Which records belong to a plan: SQL conditions on a version `t` of another kind.

use chrono::NaiveDate;

use super::dto::PlanContent;
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::store::Sql;

/// The parts of a plan that decide which records belong to it.
pub struct PlanScope {
    /// The plan.
    pub record: Id,
    /// The version that the reader sees.
    version: i64,
    /// The body of the plan: another body's records never belong to it.
    pub body: Option<Id>,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

impl PlanScope {
    pub fn of(row: &Row) -> Result<PlanScope, Problem> {
        let content: PlanContent = row.content()?;
        Ok(PlanScope {
            record: row.record,
            version: row.version,
            body: row.body,
            from: content.from,
            to: content.to,
        })
    }

    /// The version `t` belongs to the plan's body, and the reader sees it.
    pub fn same_body(&self, kind: &str, visibility: &Visibility) -> Sql {
        Sql::new("t.body = ").bind(self.body).text(" AND ").append(visibility.filter_of(kind, "t"))
    }

    /// The version `t` names the plan's term of office, if the reader sees that term.
    pub fn same_term(&self, visibility: &Visibility) -> Sql {
        Sql::new("t.term IN (SELECT o.record FROM plan p JOIN office_term o ON o.record = p.term WHERE p.record = ")
            .bind(self.record)
            .text(" AND p.version = ")
            .bind(self.version)
            .text(" AND ")
            .append(visibility.filter_of("office_term", "o"))
            .text(")")
    }

    /// The version `t` and the plan share a source.
    fn shared_source(&self) -> Sql {
        Sql::new(
            "EXISTS (SELECT 1 FROM link l JOIN link p ON p.other = l.other WHERE l.record = t.record
             AND l.version = t.version AND l.member = 'sources/*/source' AND p.member = 'sources/*/source' AND p.record = ",
        )
        .bind(self.record)
        .text(" AND p.version = ")
        .bind(self.version)
        .text(")")
    }

    /// The day in the column lies within the plan; an undated version counts if it shares a source with the plan.
    pub fn dated_within(&self, column: &'static str) -> Sql {
        self.day_within(&Sql::new(column))
    }

    /// The condition of [`PlanScope::dated_within`] for a day that an expression gives.
    pub fn day_within(&self, day: &Sql) -> Sql {
        let mut within = day.clone().text(" >= ").bind(self.from);
        if let Some(to) = self.to {
            within = within.text(" AND ").append(day.clone()).text(" <= ").bind(to);
        }
        self.or_undated(day, within)
    }

    /// The financial year of the version `t` begins within the plan. The column holds an interval as text, which
    /// sorts by its first day.
    pub fn year_within(&self) -> Sql {
        let mut within = Sql::new("t.financial_year >= ").bind(format!("{}/P1Y", self.from));
        if let Some(to) = self.to {
            within = within.text(" AND t.financial_year <= ").bind(format!("{to}/P1Y"));
        }
        self.or_undated(&Sql::new("t.financial_year"), within)
    }

    fn or_undated(&self, day: &Sql, within: Sql) -> Sql {
        Sql::new("((")
            .append(within)
            .text(") OR (")
            .append(day.clone())
            .text(" IS NULL AND ")
            .append(self.shared_source())
            .text("))")
    }
}
