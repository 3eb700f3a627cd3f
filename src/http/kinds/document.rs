//! A kind's rows of the table of operations: its routes, rules, handlers and documents, together.

use serde_json::json;

use super::forms::{any_audience, whole_or_part, writers_form};
use super::inputs::{Publication, Reason, RedactionOrder, Sharing};
use super::list_params::{as_of_param, include_param, list_params};
use super::wording::{ID, article, shown};
use super::{list, load, read, redact, steps, versions, write};
use crate::access::{Action, Rule};
use crate::http::input::Empty;
use crate::http::operation::{Answer, BodySize, BodySpec, ExampleCall, Handler, Method, Operation};
use crate::http::params::{Param, ParamType};
use crate::http::schema::schema_ref;
use crate::record::kind::KindDef;
use crate::record::thread;
use crate::stats::words::pascal;

const JSON: &[&str] = &["application/json"];
const PATCH: &[&str] = &["application/merge-patch+json", "application/json"];
/// The kind's operations.
pub fn operations(kind: &'static KindDef) -> Vec<Operation> {
    let mut all = vec![];
    if let Some(rule) = kind.rule(Action::Read) {
        all.extend(reads(kind, rule));
    }
    if let Some(rule) = kind.rule(Action::Create) {
        all.push(create(kind, rule));
    }
    if let Some(rule) = kind.rule(Action::Edit) {
        all.push(edit(kind, rule, Method::Put));
        all.push(edit(kind, rule, Method::Patch));
    }
    if let Some(rule) = kind.rule(Action::Redact) {
        all.push(redaction(kind, rule));
    }
    for step in STEPS {
        if let Some(rule) = kind.rule(step.action) {
            all.push(workflow(kind, rule, step));
        }
    }
    for operation in &mut all {
        operation.kind = Some(kind);
        operation.tag = kind.def.path;
    }
    all
}

fn reads(kind: &'static KindDef, rule: Rule) -> Vec<Operation> {
    let base = format!("/v1/{}", kind.def.path);
    let (one, many) = (kind.def.one, kind.def.many);
    let name = pascal(kind.def.name);
    let fields = || {
        Param::new(
            "fields",
            ParamType::Some { of: read::public_fields(kind), signed: false, most: 50 },
            "Only these fields of a record, separated by commas.",
        )
    };

    let mut list = Operation::new(
        Method::Get,
        &base,
        format!("list_{}", kind.def.path.replace('-', "_")),
        rule,
        Handler::Read(list::list),
    );
    list.summary = format!("List {many}");
    list.description =
        format!("{} The public gets what is published, the office its working versions.", kind.def.about);
    list.params = list_params(kind);
    let mut page = Answer::named(200, &format!("A page of {many}."), &format!("{name}List")).or_csv();
    for format in kind.formats {
        if let Some(schema) = format.schema {
            page = page.or_as(format.content_type, schema);
        }
    }
    list.answers = vec![page];
    // The same record as that of `get`, where the demo has one to show: it is easier to follow, and short.
    let one_of_them = match kind.def.shown.rsplit(':').next() {
        None | Some("") => String::new(),
        Some(reference) => format!("&reference={reference}"),
    };
    list.example = Some(ExampleCall { path: format!("{base}?limit=1{one_of_them}") });
    list.cached = true;
    list.own_faults = true;

    let mut get = Operation::new(
        Method::Get,
        format!("{base}/{{id}}"),
        format!("get_{}", kind.def.name),
        rule,
        Handler::Read(read::get),
    );
    get.summary = format!("Get {} {one}", article(one));
    get.description =
        format!("One {one}, as the caller may see it. Send its ETag as `If-Match` to change it.");
    // What is computed can be of many others.
    get.of_one = kind.computed.is_none();
    get.path_params = vec![ID];
    get.params = vec![as_of_param(), fields()];
    get.params.extend(include_param(kind));
    get.answers = vec![Answer::json(200, &format!("The {one}."), whole_or_part(kind))];
    get.problems = vec![404, 409, 410];
    get.example = shown(kind, "");
    get.cached = true;

    let mut walk = Operation::new(
        Method::Get,
        format!("{base}/{{id}}/thread"),
        format!("get_{}_thread", kind.def.name),
        rule,
        Handler::Read(read::thread),
    );
    walk.summary = format!("Follow the golden thread from {} {one}", article(one));
    walk.description = format!(
        "The records that this one is linked with, in both directions, as far as the caller may see them: at most {} links away and {} records.",
        thread::MAX_DEPTH,
        thread::LIMIT
    );
    walk.path_params = vec![ID];
    walk.params = vec![
        Param::new(
            "depth",
            ParamType::Int(1, thread::MAX_DEPTH),
            "How many links to follow; 2 when left out.",
        ),
        as_of_param(),
    ];
    walk.answers = vec![Answer::named(200, "The thread.", "Thread")];
    walk.problems = vec![404, 409, 410];
    walk.example = shown(kind, "/thread?depth=1");
    walk.cached = true;

    let [versions, version, diff] = versions::operations(kind, &base, rule, any_audience(kind));
    vec![list, get, versions, version, diff, walk]
}

