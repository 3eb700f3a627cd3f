//! Questions from residents: the form below a meeting, and what became of a question.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::block::{Block, Field, Form, text, words};
use super::shown::{Shower, Shown};
use crate::clock::parse_day;
use crate::http::Call;
use crate::http::form::{self, FORM};
use crate::problem::{At, Fault, Problem};
use crate::resources::codes_of_askers;

/// The form with which a resident puts a question to a meeting, as long as it takes questions.
pub fn form(call: &Call, fields: &Map<String, Value>) -> Vec<Block> {
    let of = |name: &str| fields.get(name).and_then(Value::as_str);
    let close =
        fields.get("questions").and_then(|questions| questions["close_on"].as_str()).and_then(parse_day);
    let is_open = close.is_some_and(|close| call.now().day() <= close)
        && of("status") == Some("scheduled")
        && of("access") != Some("private")
        && of("state") == Some("published")
        && !call.params.has("as_of");
    let (true, true, Some(id)) = (call.state.site.resident_questions, is_open, of("id")) else {
        return vec![];
    };
    vec![
        Block::Heading { level: 2, id: "ask".to_owned(), words: words("Put a question") },
        Block::text(
            "You need no account. Give no name, address, telephone number or link: we store none of yours, and everyone sees the question once it is accepted. You get a receipt, by which you see what became of it and can take it back.",
        ),
        put(id, &Put::default(), &[]),
    ]
}

/// What the form sends.
#[derive(Default, Deserialize)]
struct Put {
    text: Option<String>,
    asked_by: Option<String>,
}

/// The form with what was sent and what was wrong with it.
fn put(meeting: &str, sent: &Put, faults: &[Fault]) -> Block {
    let option = |code: String| {
        let words = super::shown::label(&super::words::of(&code));
        (code, words)
    };
    let of = |name: &str| {
        let at = At::Pointer(format!("/{name}"));
        faults.iter().filter(|fault| fault.at == at).map(|fault| fault.detail.clone()).collect()
    };
    Block::Form(Form {
        action: format!("/v1/meetings/{meeting}/questions"),
        is_change: true,
        fields: vec![
            Field {
                name: "text",
                label: "Your question",
                input: "textarea",
                value: sent.text.clone().unwrap_or_default(),
                is_required: true,
                faults: of("text"),
                ..Field::default()
            },
            Field {
                name: "asked_by",
                label: "You ask as",
                value: sent.asked_by.clone().unwrap_or_else(|| "resident".to_owned()),
                options: codes_of_askers().into_iter().map(option).collect(),
                faults: of("asked_by"),
                ..Field::default()
            },
        ],
        button: "Put the question",
        ..Form::default()
    })
}

/// The page of a question that was refused for what it says or for the day: the form again, with the text, so that whoever asks
/// can correct it. None for another refusal.
pub fn again(call: &Call, problem: &Problem) -> Option<(String, Vec<Block>)> {
    let is_form = call.headers.content_type.as_deref() == Some(FORM);
    if call.operation.id != "ask_question" || !is_form || ![422, 429].contains(&problem.kind.status) {
        return None;
    }
    let sent: Put = form::read(&call.body)?;
    let meeting = call.segment("id");
    let title = "Your question was not received".to_owned();
    let lead = match problem.kind.status {
        422 => "Correct what is marked below, and put it again.",
        _ => problem.detail.as_str(),
    };
    let at_field = |fault: &&Fault| {
        ["/text", "/asked_by"].iter().any(|name| fault.at == At::Pointer((*name).to_owned()))
    };
    let others =
        problem.errors.iter().filter(|fault| !at_field(fault)).map(|fault| Block::text(&fault.detail));
    let mut blocks = vec![Block::Title(title.clone()), Block::Lead(words(lead))];
    blocks.extend(others);
    blocks.push(put(meeting, &sent, &problem.errors));
    blocks.push(Block::Links(vec![(format!("/v1/meetings/{meeting}"), "The meeting".to_owned())]));
    Some((title, blocks))
}

/// The page after a question was put.
pub fn received(value: &Value) -> (String, Vec<Block>) {
    let receipt = text(&value["receipt"]);
    let title = "We have received your question".to_owned();
    let blocks = vec![
        Block::Title(title.clone()),
        Block::Lead(words("Somebody reads it before anyone else can.")),
        Block::Text(Shown::Line(vec![
            words("Your receipt:"),
            Shown::Link { address: format!("/v1/question-receipts/{receipt}"), words: receipt.to_owned() },
        ])),
        Block::note(
            "Keep it: it is shown only now. With it you see what became of the question, and take it back.",
        ),
    ];
    (title, blocks)
}

/// The page of a receipt.
pub fn receipt(call: &Call, value: &Value) -> (String, Vec<Block>) {
    let shower = Shower { state: &call.state, kind: None };
    let title = "What became of your question".to_owned();
    let mut blocks = vec![Block::Title(title.clone()), Block::Value(shower.value("", value))];
    let named = |field: &str| text(&value[field]).to_owned();
    let mut links = vec![(format!("/v1/meetings/{}", named("meeting")), "The meeting".to_owned())];
    if !named("question").is_empty() {
        links.insert(0, (format!("/v1/questions/{}", named("question")), "The question".to_owned()));
    }
    blocks.push(Block::Links(links));
    if ["waiting", "accepted", "merged"].contains(&text(&value["state"])) {
        blocks.push(Block::Form(Form {
            action: format!("/v1/question-receipts/{}/withdraw", call.segment("receipt")),
            is_change: true,
            button: "Take it back",
            ..Form::default()
        }));
    }
    (title, blocks)
}
