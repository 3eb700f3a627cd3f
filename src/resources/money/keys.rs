//! How sums are grouped: an SQL expression for the key of a version `t`, with the joins that it needs.

use crate::clock::Id;
use crate::record::visible::Visibility;
use crate::store::Sql;

/// Stands for a missing key; sorts after every key.
pub const NO_KEY: &str = "\u{10ffff}";

/// How versions are grouped.
pub struct Grouping {
    /// The joins to `t` and its version `v`.
    pub joins: Sql,
    /// The key: text or null.
    pub key: Sql,
    /// The record that the key identifies.
    pub id: &'static str,
    /// The name of a key that identifies no record.
    pub name: Sql,
}

impl Grouping {
    /// Groups by a value.
    pub fn by(key: Sql) -> Grouping {
        Grouping { joins: Sql::new(""), key, id: "NULL", name: Sql::new("CAST(NULL AS TEXT)") }
    }

    /// Groups by the record itself.
    pub fn by_record() -> Grouping {
        Grouping { id: "t.record", ..Grouping::by(Sql::new("v.body_reference || ':' || v.reference")) }
    }

    /// Groups by the record that a column names, where the reader sees it.
    pub fn by_named(visibility: &Visibility, column: &'static str, kind: &'static str) -> Grouping {
        Grouping {
            joins: visible_version(visibility, column, kind),
            id: "f.record",
            ..Grouping::by(reference())
        }
    }

    /// Groups by the record that a list names, where it names only one.
    pub fn by_only_named(visibility: &Visibility, field: &'static str, kind: &'static str) -> Grouping {
        let joins = Sql::new(
            " LEFT JOIN link l ON l.record = t.record AND l.version = t.version AND l.member = ",
        )
        .bind(field)
        .text(
            " AND NOT EXISTS (SELECT 1 FROM link m WHERE m.record = l.record AND m.version = l.version
                 AND m.member = l.member AND m.position <> l.position)",
        )
        .append(visible_version(visibility, "l.other", kind));
        Grouping { joins, id: "f.record", ..Grouping::by(reference()) }
    }

    /// Groups by each priority that a record delivers, directly or through an objective: once under each.
    pub fn by_priorities(visibility: &Visibility, plan: Option<Id>) -> Grouping {
        let delivered = Sql::new(
            "SELECT l.record, l.version, p.record AS aim, p.version AS aimed FROM link l
             JOIN priority p ON p.record = l.other WHERE l.rel = 'delivers' AND l.member = 'priorities/*' AND ",
        )
        .append(visibility.filter_of("priority", "p"))
        .append(of_plan("p", plan))
        .text(
            " UNION SELECT l.record, l.version, p.record, p.version FROM link l
             JOIN objective o ON o.record = l.other JOIN priority p ON p.record = o.priority
             WHERE l.rel = 'delivers' AND l.member = 'objectives/*' AND ",
        )
        .append(visibility.filter_of("objective", "o"))
        .text(" AND ")
        .append(visibility.filter_of("priority", "p"))
        .append(of_plan("p", plan));
        Grouping::by_delivered(delivered)
    }

    /// Groups by each objective that a record delivers: once under each.
    pub fn by_objectives(visibility: &Visibility, plan: Option<Id>) -> Grouping {
        let delivered = Sql::new(
            "SELECT l.record, l.version, o.record AS aim, o.version AS aimed FROM link l
             JOIN objective o ON o.record = l.other WHERE l.rel = 'delivers' AND l.member = 'objectives/*' AND ",
        )
        .append(visibility.filter_of("objective", "o"))
        .append(of_plan("o", plan));
        Grouping::by_delivered(delivered)
    }

    /// Groups by what a record delivers: versions of records, each with a version that it delivers.
    fn by_delivered(delivered: Sql) -> Grouping {
        let joins = Sql::new(" LEFT JOIN (").append(delivered).text(
            ") u ON u.record = t.record AND u.version = t.version
             LEFT JOIN record_version fv ON fv.record = u.aim AND fv.version = u.aimed",
        );
        Grouping { joins, id: "u.aim", ..Grouping::by(reference()) }
    }

    /// The columns of a selection that identify a row's group: `k`, `id`, `name`.
    pub fn select(&self, pg: bool) -> Sql {
        // PostgreSQL would sort text from JSON by its own collation.
        let collated = if pg { " COLLATE \"C\"" } else { "" };
        Sql::new("SELECT (coalesce(")
            .append(self.key.clone())
            .text(", ")
            .bind(NO_KEY)
            .text("))")
            .text(collated)
            .text(" AS k, ")
            .text(self.id)
            .text(" AS id, ")
            .append(self.name.clone())
            .text(" AS name, ")
    }
}

/// The condition that the row with this alias is of the plan, if one is named.
fn of_plan(alias: &'static str, plan: Option<Id>) -> Sql {
    match plan {
        Some(plan) => Sql::new(" AND ").text(alias).text(".plan = ").bind(plan),
        None => Sql::new(""),
    }
}

/// Joins the version of a named record that the reader sees, as `f` and `fv`.
fn visible_version(visibility: &Visibility, column: &'static str, kind: &'static str) -> Sql {
    Sql::new(" LEFT JOIN ")
        .text(kind)
        .text(" f ON f.record = ")
        .text(column)
        .text(" AND ")
        .append(visibility.filter_of(kind, "f"))
        .text(" LEFT JOIN record_version fv ON fv.record = f.record AND fv.version = f.version")
}

/// The reference of the record that is joined as `fv`, with its policing body if it has one.
fn reference() -> Sql {
    Sql::new("coalesce(fv.body_reference || ':', '') || fv.reference")
}

/// A field of the content of `v`, as text: its path in the syntax of each database.
pub fn content_field(pg: bool, in_pg: &'static str, in_sqlite: &'static str) -> Sql {
    match pg {
        true => Sql::new("(v.content::jsonb #>> '").text(in_pg).text("')"),
        false => Sql::new("json_extract(v.content, '").text(in_sqlite).text("')"),
    }
}

/// The financial year of a day.
pub fn financial_year(pg: bool, column: &'static str) -> Sql {
    // Three months earlier is the calendar year in which the financial year begins.
    match pg {
        true => Sql::new("to_char(").text(column).text(" - interval '3 months', 'YYYY') || '-04-01/P1Y'"),
        false => Sql::new("strftime('%Y', ").text(column).text(", '-3 months') || '-04-01/P1Y'"),
    }
}

/// Sums rows for a page of groups: `entries` are the rows, `sums` the selection of each group, `parts` further columns to
/// group by.
pub fn page(entries: Sql, sums: &'static str, parts: &'static str, after: Option<String>, limit: i64) -> Sql {
    let mut sql =
        Sql::new("WITH entries AS (").append(entries).text("), page AS (SELECT DISTINCT e.k FROM entries e");
    if let Some(after) = after {
        sql = sql.text(" WHERE e.k > ").bind(after);
    }
    sql.text(" ORDER BY e.k LIMIT ")
        .bind(limit)
        .text(") SELECT x.k, x.id, min(x.name) AS name, ")
        .text(sums)
        .text(" FROM entries x JOIN page ON page.k = x.k GROUP BY x.k, x.id, ")
        .text(parts)
        .text(" ORDER BY x.k, ")
        .text(parts)
        .one_off()
}
