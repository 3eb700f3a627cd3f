//! Counters for Prometheus.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// What a request is counted under.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Labels {
    /// The operation id; `none` for what no operation answers.
    pub operation: String,
    /// The status.
    pub status: u16,
}

/// The counters.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Histogram,
    cache_hits: Counter,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("onrecord");
        let requests = Family::<Labels, Counter>::default();
        let seconds = Histogram::new([0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0]);
        let cache_hits = Counter::default();
        registry.register("requests", "Requests answered, by operation and status", requests.clone());
        registry.register("request_seconds", "How long requests took", seconds.clone());
        registry.register("cache_hits", "Public answers that were ready made", cache_hits.clone());
        Metrics { registry, requests, seconds, cache_hits }
    }
}

impl Metrics {
    /// Counts a request.
    pub fn request(&self, operation: &str, status: u16, duration: std::time::Duration) {
        self.requests.get_or_create(&Labels { operation: operation.to_owned(), status }).inc();
        self.seconds.observe(duration.as_secs_f64());
    }

    /// Counts an answer that was ready.
    pub fn cache_hit(&self) {
        self.cache_hits.inc();
    }

    /// The text that Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}
