//! What a question's meeting requires of its answers, and what a resident who put a question may expect of the record that is
//! made of it.

use chrono::Days;
use serde::Deserialize;

use super::dto::QuestionContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::meetings::MeetingContent;
use crate::resources::named::Seen;
use crate::resources::{fixed, received, rules};
use crate::store::Conn;

/// How long before its meeting a question can be answered. It is put for that meeting, so an earlier answer is dated wrongly.
const EARLIEST_ANSWER: Days = Days::new(366);

/// Checks that the meeting stays that to which the question was put, the days of the answers, and that a question is `edited` where it does not say what a resident has put. Once what was put is destroyed, the version
/// before takes its place.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let content = QuestionContent::deserialize(this.content).map_err(Problem::internal)?;
    fixed::once_public(conn, this, "question", &[("meeting", "meeting")], faults)?;
    check_days(conn, this, &content, faults)?;
    let original = received::original_of(conn, this.record)?;
    if let Some(original) = &original
        && this.named.get("meeting") != Some(&original.meeting)
        && !faults.iter().any(|fault| fault.code == "frozen")
    {
        let detail = "A resident put this question to another meeting. Restore that meeting, or withdraw this question and say why.";
        faults.push(Fault::pointer("/meeting", "frozen", detail));
    }
    if content.edited {
        return Ok(());
    }
    let Some(original) = original else { return Ok(()) };
    let is_reworded = match (&original.text, this.before) {
        (Some(text), _) => text.trim() != content.text.trim(),
        (None, Some(before)) => {
            let before = QuestionContent::deserialize(before).map_err(Problem::internal)?;
            before.edited || before.text.trim() != content.text.trim()
        }
        (None, None) => false,
    };
    if is_reworded {
        let detail =
            "A resident put this question in other words. Say so with `edited: true`, or restore the words.";
        faults.push(Fault::pointer("/edited", "mismatch", detail));
    }
    Ok(())
}

fn check_days(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    content: &QuestionContent,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let meeting = this.named.get("meeting").copied();
    let seen = Seen::read(conn, this, meeting)?;
    let held_on = seen.content::<MeetingContent>(meeting)?.and_then(|meeting| meeting.held_on);
    let first = held_on.and_then(|day| day.checked_sub_days(EARLIEST_ANSWER));
    for (n, answer) in content.answers.iter().enumerate() {
        let pointer = format!("/answers/{n}/on");
        rules::check_not_before(
            &pointer,
            answer.on,
            first,
            "the earliest day of an answer, a year before the meeting",
            faults,
        );
    }
    Ok(())
}
