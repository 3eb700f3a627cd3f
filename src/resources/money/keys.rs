//! By what totals are grouped: an expression for the key of a version `t`, with what has to be joined for it.

use crate::clock::Id;
use crate::record::visible::Visibility;
use crate::store::Sql;

/// In place of no key: behind every key that there is.
pub const NO_KEY: &str = "\u{10ffff}";

/// How versions are grouped.
pub struct Keyed {
    /// What is joined to `t` and its version `v`.
    pub joins: Sql,
    /// The key: text, or null.
    pub key: Sql,
    /// The record that the key stands for.
    pub id: &'static str,
    /// A name for a key that stands for no record.
    pub name: Sql,
}

impl Keyed {
    /// By a value.
    pub fn by(key: Sql) -> Keyed {
        Keyed { joins: Sql::new(""), key, id: "NULL", name: Sql::new("CAST(NULL AS TEXT)") }
    }

    /// By the record itself.
    pub fn itself() -> Keyed {
        Keyed { id: "t.record", ..Keyed::by(Sql::new("v.body_reference || ':' || v.reference")) }
    }

    /// By the record of a kind that a column names, as far as the reader sees it.
    pub fn named(visibility: &Visibility, column: &'static str, kind: &'static str) -> Keyed {
        Keyed { joins: seen(visibility, column, kind), id: "f.record", ..Keyed::by(reference(kind)) }
    }

    /// By the record that a list names, where it names one only.
    pub fn only_one(visibility: &Visibility, member: &'static str, kind: &'static str) -> Keyed {
        let joins = Sql::new(
            " LEFT JOIN link l ON l.record = t.record AND l.version = t.version AND l.member = ",
        )
        .bind(member)
        .text(
            " AND NOT EXISTS (SELECT 1 FROM link m WHERE m.record = l.record AND m.version = l.version
                 AND m.member = l.member AND m.position <> l.position)",
        )
        .append(seen(visibility, "l.other", kind));
        Keyed { joins, id: "f.record", ..Keyed::by(reference(kind)) }
    }

    /// By each priority that it delivers, itself or through an objective that serves it: once under each.
    pub fn priorities(visibility: &Visibility, plan: Option<Id>) -> Keyed {
        let of_plan = || match plan {
            Some(plan) => Sql::new(" AND p.plan = ").bind(plan),
            None => Sql::new(""),
        };
        let joins = Sql::new(
            " LEFT JOIN (SELECT l.record, l.version, p.record AS aim, p.version AS aimed FROM link l
             JOIN priority p ON p.record = l.other WHERE l.rel = 'delivers' AND l.member = 'priorities/*' AND ",
        )
        .append(visibility.filter_of("priority", "p"))
        .append(of_plan())
        .text(
            " UNION SELECT l.record, l.version, p.record, p.version FROM link l
             JOIN objective o ON o.record = l.other JOIN priority p ON p.record = o.priority
             WHERE l.rel = 'delivers' AND l.member = 'objectives/*' AND ",
        )
        .append(visibility.filter_of("objective", "o"))
        .text(" AND ")
        .append(visibility.filter_of("priority", "p"))
        .append(of_plan())
        .text(
            ") u ON u.record = t.record AND u.version = t.version
             LEFT JOIN record_version fv ON fv.record = u.aim AND fv.version = u.aimed",
        );
        Keyed { joins, id: "u.aim", ..Keyed::by(reference("priority")) }
    }

    /// The members of a selection that says which group a row is of: `k`, `id`, `name`.
    pub fn select(&self, pg: bool) -> Sql {
        // Text that comes out of JSON has another order there.
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

/// Joins the version of a named record that the reader sees, as `f` and `fv`.
fn seen(visibility: &Visibility, column: &'static str, kind: &'static str) -> Sql {
    Sql::new(" LEFT JOIN ")
        .text(kind)
        .text(" f ON f.record = ")
        .text(column)
        .text(" AND ")
        .append(visibility.filter_of(kind, "f"))
        .text(" LEFT JOIN record_version fv ON fv.record = f.record AND fv.version = f.version")
}

/// The name of what is joined as `fv`.
fn reference(kind: &str) -> Sql {
    match kind {
        "organisation" | "area" => Sql::new("fv.reference"),
        _ => Sql::new("fv.body_reference || ':' || fv.reference"),
    }
}

/// A member of the content of `v`, as text: its path as either database writes it.
pub fn member(pg: bool, in_pg: &'static str, in_sqlite: &'static str) -> Sql {
    match pg {
        true => Sql::new("(v.content::jsonb #>> '").text(in_pg).text("')"),
        false => Sql::new("json_extract(v.content, '").text(in_sqlite).text("')"),
    }
}

/// The financial year in which a day lies.
pub fn financial_year(pg: bool, column: &'static str) -> Sql {
    // Three months earlier it is the calendar year in which the financial year begins.
    match pg {
        true => Sql::new("to_char(").text(column).text(" - interval '3 months', 'YYYY') || '-04-01/P1Y'"),
        false => Sql::new("strftime('%Y', ").text(column).text(", '-3 months') || '-04-01/P1Y'"),
    }
}

/// Adds rows up for a page of groups: `entries` are the rows, `sums` what is selected of each group, `parts` what
/// else tells groups apart.
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
