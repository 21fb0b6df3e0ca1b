//! Spans for a collector of OpenTelemetry, by OTLP over HTTP: requests, their rounds, reads and statements.
//!
//! It is compiled once the lines that are marked `otel:` are taken in: of Cargo.toml, main.rs and log.rs.
//! `OTEL_EXPORTER_OTLP_ENDPOINT` names the collector; without it that is http://localhost:4318. One behind https takes
//! the feature `reqwest-rustls` of opentelemetry-otlp.

use std::sync::OnceLock;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use pent::{Error, Result};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::{Layer, Registry};

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// What hands spans over, from a thread of its own.
///
/// # Errors
/// When the address of the collector is none.
pub fn layer() -> Result<impl Layer<Registry>> {
    let exporter = SpanExporter::builder().with_http().build().map_err(Error::internal)?;
    let resource = Resource::builder().with_service_name("NAME").build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let provider = PROVIDER.get_or_init(|| provider);
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("NAME"));
    // Of Graphscale rounds and statements, too; of other crates that would be too much.
    let closely = ["pent", "kvetch"].map(|target| (target, LevelFilter::DEBUG));
    Ok(spans.with_filter(Targets::new().with_default(LevelFilter::INFO).with_targets(closely)))
}

/// Sends what is left.
pub fn end() {
    if let Some(Err(error)) = PROVIDER.get().map(SdkTracerProvider::shutdown) {
        eprintln!("the last spans were not sent: {error}");
    }
}
