//! What becomes of the figures at a step of their release's life.

use diesel::prelude::*;
use diesel::sql_types as st;

use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::kind::{LifecycleEvent, Step};
use crate::resources::indicators::{IndicatorContent, disclosure};
use crate::resources::series::{self, Figures};
use crate::store::{Conn, Sql};

/// Has the figures follow.
pub fn follow(conn: &mut Conn, followed: &LifecycleEvent<'_>) -> Result<(), Problem> {
    let figures = series::figures_of(conn, followed.record)?;
    match (followed.step, figures) {
        (Step::Published { from, scheduled }, Some(figures)) if figures.cells > 0 => {
            publish(conn, followed, &figures, from, scheduled)
        }
        (Step::Published { .. }, _) => Err(Problem::conflict(
            "No figures have been handed in; send them with `PUT /v1/releases/{id}/observations` before the release is published.",
        )),
        (_, None) => Ok(()),
        // A publication of the release's own words leaves figures as they are.
        (Step::Recalled, Some(figures)) => match figures.valid_from {
            Some(from) if from > followed.now => series::recall(conn, &figures),
            _ => Ok(()),
        },
        (Step::Withdrawn, Some(figures)) => series::end(conn, &figures, followed.now),
        (Step::Redacted, Some(figures)) => series::destroy(conn, &figures, followed.now),
    }
}

fn publish(
    conn: &mut Conn,
    followed: &LifecycleEvent<'_>,
    figures: &Figures,
    from: Ts,
    scheduled: bool,
) -> Result<(), Problem> {
    if figures.valid_from.is_some() {
        return Ok(());
    }
    if let Some(because) = refused(conn, figures, from)? {
        return Err(Problem::conflict(format!("This release cannot be published: {because}.")));
    }
    let first = followed.content["first_published"].as_str().and_then(Ts::parse);
    let at = match first {
        Some(_) if scheduled => {
            return Err(Problem::conflict(
                "These figures have been published elsewhere (`first_published`): there is nothing to keep back; publish them without `publish_at`.",
            ));
        }
        Some(first) if first > followed.now => {
            return Err(Problem::conflict(format!(
                "`first_published` is {first}, which is to come; leave it out, and give that moment as `publish_at`."
            )));
        }
        Some(first) => first,
        None => from,
    };
    series::publish(conn, figures, at)
}

/// Why these figures cannot be published, by what is public of their indicator at that moment.
fn refused(conn: &mut Conn, figures: &Figures, at: Ts) -> Result<Option<String>, Problem> {
    let Some(content) = public(conn, figures.indicator, at)? else {
        return Ok(Some(disclosure::NO_DISCLOSURE_CONTROL.to_owned()));
    };
    if let Some(refusal) = disclosure::publication_refusal(content.disclosure_profile) {
        return Ok(Some(refusal.to_owned()));
    }
    let known = |n: usize, code: &str| {
        content.dimensions.get(n).is_some_and(|dimension| dimension.codes.iter().any(|one| one.code == code))
    };
    let handed_in = series::codes_handed_in(conn, figures)?;
    let lacking =
        handed_in.iter().flat_map(|codes| codes.split('.').enumerate()).find(|(n, code)| !known(*n, code));
    Ok(lacking.map(|(_, code)| {
        format!("the public version of its indicator lacks the code `{code}`; publish the version that has it first")
    }))
}

/// What is public of the indicator at that moment.
fn public(conn: &mut Conn, indicator: Id, at: Ts) -> Result<Option<IndicatorContent>, Problem> {
    #[derive(QueryableByName)]
    struct Content {
        #[diesel(sql_type = st::Text)]
        content: String,
    }
    let rows: Vec<Content> = Sql::new("SELECT content FROM record_version WHERE record = ")
        .bind(indicator)
        .text(" AND public_from <= ")
        .bind(at)
        .text(" AND public_to > ")
        .bind(at)
        .load(conn)?;
    rows.first().map(|row| serde_json::from_str(&row.content)).transpose().map_err(Problem::internal)
}