fn create(kind: &'static KindDef, rule: Rule) -> Operation {
    let one = kind.def.one;
    let mut operation = Operation::new(
        Method::Post,
        format!("/v1/{}", kind.def.path),
        format!("create_{}", kind.def.name),
        rule,
        Handler::Write(write::create),
    );
    operation.summary = format!("Create {} {one}", article(one));
    operation.description = match kind.def.workflow {
        true => format!(
            "Drafts a {one} of the caller's body, owned by the caller's organisation. It is not public until it is published."
        ),
        false => format!("Adds {} {one}. Reference data is public at once.", article(one)),
    };
    operation.body = Some(BodySpec {
        media_types: JSON,
        schema: schema_ref(&format!("New{}", pascal(kind.def.name))),
        schema_of: None,
        example: kind.example.clone(),
        required: true,
        size: BodySize::Record,
        input: None,
    });
    operation.before_body = Some(write::before_create);
    operation.answers = vec![
        Answer::json(
            201,
            &format!("The {one} as it was made; `Location` says where."),
            writers_form(kind, rule),
        )
        .with_headers(&["Location"]),
    ];
    operation.problems = vec![403, 409, 410, 422];
    operation.idempotent_by_key = true;
    operation
}

fn edit(kind: &'static KindDef, rule: Rule, method: Method) -> Operation {
    let one = kind.def.one;
    let name = pascal(kind.def.name);
    let (verb, handler) = match method {
        Method::Put => ("replace", Handler::Write(write::replace)),
        _ => ("update", Handler::Write(write::update)),
    };
    let mut operation = Operation::new(
        method,
        format!("/v1/{}/{{id}}", kind.def.path),
        format!("{verb}_{}", kind.def.name),
        rule,
        handler,
    );
    operation.before_body = Some(load::before_change);
    if method == Method::Put {
        operation.summary = format!("Replace {} {one}", article(one));
        operation.description =
            "Makes a new working version with this content; fields left out become empty. The public version stays until the new one is published.".to_owned();
        operation.body = Some(BodySpec {
            media_types: JSON,
            schema: schema_ref(&format!("{name}Content")),
            schema_of: None,
            // The body of `POST`: its reference may be repeated.
            example: kind.example.clone(),
            required: true,
            size: BodySize::Record,
            input: None,
        });
    } else {
        operation.summary = format!("Change {} {one}", article(one));
        operation.description =
            "Makes a new working version by JSON Merge Patch (RFC 7396): a field sent replaces the old value, null empties it. A submitted version becomes a draft again.".to_owned();
        let title = kind.def.title;
        operation.body = Some(BodySpec {
            media_types: PATCH,
            schema: schema_ref(&format!("{name}Patch")),
            schema_of: None,
            example: json!({title: kind.example[title].clone(), "change_reason": "A clearer wording."}),
            required: true,
            size: BodySize::Record,
            input: None,
        });
    }
    if !kind.def.assigned_fields.is_empty() {
        operation.description.push_str(&format!(
            " The assigned organisation may change: {}.",
            kind.def.assigned_fields.join(", ")
        ));
    }
    operation.path_params = vec![ID];
    operation.answers = vec![Answer::json(200, "The new working version.", writers_form(kind, rule))];
    operation.problems = vec![403, 404, 409, 410, 412, 422, 428];
    operation.if_match = true;
    operation
}

struct Step {
    action: Action,
    verb: &'static str,
    summary: &'static str,
    description: &'static str,
    handler: fn(
        &crate::http::Call,
        &mut crate::store::Conn,
    ) -> Result<crate::http::Reply, crate::problem::Problem>,
    body: fn() -> BodySpec,
}

