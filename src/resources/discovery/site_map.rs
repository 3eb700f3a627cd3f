//! `/sitemap.xml`: the address of each public record, by the protocol of sitemaps.org.

use std::fmt::Write;

use diesel::prelude::*;
use diesel::sql_types as st;
use quick_xml::escape::escape;

use super::addresses::SITE_MAP;
use crate::clock::{Id, Ts};
use crate::http::{Call, Reply, State};
use crate::problem::{Fault, Problem};
use crate::record::visible::Visibility;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Count, Sql};

/// The most addresses of one file, as the protocol has it.
const MOST: usize = 50_000;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    kind: String,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    public_from: Option<Ts>,
}

/// `GET /sitemap.xml`.
pub fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let page = call.params.int("page");
    let body = site_map(&call.state, conn, call.now(), page, MOST)?;
    Ok(Reply { content_type: "application/xml", ..Reply::json(body) })
}

/// The map of what is public at a moment, with at most so many addresses in a file: the whole, the index of its files, or the
/// file of that number. 404 where there is no such file.
pub fn site_map(
    state: &State,
    conn: &mut Conn,
    now: Ts,
    page: Option<i64>,
    most: usize,
) -> Result<String, Problem> {
    let public = || Sql::new(" FROM record_version v WHERE ").append(Visibility::as_of(now).filter("v"));
    // The first file has the first page and the lists too.
    let lists: Vec<String> = std::iter::once("/".to_owned())
        .chain(state.kinds.iter().map(|kind| format!("/v1/{}", kind.def.path)))
        .collect();
    let in_a_file = most.saturating_sub(lists.len()).max(1) as i64;
    let count: Count = Sql::new("SELECT count(*) AS n").append(public()).one_off().get_result(conn)?;
    let files = (count.n + in_a_file - 1) / in_a_file;
    let base = &state.public_url;
    let mut map = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let number = match (page, files) {
        (None, 0 | 1) => 1,
        (None, files) => {
            let _ = writeln!(map, "<sitemapindex xmlns=\"{NAMESPACE}\">");
            for number in 1..=files {
                let address = format!("{base}{}?page={number}", SITE_MAP);
                let _ = writeln!(map, "<sitemap><loc>{}</loc></sitemap>", escape(address));
            }
            return Ok(map + "</sitemapindex>\n");
        }
        (Some(number), files) if files > 1 && number <= files => number,
        (Some(number), _) => {
            let problem = Problem::not_found();
            let detail = format!(
                "The map has {files} files, and this is number {number}. Leave `page` out to see which there are."
            );
            let fault = Fault::parameter("page", "no_such_page", detail);
            return Err(Problem { errors: vec![fault], ..problem });
        }
    };
    let found: Vec<Found> = Sql::new("SELECT v.record, v.kind, v.public_from")
        .append(public())
        .text(" ORDER BY v.record LIMIT ")
        .bind(in_a_file)
        .text(" OFFSET ")
        .bind((number - 1) * in_a_file)
        .one_off()
        .load(conn)?;
    let _ = writeln!(map, "<urlset xmlns=\"{NAMESPACE}\">");
    for list in lists.iter().filter(|_| number == 1) {
        let _ = writeln!(map, "<url><loc>{}</loc></url>", escape(format!("{base}{list}")));
    }
    for one in found {
        let Some(kind) = state.kind(&one.kind) else { continue };
        let address = format!("{base}{}", kind.self_link(one.record));
        let changed = one.public_from.map(|at| format!("<lastmod>{at}</lastmod>")).unwrap_or_default();
        let _ = writeln!(map, "<url><loc>{}</loc>{changed}</url>", escape(address));
    }
    Ok(map + "</urlset>\n")
}
