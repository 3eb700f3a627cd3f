//! What happens to the observations at each step of their release's life.

use super::dto::ReleaseContent;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::record::kind::{LifecycleEvent, Step};
use crate::resources::disclosure;
use crate::resources::series::{self, ReleaseObservations};
use crate::store::Conn;

/// Publishes, withdraws or destroys the observations along with their release.
pub fn lifecycle_hook(conn: &mut Conn, event: &LifecycleEvent<'_>) -> Result<(), Problem> {
    let observations = series::of_release(conn, event.record)?;
    match (event.step, observations) {
        (Step::Published { from, scheduled }, Some(release)) if release.cells > 0 => {
            publish(conn, event, &release, from, scheduled)
        }
        (Step::Published { .. }, _) => Err(Problem::conflict(
            "This release has no observations. Submit them with `PUT /v1/releases/{id}/observations` before you publish it.",
        )),
        (_, None) | (Step::EditsRedacted, _) => Ok(()),
        (Step::Recalled, Some(release)) => match release.valid_from {
            Some(from) if from > event.now => series::cancel_publication(conn, &release),
            _ => Ok(()),
        },
        (Step::Withdrawn, Some(release)) => series::withdraw(conn, &release, event.now),
        (Step::Redacted, Some(release)) => series::redact(conn, &release, event.now),
    }
}

fn publish(
    conn: &mut Conn,
    event: &LifecycleEvent<'_>,
    release: &ReleaseObservations,
    from: Ts,
    scheduled: bool,
) -> Result<(), Problem> {
    // The observations are published already: only the content of the release has a new version.
    if release.valid_from.is_some() {
        return Ok(());
    }
    let content = ReleaseContent::from_json(event.content)?;
    let at = moment_of_publication(conn, release, &content, (from, scheduled), event.now)?;
    series::publish(conn, release, at)
}

/// When the observations are public if they are published from a moment on, which can be scheduled. 409 if they cannot be.
pub fn moment_of_publication(
    conn: &mut Conn,
    release: &ReleaseObservations,
    content: &ReleaseContent,
    (from, scheduled): (Ts, bool),
    now: Ts,
) -> Result<Ts, Problem> {
    if let Some(refusal) = refusal(conn, release, from)? {
        return Err(Problem::conflict(format!("This release cannot be published: {refusal}.")));
    }
    let at = match content.first_published {
        Some(_) if scheduled => {
            return Err(Problem::conflict(
                "These observations were first published elsewhere (`first_published`), so there is nothing to hold back. Publish them without `publish_at`.",
            ));
        }
        Some(first) if first > now => {
            return Err(Problem::conflict(format!(
                "`first_published` is {first}, which is in the future. Remove it, and give that moment as `publish_at`."
            )));
        }
        Some(first) => first,
        None => from,
    };
    disclosure::before_publication(conn, release, (from, at), now)?;
    Ok(at)
}

/// Why the observations cannot be published under the version of their indicator that is public at a moment.
fn refusal(conn: &mut Conn, release: &ReleaseObservations, at: Ts) -> Result<Option<String>, Problem> {
    let Some(content) = disclosure::public_content(conn, release.indicator, at)? else {
        return Ok(Some("its indicator has no version that is public then".to_owned()));
    };
    if let Some(refusal) = content.publication_refusal() {
        return Ok(Some(refusal.to_owned()));
    }
    let is_known = |n: usize, code: &str| {
        let dimension = content.dimensions.get(n);
        dimension.is_some_and(|dimension| dimension.codes.iter().any(|known| known.code == code))
    };
    let staged = series::staged_codes(conn, release)?;
    let missing =
        staged.iter().flat_map(|codes| codes.split('.').enumerate()).find(|(n, code)| !is_known(*n, code));
    Ok(missing.map(|(_, code)| {
        format!("the public version of its indicator lacks the code `{code}`; publish the version that has it first")
    }))
}