const STEPS: &[Step] = &[
    Step {
        action: Action::Submit,
        verb: "submit",
        summary: "Submit",
        description: "Submits the draft, to be approved, published or returned.",
        handler: steps::submit,
        body: || BodySpec::optional_of::<Empty>(json!({})),
    },
    Step {
        action: Action::Return,
        verb: "return",
        summary: "Return",
        description: "Returns a submitted or shared version as a draft, with the reason. Also cancels a scheduled publication.",
        handler: steps::return_version,
        body: || BodySpec::of::<Reason>(json!({"reason": "The source of the second figure is missing."})),
    },
    Step {
        action: Action::Approve,
        verb: "approve",
        summary: "Approve",
        description: "Records the office-holder's approval of this version.",
        handler: steps::approve,
        body: || BodySpec::optional_of::<Empty>(json!({})),
    },
    Step {
        action: Action::Share,
        verb: "share",
        summary: "Share",
        description: "Shows the submitted version to the Police and Crime Panel before it is public. Until `embargo_until` the Panel must not disclose it, and it cannot be published. Nobody who has edited it since the last publication may share it.",
        handler: steps::share,
        body: || BodySpec::optional_of::<Sharing>(json!({"embargo_until": "2027-01-04T09:30:00Z"})),
    },
    Step {
        action: Action::Publish,
        verb: "publish",
        summary: "Publish",
        description: "Makes the submitted or shared version public: at once, or at the whole minute in `publish_at`. Nobody who has edited it since the last publication may publish it.",
        handler: steps::publish,
        body: || BodySpec::optional_of::<Publication>(json!({"publish_at": "2027-01-04T09:30:00Z"})),
    },
    Step {
        action: Action::Withdraw,
        verb: "withdraw",
        summary: "Withdraw",
        description: "Withdraws the record permanently: it returns 410 with this reason, and no version is shown again. Another publisher than the one who published it must do this.",
        handler: steps::withdraw,
        body: || BodySpec::of::<Reason>(json!({"reason": "Published by mistake under the wrong plan."})),
    },
];

fn workflow(kind: &'static KindDef, rule: Rule, step: &Step) -> Operation {
    let one = kind.def.one;
    let mut operation = Operation::new(
        Method::Post,
        format!("/v1/{}/{{id}}/{}", kind.def.path, step.verb),
        format!("{}_{}", step.verb, kind.def.name),
        rule,
        Handler::Write(step.handler),
    );
    operation.summary = match step.action {
        Action::Share => format!("Share {} {one} with the Panel", article(one)),
        _ => format!("{} {} {one}", step.summary, article(one)),
    };
    operation.description = step.description.to_owned();
    if step.action == Action::Publish && !kind.def.approvals.is_empty() {
        operation
            .description
            .push_str(&format!(" It needs the approval of the {}.", kind.approvers().join(" and the ")));
    }
    operation.action = Some(step.action);
    operation.path_params = vec![ID];
    operation.body = Some((step.body)());
    operation.before_body = Some(load::before_change);
    let answer = match step.action {
        Action::Withdraw => Answer::named(200, "The tombstone.", "Tombstone").untagged(),
        _ => Answer::json(200, "The working version after it.", writers_form(kind, rule)),
    };
    operation.answers = vec![answer];
    operation.problems = vec![403, 404, 409, 410, 412, 422, 428];
    operation.if_match = true;
    operation.idempotent_by_key = true;
    operation
}

fn redaction(kind: &'static KindDef, rule: Rule) -> Operation {
    let one = kind.def.one;
    let mut operation = Operation::new(
        Method::Post,
        format!("/v1/{}/{{id}}/redact", kind.def.path),
        format!("redact_{}", kind.def.name),
        rule,
        Handler::Write(redact::redact),
    );
    operation.summary = format!("Redact {} {one}", article(one));
    operation.description = "Destroys the content of the record permanently, in an emergency: it returns 410 with a tombstone that gives the reason. With `versions`, only the content of those versions, which nobody may see any more. Needs no `If-Match`; works on a withdrawn record. Another person reviews it within a day.".to_owned();
    operation.path_params = vec![ID];
    operation.before_body = Some(redact::before_redaction);
    operation.body = Some(BodySpec::of::<RedactionOrder>(
        json!({"reason": "It held personal data that must not be public."}),
    ));
    operation.answers = vec![Answer::named(200, "The redaction, to be reviewed.", "Redaction").untagged()];
    operation.problems = vec![403, 404, 409, 410, 422];
    operation.idempotent_by_key = true;
    operation
}
