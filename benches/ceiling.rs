//! The ceiling of the load bench: what the same actix-web does on this machine when it has nothing to do.
//!
//! It has the product's server settings (those of `app::run`, with as many workers) and none of the product:
//! no middleware, no headers of ours, no database. Bodies come from the files named on the command line and
//! stand in memory as they will be sent. `benches/run` gives it the very bodies that the product answers
//! with, so the ratio of the two is the price of everything that is ours.
//!
//! ```text
//! GET  /n             200 with file n, counted from 0, as application/json
//! GET  /not-modified  304 with an ETag
//! POST /n             reads the whole body, parses it as JSON, answers 201 with file n
//! ```
//!
//! `benches/run` starts it; without arguments (as `cargo bench` calls it) it says so and ends.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints what it measured")]

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use onrecord::config::Limits;

type Bodies = Arc<Vec<web::Bytes>>;

fn body(bodies: &Bodies, n: usize) -> Option<web::Bytes> {
    bodies.get(n).cloned()
}

async fn read(bodies: web::Data<Bodies>, n: web::Path<usize>) -> HttpResponse {
    match body(&bodies, n.into_inner()) {
        Some(body) => HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(body),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn write(bodies: web::Data<Bodies>, n: web::Path<usize>, sent: web::Bytes) -> HttpResponse {
    let parsed: Result<serde_json::Value, _> = serde_json::from_slice(&sent);
    match (body(&bodies, n.into_inner()), parsed) {
        (Some(body), Ok(_)) => {
            HttpResponse::Created().insert_header((header::CONTENT_TYPE, "application/json")).body(body)
        }
        (None, _) => HttpResponse::NotFound().finish(),
        (_, Err(_)) => HttpResponse::BadRequest().finish(),
    }
}

async fn not_modified() -> HttpResponse {
    HttpResponse::NotModified().insert_header((header::ETAG, "\"nfcdsPQYzX5dAJhkGKXzdWCx\"")).finish()
}

fn serve(listen: SocketAddr, bodies: Bodies) -> std::io::Result<()> {
    let workers = Limits::default().workers;
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(bodies.clone()))
                .route("/not-modified", web::get().to(not_modified))
                .route("/{n}", web::get().to(read))
                .route("/{n}", web::post().to(write))
        });
        server
            .workers(workers)
            .client_request_timeout(Duration::from_secs(10))
            .client_disconnect_timeout(Duration::from_secs(2))
            .keep_alive(Duration::from_secs(60))
            .max_connections(4_096)
            .shutdown_timeout(20)
            .bind(listen)?
            .run()
            .await
    })
}

fn run(listen: &str, files: &[String]) -> Result<(), String> {
    let listen =
        listen.parse().map_err(|_| format!("`{listen}` is not an address, such as 127.0.0.1:8081"))?;
    let read =
        |file: &String| std::fs::read(file).map(web::Bytes::from).map_err(|error| format!("{file}: {error}"));
    let bodies = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    serve(listen, Arc::new(bodies)).map_err(|error| format!("{listen}: {error}"))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some((listen, files)) = arguments.split_first() else {
        println!("this is the ceiling that benches/run measures against; run that");
        return ExitCode::SUCCESS;
    };
    match run(listen, files) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("ceiling: {sentence}");
            ExitCode::FAILURE
        }
    }
}
