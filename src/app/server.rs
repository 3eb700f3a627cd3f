//! The server: binding, stopping, metrics, and the housekeeping in the background.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::json;

use super::blocking::block;
use super::build;
use super::limits::Connections;
use crate::access::audit::{self, heads};
use crate::clock::Ts;
use crate::http::State;
use crate::problem::Problem;
use crate::record::{changes, due};

/// Binds and serves until the process gets a signal to stop; requests in flight then finish. `greeting` is printed when the
/// server is ready.
pub async fn run(
    state: Arc<State>,
    listen: std::net::SocketAddr,
    metrics: Option<std::net::SocketAddr>,
    greeting: &str,
) -> Result<(), String> {
    let shared = state.clone();
    let (connections, bounds) = (Connections::default(), state.limits.clone());
    let server = HttpServer::new(move || build(shared.clone()))
        .workers(state.limits.workers)
        // They wait for a handful of connections: more threads would only take memory.
        .worker_max_blocking_threads(16)
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(60))
        .max_connections(4_096)
        .on_connect(move |stream, extensions| connections.opened(stream, extensions, &bounds))
        // A small response must not wait for the acknowledgement of the one before.
        .tcp_nodelay(true)
        .shutdown_timeout(20)
        // Both signals let requests in flight finish; the framework's own handling aborts them at Ctrl-C.
        .disable_signals()
        .bind(listen)
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?
        .run();
    let housekeeping = actix_web::rt::spawn(run_housekeeping(state.clone()));
    let metrics_at = metrics;
    let metrics = match metrics {
        None => None,
        Some(address) => Some(actix_web::rt::spawn(metrics_server(state.clone(), address)?)),
    };
    let stop = server.handle();
    let signals = actix_web::rt::spawn(async move {
        if stop_signal().await.is_ok() {
            tracing::info!("stopping: requests in flight may finish");
            stop.stop(true).await;
        }
    });
    if !greeting.is_empty() {
        println!("{greeting}");
    }
    state.metrics.started(state.clock.now().micros() / 1_000_000);
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"), database = state.db.location().described(), %listen,
        public_url = state.public_url, metrics = metrics_at.map(tracing::field::display), "serving"
    );
    let end = server.await.map_err(|error| error.to_string());
    housekeeping.abort();
    signals.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    tracing::info!("stopped");
    end
}

/// Returns when the process gets a signal to stop.
async fn stop_signal() -> std::io::Result<()> {
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
        App::new().service(web::resource("/metrics").to(move || {
            for (pool, open, idle) in state.db.connections() {
                state.metrics.pool(pool, open, idle);
            }
            let text = state.metrics.text();
            async move {
                HttpResponse::Ok()
                    .insert_header((
                        header::CONTENT_TYPE,
                        "application/openmetrics-text; version=1.0.0; charset=utf-8",
                    ))
                    .body(text)
            }
        }))
    })
    .workers(1)
    .disable_signals()
    .bind(address)
    .map_err(|error| format!("cannot listen on {address} for metrics: {error}"))?
    .run())
}

/// How many batches of the audit trail are sealed before the other housekeeping runs again.
const BATCHES: usize = 5;

/// Numbers the feed, emits what has become public, reads the watermark of other processes and the file of keys, seals the
/// audit trail, signs a head for each day that has ended, and deletes old idempotency keys.
async fn run_housekeeping(state: Arc<State>) {
    let mut last_hour: i64 = 0;
    let mut last_minute: i64 = 0;
    loop {
        let _ = tokio::time::timeout(Duration::from_secs(1), state.db.committed().notified()).await;
        // Changes that come together are numbered together; a reader of the feed does not wait for this.
        tokio::time::sleep(Duration::from_millis(25)).await;
        let now = state.now();
        let minute_began = last_minute != now.minute();
        if minute_began {
            last_minute = now.minute();
            state.budgets.forget(state.clock.now());
        }
        let hour = now.minute() / 60;
        let hour_began = hour != last_hour;
        last_hour = hour;
        let shared = state.clone();
        let work = block(move || {
            due::catch_up(&shared.db, &shared.clock, &shared.kinds, now)?;
            shared.refresh_watermark()?;
            match shared.keys.reload() {
                Ok(true) => {
                    tracing::info!(kid = shared.keys.kid(), "another key signs from now on");
                    let detail = json!({"kid": shared.keys.kid()});
                    shared.db.write(|conn| {
                        audit::note_of_operator(conn, &shared.clock, "keys_rotated", &detail)
                    })?;
                }
                Ok(false) => {}
                Err(cause) => tracing::warn!(cause, "the keys cannot be read again and stay as they were"),
            }
            shared.refusals.write(&shared.db, &shared.clock)?;
            if due::seal_audit(&shared.db, BATCHES)? {
                heads::sign_ended_days(&shared.db, &shared.clock, &shared.keys, &shared.public_url)?;
            } else {
                shared.db.committed().notify_one();
            }
            if hour_began {
                shared.db.write(|conn| crate::http::idempotency::forget_old(conn, now))?;
            }
            if minute_began {
                read_gauges(&shared)?;
            }
            shared.scrub_if_due()
        });
        if let Err(problem) = work.await {
            tracing::warn!(cause = %problem, "the housekeeping failed and will be tried again");
        }
    }
}

/// Reads the moments and numbers that the metrics report and that only the database knows.
fn read_gauges(state: &State) -> Result<(), Problem> {
    let seconds = |at: Ts| at.micros() / 1_000_000;
    let gauges = &state.metrics.gauges;
    state.db.read(|conn| {
        gauges.last_publication.set(seconds(changes::latest_watermark(conn)?));
        gauges.audit_unsealed.set(audit::verify::unsealed(conn)?);
        if let Some(at) = audit::seal::latest(conn)? {
            gauges.audit_sealed.set(seconds(at));
        }
        if let Some(at) = audit::latest(conn, audit::BACKUP_MADE)? {
            gauges.last_backup.set(seconds(at));
        }
        Ok(())
    })
}
