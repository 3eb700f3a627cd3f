//! Questions from residents without an account: put to a meeting, followed by a receipt, decided on in an inbox. All of it is
//! there only where the office has turned it on ([`Site::resident_questions`](crate::config::Site)).

mod ask;
mod dto;
mod inbox;
mod personal;
mod receipts;
mod sender;

pub use dto::{Asker, InboxQuestion, QuestionReceipt, ReceivedQuestion};

use serde_json::json;

use crate::access::rule::{MODERATE, READ_INBOX, READ_PUBLIC};
use crate::http::form::FORM;
use crate::http::input::Empty;
use crate::http::kinds::{cursor_param, format_param, limit_param};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::params::{Param, ParamType};
use crate::resources::received::ReceivedState;

pub fn operations() -> Vec<Operation> {
    let mut all = vec![ask_row(), receipt_row(), withdraw_row(), inbox_row()];
    all.extend([accept_row(), same_as_row(), refuse_row()]);
    for row in &mut all {
        row.tag = "questions";
        row.optional = true;
    }
    all
}

/// The parameter of a receipt.
const RECEIPT: (&str, &str) = ("receipt", "What the question was answered with when it was put.");
/// The parameter of a question in the inbox.
const ID: (&str, &str) = ("id", "The id of the question in the inbox.");

fn ask_row() -> Operation {
    let mut row = Operation::new(
        Method::Post,
        "/v1/meetings/{id}/questions",
        "ask_question",
        READ_PUBLIC,
        Handler::Write(ask::ask),
    );
    row.summary = "Put a question to a meeting, without an account".to_owned();
    row.description = "For anyone, where the office has turned this on (404 otherwise): a question to a public meeting that takes questions (`questions` of the meeting), until the end of `close_on` in London. No name and no address of yours is stored; the answer has a receipt, by which you see what became of the question, and take it back. It cannot be read again, so note it down. Nobody but the office sees the question until it is accepted. A text with a link, an address of e-mail, a telephone number or a postcode is refused with its place (422). The page of the meeting has a form for it. At most 3 questions a day from one address, and 200 that wait for one meeting (429).".to_owned();
    row.path_params = vec![("id", "The meeting, by id or as `body:REFERENCE`.")];
    row.before_body = Some(|call, conn| ask::meeting(call, conn).map(|_| ()));
    let example =
        json!({"text": "How many officers work in the neighbourhood teams?", "asked_by": "resident"});
    row.body = Some(BodySpec::of::<dto::NewQuestion>(example).question());
    let mut answer =
        Answer::named(202, "It is received.", "ReceivedQuestion").untagged().with_headers(&["Location"]);
    answer.page = true;
    row.answers = vec![answer];
    row.problems = vec![403, 404, 409, 410, 422, 429];
    row.unnamed = true;
    row.cost = 10;
    row
}

fn receipt_row() -> Operation {
    let mut row = Operation::new(
        Method::Get,
        "/v1/question-receipts/{receipt}",
        "get_question_receipt",
        READ_PUBLIC,
        Handler::Read(receipts::get),
    );
    row.summary = "Get what became of a question".to_owned();
    row.description = "For whoever has the receipt: whether the question waits, was accepted, asks the same as another, was refused and why, or was taken back. It ends 28 days after the refusal or the answer.".to_owned();
    row.path_params = vec![RECEIPT];
    row.answers = vec![Answer::named(200, "What became of it.", "QuestionReceipt").untagged()];
    row.problems = vec![404];
    row.unnamed = true;
    row.cost = 10;
    row
}

fn withdraw_row() -> Operation {
    let mut row = Operation::new(
        Method::Post,
        "/v1/question-receipts/{receipt}/withdraw",
        "withdraw_question_receipt",
        READ_PUBLIC,
        Handler::Write(receipts::withdraw),
    );
    row.summary = "Take a question back".to_owned();
    row.description = "For whoever has the receipt: what was put is destroyed at once, and so is a draft that the office has made of it. Once the question is public, or has a moment at which it will be, the office decides (409).".to_owned();
    row.path_params = vec![RECEIPT];
    row.before_body = Some(|call, conn| receipts::of_call(call, conn).map(|_| ()));
    let mut body = BodySpec::optional_of::<Empty>(json!({})).credentials();
    body.media_types = &["application/json", FORM];
    row.body = Some(body);
    let mut answer = Answer::named(200, "What became of it.", "QuestionReceipt").untagged();
    answer.page = true;
    row.answers = vec![answer];
    row.problems = vec![403, 404, 409, 422];
    row.unnamed = true;
    row.cost = 10;
    row
}

fn inbox_row() -> Operation {
    let mut row = Operation::new(
        Method::Get,
        "/v1/question-inbox",
        "list_question_inbox",
        READ_INBOX,
        Handler::Read(inbox::list),
    );
    row.summary = "List what residents have put".to_owned();
    row.description = "The questions that residents have put to the meetings of the caller's office, the oldest first, until they are destroyed: 28 days after their refusal or answer.".to_owned();
    let states = ReceivedState::ALL.iter().map(|state| state.name().to_owned()).collect();
    row.params = vec![
        Param::new("state", ParamType::Codes(states), "Only questions in these states."),
        cursor_param(),
        limit_param(),
        format_param(),
    ];
    row.answers = vec![Answer::named(200, "A page of questions.", "InboxQuestionList").untagged().or_csv()];
    row.problems = vec![403, 404];
    row
}

/// A decision on a question of the inbox.
fn decision(verb: &str, id: &str, handler: Handler) -> Operation {
    let path = format!("/v1/question-inbox/{{id}}/{verb}");
    let mut row = Operation::new(Method::Post, path, id, MODERATE, handler);
    row.path_params = vec![ID];
    row.before_body = Some(|call, conn| inbox::waiting(call, conn).map(|_| ()));
    row.answers = vec![Answer::named(200, "The question.", "InboxQuestion").untagged()];
    row.problems = vec![403, 404, 409, 422];
    row
}

fn accept_row() -> Operation {
    let mut row = decision("accept", "accept_inbox_question", Handler::Write(inbox::accept));
    row.summary = "Accept a resident's question".to_owned();
    row.description = "Makes a draft of a question (`/v1/questions`) of it, which another person publishes. `text` rewords it: then the draft is `edited`.".to_owned();
    let example = json!({"reference": "QUESTION-EXAMPLE-2"});
    row.body = Some(BodySpec::of::<dto::Acceptance>(example));
    row
}

fn same_as_row() -> Operation {
    let mut row = decision("same-as", "merge_inbox_question", Handler::Write(inbox::same_as));
    row.summary = "Say that another question asks the same".to_owned();
    row.description =
        "Names the question of the same meeting that asks the same. Its answer answers both. If that one ends before it is public, this one waits again.".to_owned();
    row.body = Some(BodySpec::of::<dto::SameAs>(json!({"same_as": "derbyshire-pcc:QUESTION-EXAMPLE-1"})));
    row
}

fn refuse_row() -> Operation {
    let mut row = decision("refuse", "refuse_inbox_question", Handler::Write(inbox::refuse));
    row.summary = "Refuse a resident's question".to_owned();
    row.description = "Refuses it for one of the reasons. Everyone sees how many were refused for which; whoever has the receipt sees the reason.".to_owned();
    row.body = Some(BodySpec::of::<dto::Refusal>(json!({"reason": "not_policing"})));
    row
}
