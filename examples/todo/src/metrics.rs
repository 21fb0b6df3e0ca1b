//! What the process counts, for Prometheus to fetch.

use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use pent::{Error, Result, http};

/// Upper ends of the buckets of times, in seconds: from a query whose nodes are in memory to the deadline of a request.
const BUCKETS: [f64; 12] = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0, 10.0];
/// How often what was counted is put together, whether or not somebody fetches it: until then each time is kept.
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder of the process.
#[derive(Debug)]
pub(crate) struct Metrics(PrometheusHandle);

impl Metrics {
    /// Begins to record.
    ///
    /// # Errors
    /// When the process has a recorder already.
    pub(crate) fn record() -> Result<Self> {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).map_err(Error::internal)?;
        let handle = builder.install_recorder().map_err(Error::internal)?;
        pent::describe_metrics();
        http::describe_metrics();
        let kept = handle.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                kept.run_upkeep();
            }
        });
        Ok(Self(handle))
    }

    /// What was recorded so far, in the text that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        self.0.render()
    }
}
