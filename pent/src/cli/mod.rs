//! For a server's own program (feature `cli`): commands that need its schema and no store, and how it is run.

mod explain;
mod limits;
mod settings;

pub use self::explain::Explain;
pub use self::limits::LimitSettings;
pub use self::settings::{LISTEN, LogFormat, SETTINGS_FILE, Settings};
