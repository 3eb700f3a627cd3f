//! Counters for Prometheus.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::logging;

/// What a request is counted under.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Labels {
    /// The operation id; `none` for what no operation answers.
    pub operation: String,
    /// The status.
    pub status: u16,
}

/// The operation that a duration is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: String,
}

/// Which connections to the database a number counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabels {
    /// `read` or `write`.
    pool: &'static str,
    /// `idle` or `in_use`.
    state: &'static str,
}

/// Where the public's reads came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabel {
    /// `replica`, or `primary_` and why.
    source: &'static str,
}

/// A replica.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReplicaLabel {
    /// Its host and port.
    replica: String,
}

/// Moments and numbers that the housekeeping reads from the database once a minute. A moment is in seconds since 1970;
/// 0 stands for never.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    pub last_publication: Gauge,
    pub audit_sealed: Gauge,
    pub audit_unsealed: Gauge,
    pub last_backup: Gauge,
}

/// The counters.
pub struct Metrics {
    registry: Registry,
    /// Names that every process has, without our prefix.
    process: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<OperationLabel, Histogram>,
    cache_hits: Counter,
    connections: Family<PoolLabels, Gauge>,
    public_reads: Family<SourceLabel, Counter>,
    replica_up: Family<ReplicaLabel, Gauge>,
    replica_lag: Family<ReplicaLabel, Gauge<f64, AtomicU64>>,
    started: Gauge,
    resident: Gauge,
    malformed: Counter,
    pub gauges: Gauges,
}

/// The histogram of one operation.
fn durations() -> Histogram {
    Histogram::new([0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0])
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("onrecord");
        let requests = Family::<Labels, Counter>::default();
        let seconds = Family::<OperationLabel, Histogram>::new_with_constructor(durations);
        let cache_hits = Counter::default();
        registry.register("requests", "Requests answered, by operation and status", requests.clone());
        registry.register("request_seconds", "How long requests took, by operation", seconds.clone());
        registry.register("cache_hits", "Public answers that were ready made", cache_hits.clone());
        let connections = Family::<PoolLabels, Gauge>::default();
        registry.register(
            "connections",
            "Connections to the database, by pool and state",
            connections.clone(),
        );
        let public_reads = Family::<SourceLabel, Counter>::default();
        let replica_up = Family::<ReplicaLabel, Gauge>::default();
        let replica_lag = Family::<ReplicaLabel, Gauge<f64, AtomicU64>>::default();
        registry.register(
            "public_reads",
            "Public reads, by the database server that answered and why",
            public_reads.clone(),
        );
        registry.register("replica_up", "Whether a replica can be read", replica_up.clone());
        registry.register(
            "replica_lag_seconds",
            "Seconds since a replica last had everything that this process has shown or committed",
            replica_lag.clone(),
        );
        let gauges = Gauges::default();
        for (name, help, gauge) in [
            (
                "last_publication_timestamp_seconds",
                "When anything last became public, or ceased to be",
                &gauges.last_publication,
            ),
            (
                "audit_sealed_timestamp_seconds",
                "The moment of the latest sealed entry of the audit trail",
                &gauges.audit_sealed,
            ),
            (
                "audit_unsealed_entries",
                "Entries of the audit trail that wait to be sealed",
                &gauges.audit_unsealed,
            ),
            (
                "last_backup_timestamp_seconds",
                "When `onrecord backup` last succeeded; 0 is never",
                &gauges.last_backup,
            ),
        ] {
            registry.register(name, help, gauge.clone());
        }
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", build);
        let (mut process, started, resident) = (Registry::default(), Gauge::default(), Gauge::default());
        process.register("process_start_time_seconds", "When the process began to serve", started.clone());
        process.register("process_resident_memory_bytes", "Memory that the process uses", resident.clone());
        registry.register(
            "log_lines_lost",
            "Lines of the log that could not be written",
            logging::lost().clone(),
        );
        let malformed = Counter::default();
        registry.register("malformed", "Connections that sent what is not HTTP", malformed.clone());
        Metrics {
            registry,
            process,
            requests,
            seconds,
            cache_hits,
            malformed,
            connections,
            public_reads,
            replica_up,
            replica_lag,
            started,
            resident,
            gauges,
        }
    }
}

impl Metrics {
    /// Counts a request.
    pub fn request(&self, operation: &str, status: u16, duration: std::time::Duration) {
        self.requests.get_or_create(&Labels { operation: operation.to_owned(), status }).inc();
        let operation = OperationLabel { operation: operation.to_owned() };
        self.seconds.get_or_create(&operation).observe(duration.as_secs_f64());
    }

    /// Counts an answer that was ready.
    pub fn cache_hit(&self) {
        self.cache_hits.inc();
    }

    /// Stores when the process began to serve, in seconds since 1970.
    pub fn started(&self, seconds: i64) {
        self.started.set(seconds);
    }

    /// Stores how many connections of a pool are open, and how many of these are idle.
    pub fn pool(&self, pool: &'static str, open: u32, idle: u32) {
        for (state, number) in [("idle", idle), ("in_use", open.saturating_sub(idle))] {
            self.connections.get_or_create(&PoolLabels { pool, state }).set(number.into());
        }
    }

    /// Stores where the public's reads came from.
    pub fn public_reads(&self, counts: &[(&'static str, u64)]) {
        for &(source, count) in counts {
            let counter = self.public_reads.get_or_create_owned(&SourceLabel { source });
            counter.inner().store(count, Ordering::Relaxed);
        }
    }

    /// Stores whether a replica can be read, and how long ago it last had all that was shown.
    pub fn replica(&self, name: &str, is_up: bool, lag: Duration) {
        let label = ReplicaLabel { replica: name.to_owned() };
        self.replica_up.get_or_create_owned(&label).set(i64::from(is_up));
        self.replica_lag.get_or_create_owned(&label).set(lag.as_secs_f64());
    }

    /// Counts a connection that sent what is not HTTP.
    pub fn malformed(&self) {
        self.malformed.inc();
    }

    /// The text that Prometheus reads.
    pub fn text(&self) -> String {
        if let Some(bytes) = resident_bytes() {
            self.resident.set(bytes);
        }
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode_registry(&mut text, &self.registry);
        let _ = encode_registry(&mut text, &self.process);
        let _ = encode_eof(&mut text);
        text
    }
}

/// The memory of this process, on Linux.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1_024)
}
