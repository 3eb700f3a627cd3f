//! Pictures of series: `GET /v1/series/{key}/chart.svg` and `.png`. A picture computes nothing: it draws what the functions of
//! series and control charts return.

mod frame;
mod icons;
mod labels;
mod levels;
mod model;
mod plot;
mod png;
mod px;
mod ranked;
mod reading;
mod request;
mod scale;
mod shapes;
mod shows;
mod sparkline;
mod svg;
mod text;
mod theme;
mod words;

use self::model::{Picture, PictureKind};
use self::request::PictureRequest;
use self::theme::Theme;
use crate::access::rule::READ_PUBLIC;
use crate::http::download::PNG;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation, Queue};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::resources::receipts;
use crate::resources::series::{Figures, KEY};
use crate::store::Conn;

const ABOUT: &str = "Axes with their unit; the target, the baseline and the breaks on record; provisional and revised values by their shape; gaps hatched and named; source, licence and address below. Nothing is computed for it that the JSON does not have. docs/charts.md shows the kinds.";

/// The operations of this module.
pub fn operations() -> Vec<Operation> {
    let of = |path: &str, id: &str, handler, media_type, summary: &str| {
        let mut operation = Operation::new(Method::Get, path, id, READ_PUBLIC, handler);
        operation.tag = "series";
        operation.path_params = vec![KEY];
        operation.params = request::params();
        operation.summary = summary.to_owned();
        operation.answers = vec![Answer::bytes(200, "The picture.", media_type).with_headers(&[
            "Licence",
            "Source",
            "Citation",
            "Retrieved",
        ])];
        operation.problems = vec![404, 410, 422];
        operation.cached = true;
        operation
    };
    let mut vector = of(
        "/v1/series/{key}/chart.svg",
        "get_series_chart_svg",
        Handler::Read(as_svg),
        svg::MEDIA_TYPE,
        "Read a picture of a series, as SVG",
    );
    vector.description = format!(
        "Returns a picture of the figures of a series: a line, bars, a control chart or a sparkline. Its `title` and `desc` say the latest value and the verdict. {ABOUT}"
    );
    vector.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-quarterly.E23000018.robbery.P3M/chart.svg?kind=sparkline".to_owned(),
    });
    vector.queue = Queue::Long;
    let mut pixels = of(
        "/v1/series/{key}/chart.png",
        "get_series_chart_png",
        Handler::Read(as_png),
        PNG,
        "Read a picture of a series, as PNG",
    );
    pixels.description = format!("Returns the same picture in pixels. {ABOUT}");
    pixels.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-quarterly.E23000018.robbery.P3M/chart.png".to_owned(),
    });
    // Drawing takes a core for some time: only a few are drawn at once.
    pixels.queue = Queue::Heavy;
    pixels.cost = 2;
    vec![vector, pixels, icons::operation()]
}

/// The picture as an svg::MEDIA_TYPE, for a page that has it within.
fn draw(picture: &Picture, width: i64, theme: &'static Theme) -> String {
    match picture.kind {
        PictureKind::Sparkline => sparkline::draw(picture, theme),
        PictureKind::Bar if picture.lines.len() > 1 => ranked::draw(picture, width, theme),
        PictureKind::Line | PictureKind::Spc | PictureKind::Bar => plot::draw(picture, width, theme),
    }
}

fn drawn(call: &Call, conn: &mut Conn) -> Result<(String, Figures), Problem> {
    let (request, chart) = PictureRequest::parse(call)?;
    let (picture, figures) = reading::read(call, conn, &request, chart)?;
    Ok((draw(&picture, request.width, request.theme), figures))
}

fn as_svg(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let (svg, figures) = drawn(call, conn)?;
    let reply = Reply { content_type: svg::MEDIA_TYPE, ..Reply::json(svg) };
    Ok(receipts::reply(call, &figures, reply))
}

fn as_png(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let (svg, figures) = drawn(call, conn)?;
    let reply = Reply { content_type: PNG, ..Reply::json(png::draw(&svg)?) };
    Ok(receipts::reply(call, &figures, reply))
}
