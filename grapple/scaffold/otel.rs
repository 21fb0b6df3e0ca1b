//! Spans for a collector of OpenTelemetry, by OTLP over HTTP: requests, their rounds, reads and statements.
//!
//! It is compiled once the lines that are marked `otel:` are taken in: of Cargo.toml, main.rs and log.rs.
//! `OTEL_EXPORTER_OTLP_ENDPOINT` names the collector; without it that is http://localhost:4318.

use std::sync::OnceLock;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use pent::{Error, Result};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Registry;

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// What hands spans over, from a thread of its own.
///
/// # Errors
/// When the address of the collector is none.
pub fn layer() -> Result<OpenTelemetryLayer<Registry, SdkTracer>> {
    let exporter = SpanExporter::builder().with_http().build().map_err(Error::internal)?;
    let resource = Resource::builder().with_service_name("NAME").build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let provider = PROVIDER.get_or_init(|| provider);
    Ok(tracing_opentelemetry::layer().with_tracer(provider.tracer("NAME")))
}

/// Sends what is left.
pub fn end() {
    if let Some(Err(error)) = PROVIDER.get().map(SdkTracerProvider::shutdown) {
        eprintln!("the last spans were not sent: {error}");
    }
}
