//! What the server says of itself: lines on standard error.

use std::io::IsTerminal;

use pent::Result;
use pent::cli::LogFormat;
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
    let log = log.with(LevelFilter::INFO);
    let lines = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with(lines.with_ansi(std::io::stderr().is_terminal())).init(),
        LogFormat::Json => log.with(lines.json()).init(),
    }
    Ok(())
}
