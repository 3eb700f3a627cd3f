//! Questions from residents: the form below a meeting, and what became of a question.

use serde_json::{Map, Value};

use super::block::{Block, Field, Form, text, words};
use super::shown::{Shower, Shown};
use crate::clock::parse_day;
use crate::http::Call;
use crate::resources::codes_of_askers;

/// The form with which a resident puts a question to a meeting, as long as it takes questions.
pub fn form(call: &Call, fields: &Map<String, Value>) -> Vec<Block> {
    let of = |name: &str| fields.get(name).and_then(Value::as_str);
    let close =
        fields.get("questions").and_then(|questions| questions["close_on"].as_str()).and_then(parse_day);
    let is_open = close.is_some_and(|close| call.now().day() <= close)
        && of("status") == Some("scheduled")
        && of("state") == Some("published")
        && !call.params.has("as_of");
    let (true, true, Some(id)) = (call.state.site.resident_questions, is_open, of("id")) else {
        return vec![];
    };
    let option = |code: String| {
        let words = super::shown::label(&super::words::of(&code));
        (code, words)
    };
    vec![
        Block::Heading { level: 2, id: "ask".to_owned(), words: words("Put a question") },
        Block::text(
            "You need no account. Give no name, address, telephone number or link: we store none of yours, and everyone sees the question once it is accepted. You get a receipt, by which you see what became of it and can take it back.",
        ),
        Block::Form(Form {
            action: format!("/v1/meetings/{id}/questions"),
            is_change: true,
            fields: vec![
                Field {
                    name: "text",
                    label: "Your question",
                    input: "textarea",
                    is_required: true,
                    ..Field::default()
                },
                Field {
                    name: "asked_by",
                    label: "You ask as",
                    value: "resident".to_owned(),
                    options: codes_of_askers().into_iter().map(option).collect(),
                    ..Field::default()
                },
            ],
            button: "Put the question",
            ..Form::default()
        }),
    ]
}

/// The page after a question was put.
pub fn received(value: &Value) -> (String, Vec<Block>) {
    let receipt = text(&value["receipt"]);
    let title = "Your question is received".to_owned();
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
