//! The open door: binding, stopping, metrics, and the housekeeping that goes on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::json;

use super::limits::Connections;
use super::{block, build};
use crate::access::audit::{self, heads};
use crate::http::State;
use crate::record::due;

/// Opens the door: binds, serves until the process is told to stop, then lets what is in flight end.
pub async fn run(
    state: Arc<State>,
    listen: std::net::SocketAddr,
    metrics: Option<std::net::SocketAddr>,
    told: &str,
) -> Result<(), String> {
    let shared = state.clone();
    let (connections, bounds) = (Connections::default(), state.limits.clone());
    let server = HttpServer::new(move || build(shared.clone()))
        .workers(state.limits.workers)
        // What they wait for are a handful of connections: more threads would only hold memory.
        .worker_max_blocking_threads(16)
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(60))
        .max_connections(4_096)
        .on_connect(move |stream, kept| connections.opened(stream, kept, &bounds))
        // A small answer must not wait for the acknowledgement of the one before.
        .tcp_nodelay(true)
        .shutdown_timeout(20)
        // Both signals let what is in flight end; the framework's own handling breaks off at Ctrl-C.
        .disable_signals()
        .bind(listen)
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?
        .run();
    let keeper = actix_web::rt::spawn(keep_house(state.clone()));
    let metrics = match metrics {
        None => None,
        Some(address) => Some(actix_web::rt::spawn(metrics_server(state.clone(), address)?)),
    };
    let stop = server.handle();
    let signals = actix_web::rt::spawn(async move {
        if told_to_stop().await.is_ok() {
            tracing::info!("stopping: what is in flight may end");
            stop.stop(true).await;
        }
    });
    if !told.is_empty() {
        println!("{told}");
    }
    tracing::info!(%listen, "serving");
    let end = server.await.map_err(|error| error.to_string());
    keeper.abort();
    signals.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    tracing::info!("stopped");
    end
}

/// Returns when the process is told to stop.
async fn told_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn metrics_server(
    state: Arc<State>,
    address: std::net::SocketAddr,
) -> Result<actix_web::dev::Server, String> {
    Ok(HttpServer::new(move || {
        let state = state.clone();
        App::new().service(web::resource("/metrics").route(web::get().to(move || {
            let text = state.metrics.text();
            async move {
                HttpResponse::Ok()
                    .insert_header((
                        header::CONTENT_TYPE,
                        "application/openmetrics-text; version=1.0.0; charset=utf-8",
                    ))
                    .body(text)
            }
        })))
    })
    .workers(1)
    .disable_signals()
    .bind(address)
    .map_err(|error| format!("cannot listen on {address} for metrics: {error}"))?
    .run())
}

/// How many batches of the audit trail are sealed before the rest of the house is kept again.
const BATCHES: usize = 5;

/// Numbers the feed, emits what has become public, follows the other processes' mark and the file of keys, seals the audit
/// trail, signs a head for each day that has ended, forgets old keys.
async fn keep_house(state: Arc<State>) {
    let mut forgotten: i64 = 0;
    let mut swept: i64 = 0;
    loop {
        let _ = tokio::time::timeout(Duration::from_secs(1), state.db.committed().notified()).await;
        // What is written at once is numbered at once; who reads the feed meanwhile numbers it itself.
        tokio::time::sleep(Duration::from_millis(25)).await;
        let now = state.now();
        if swept != now.minute() {
            swept = now.minute();
            state.budgets.forget(state.clock.now());
        }
        let hour = now.minute() / 60;
        let forget = hour != forgotten;
        forgotten = hour;
        let shared = state.clone();
        let work = block(move || {
            due::catch_up(&shared.db, &shared.clock, &shared.kinds, now)?;
            shared.refresh_watermark()?;
            match shared.keys.follow() {
                Ok(true) => {
                    tracing::info!(kid = shared.keys.kid(), "another key signs from now on");
                    let detail = json!({"kid": shared.keys.kid()});
                    shared.db.write(|conn| {
                        audit::note_of_operator(conn, &shared.clock, "keys_rotated", &detail)
                    })?;
                }
                Ok(false) => {}
                Err(cause) => tracing::warn!(cause, "the keys stay as they were"),
            }
            shared.refusals.write(&shared.db, &shared.clock)?;
            if due::seal_audit(&shared.db, BATCHES)? {
                heads::sign_ended_days(&shared.db, &shared.clock, &shared.keys, &shared.public_url)?;
            } else {
                shared.db.committed().notify_one();
            }
            if forget {
                shared.db.write(|conn| crate::http::idempotency::forget_old(conn, now))?;
            }
            shared.scrub_if_asked()
        });
        if let Err(problem) = work.await {
            tracing::warn!(cause = %problem, "the housekeeping will be tried again");
        }
    }
}
