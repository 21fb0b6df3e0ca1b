//! What the server says of itself: lines on standard error.

use std::io::IsTerminal;

use pent::Result;
use pent::cli::LogFormat;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

/// Begins to write the log.
///
/// # Errors
/// When what it is handed to cannot be reached.
pub fn start(format: LogFormat) -> Result<()> {
    let log = registry();
    // otel: let log = log.with(crate::otel::layer()?);
    let lines = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => {
            let lines = lines.with_ansi(std::io::stderr().is_terminal());
            log.with(lines.with_filter(LevelFilter::INFO)).init();
        }
        LogFormat::Json => log.with(lines.json().with_filter(LevelFilter::INFO)).init(),
    }
    Ok(())
}
