//! The server: binding, stopping, metrics, and the housekeeping in the background.

use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, map_config};
use actix_web::dev::{AppConfig, ServerHandle};
use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::blocking::block;
use super::build;
use super::connection::{Guard, Guarded};
use super::open_connections::OpenConnections;
use crate::access::audit::{self, heads};
use crate::clock::Ts;
use crate::http::State;
use crate::http::often::Often;
use crate::problem::Problem;
use crate::record::{changes, due, erasure};
use crate::resources;

/// How long the requests in flight have when the process stops.
const STOP_TIME: u64 = 20;
/// When the process ends in any case, after the signal to stop.
const END_TIME: Duration = Duration::from_secs(28);
/// How many connections there are at most, each with a head of up to 32 KiB that has not ended.
const CONNECTIONS: u32 = 4_096;

/// Binds and serves until the process gets a signal to stop; requests in flight then finish. `ready` is called when the
/// server is ready.
pub async fn run(
    state: Arc<State>,
    listen: std::net::SocketAddr,
    metrics: Option<std::net::SocketAddr>,
    ready: impl FnOnce(),
) -> Result<(), String> {
    let server = bind(&state, listen).map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let housekeeping = actix_web::rt::spawn(run_housekeeping(state.clone()));
    let metrics_at = metrics;
    let metrics = match metrics {
        None => None,
        Some(address) => Some(actix_web::rt::spawn(metrics_server(state.clone(), address)?)),
    };
    let signals = actix_web::rt::spawn(stop_at_signal(server.handle()));
    ready();
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

/// Binds the server. It is the framework's own, but for the guard of each connection.
fn bind(state: &Arc<State>, listen: std::net::SocketAddr) -> std::io::Result<Server> {
    let (shared, connections) = (state.clone(), OpenConnections::new(CONNECTIONS));
    let builder = Server::build();
    let stopping = builder.graceful_shutdown_signal();
    let service = move || {
        let (state, stopping) = (shared.clone(), stopping.clone());
        let app = build(state.clone()).into_factory().map_err(|error| error.error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_request_timeout(Duration::from_secs(10))
            .client_disconnect_timeout(Duration::from_secs(2))
            .keep_alive(Duration::from_secs(60))
            .local_addr(listen)
            .on_connect_ext(|io: &Guarded, data| {
                data.insert(io.record());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        Guard { http, state, connections: connections.clone() }
    };
    let builder = builder
        .workers(state.limits.workers)
        // They wait for a handful of connections, and for the commit of a group of changes: more threads would only take
        // memory.
        .worker_max_blocking_threads(32)
        // The framework would make further connections wait. Its own limit is twice ours, so only the guard's limit applies.
        .max_concurrent_connections(2 * CONNECTIONS as usize)
        .shutdown_timeout(STOP_TIME)
        // Both signals let requests in flight finish; the framework's own handling aborts them at Ctrl-C.
        .disable_signals();
    Ok(builder.bind("http", listen, service)?.run())
}

/// Stops the server at the first signal. A second signal, or time, ends the process whatever it is doing.
async fn stop_at_signal(server: ServerHandle) {
    let Ok(mut signals) = Signals::new() else { return };
    signals.next().await;
    tracing::info!("stopping: requests in flight may finish");
    let ends = std::thread::Builder::new().spawn(|| {
        std::thread::sleep(END_TIME);
        end_now("it did not stop in time");
    });
    let stop = actix_web::rt::spawn(server.stop(true));
    signals.next().await;
    stop.abort();
    drop(ends);
    end_now("a second signal");
}

/// Ends the process at once. What is committed is safe; requests in flight break off.
fn end_now(reason: &str) {
    tracing::warn!(reason, "ending at once");
    crate::logging::finish();
    std::process::exit(1);
}

/// The signals to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Signals> {
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Signals { terminate, interrupt })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
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
            if let Some((counts, replicas)) = state.db.replica_states() {
                state.metrics.public_reads(&counts.all());
                for one in replicas {
                    state.metrics.replica(&one.name, one.is_up, Duration::from_millis(one.lag));
                }
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

/// The hours in London in which the files of the database are rewritten where a redaction needs it. Once is enough; the
/// later hours are for what failed.
const NIGHT: std::ops::Range<u32> = 2..5;

/// Removes from the database's files what was redacted since they were rewritten.
fn rewrite_files(state: &State) -> Result<(), Problem> {
    if !state.db.read(erasure::is_due)? {
        return Ok(());
    }
    match erasure::rewrite(&state.db, &state.kinds, &state.clock)? {
        Some(redactions) => tracing::info!(redactions, "the database's files were rewritten"),
        None => tracing::warn!("the database's files are in use and were not rewritten; this is tried again"),
    }
    Ok(())
}

/// Removes from the files what is left in them of residents' questions and of the keys of days that were deleted.
fn rewrite_questions(state: &State) -> Result<(), Problem> {
    match state.db.rewrite_only(resources::QUESTION_TABLES)? {
        true => Ok(()),
        false => Err(Problem::unavailable("others still use what was deleted")),
    }
}

/// How many seconds pass between two attempts to write while the database cannot be written.
const WRITE_AGAIN: i64 = 10;

/// Runs the housekeeping after each committed transaction, and at least once a second.
async fn run_housekeeping(state: Arc<State>) {
    let mut last_hour: i64 = 0;
    let mut last_minute: i64 = 0;
    let mut last_attempt: i64 = 0;
    let failures = Arc::new(Often::default());
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
        if hour_began && NIGHT.contains(&now.hour()) {
            let shared = state.clone();
            actix_web::rt::spawn(async move {
                let both = move || rewrite_files(&shared).and_then(|()| rewrite_questions(&shared));
                if let Err(problem) = block(both).await {
                    tracing::warn!(cause = %problem, "the database's files were not rewritten; this is tried again");
                }
            });
        }
        let second = now.micros() / 1_000_000;
        let attempt = state.db.writable.check().is_err() && (second - last_attempt).abs() >= WRITE_AGAIN;
        if attempt {
            last_attempt = second;
        }
        let (shared, failures) = (state.clone(), failures.clone());
        let work = block(move || {
            let mut steps: Vec<Step> =
                vec![number_feed, refresh_watermark, judge_statements, reload_keys, note_refusals, seal];
            if attempt {
                steps.push(|state| state.db.write(|conn| Ok(conn.try_to_write()?)));
            }
            if hour_began {
                steps.push(forget_keys);
                steps.push(destroy_questions);
            }
            if minute_began {
                steps.push(read_gauges);
            }
            steps.push(|state| state.scrub_if_due());
            // What fails is tried again, and keeps nothing else from being done.
            for step in steps {
                if let Err(problem) = step(&shared)
                    && let Some(count) = failures.due(shared.clock.now())
                {
                    tracing::warn!(cause = %problem, count, "the housekeeping failed and will be tried again");
                }
            }
            Ok(())
        });
        // It fails only when the process ends.
        let _ = work.await;
    }
}

/// One thing that the housekeeping does.
type Step = fn(&Arc<State>) -> Result<(), Problem>;

/// Numbers the feed, and emits what has become public.
fn number_feed(state: &Arc<State>) -> Result<(), Problem> {
    due::catch_up(&state.db, &state.clock, &state.kinds, state.now())
}

/// Reads the watermark that other processes may have raised.
fn refresh_watermark(state: &Arc<State>) -> Result<(), Problem> {
    state.refresh_watermark()
}

/// Judges the statements on which a publication can have changed the verdict.
fn judge_statements(state: &Arc<State>) -> Result<(), Problem> {
    if !resources::judge_statements(state)? {
        state.db.committed().notify_one();
    }
    Ok(())
}

/// Reads the file of keys, if it has changed.
fn reload_keys(state: &Arc<State>) -> Result<(), Problem> {
    match state.keys.reload() {
        Ok(true) => {
            tracing::info!(kid = state.keys.kid(), "another key signs from now on");
            let detail = json!({"kid": state.keys.kid()});
            state.db.write(|conn| audit::note_of_operator(conn, &state.clock, "keys_rotated", &detail))
        }
        Ok(false) => Ok(()),
        Err(cause) => {
            tracing::warn!(cause, "the keys cannot be read again and stay as they were");
            Ok(())
        }
    }
}

/// Reads the moments and numbers that the metrics report and that only the database knows.
fn read_gauges(state: &Arc<State>) -> Result<(), Problem> {
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

/// Writes what waits to be written to the audit trail.
fn note_refusals(state: &Arc<State>) -> Result<(), Problem> {
    state.refusals.write(&state.db, &state.clock)
}

/// Seals the audit trail, and signs a head for each day that has ended.
fn seal(state: &Arc<State>) -> Result<(), Problem> {
    if due::seal_audit(&state.db, BATCHES)? {
        heads::sign_ended_days(&state.db, &state.clock, &state.keys, &state.public_url)?;
    } else {
        state.db.committed().notify_one();
    }
    Ok(())
}

/// Deletes old idempotency keys.
fn forget_keys(state: &Arc<State>) -> Result<(), Problem> {
    state.db.write(|conn| crate::http::idempotency::forget_old(conn, state.now()).map(|_| ()))
}

/// Destroys residents' questions that are answered or refused long since, and the keys of days that are over.
fn destroy_questions(state: &Arc<State>) -> Result<(), Problem> {
    if state.db.write(|conn| resources::destroy_questions(conn, state))? > 0 {
        state.scrub();
    }
    Ok(())
}
