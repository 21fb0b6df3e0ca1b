//! What one request may cost, as settings.

use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use crate::limits::Limits;

/// Settings of the same names as the fields of [`Limits`]: their types, and the variables of the environment.
macro_rules! of_the_same_name {
    ($($(#[doc = $help:literal])+ $name:ident: $number:ty = $variable:literal,)+) => {
        /// What one request may cost; what is left out is as [`Limits::default`] has it. In the file they have a table
        /// of their own, `[limits]`.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
        #[command(next_help_heading = "Limits")]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct LimitSettings {
            $(
                $(#[doc = $help])+
                #[arg(long, env = $variable, value_name = "N")]
                $name: Option<$number>,
            )+
            /// Milliseconds after which a request is given up [default: 10000].
            #[arg(long, env = "GRAPHSCALE_DEADLINE_MS", value_name = "N")]
            deadline_ms: Option<u64>,
        }

        impl LimitSettings {
            /// These, and others where these say nothing.
            pub(super) fn over(self, other: Self) -> Self {
                Self { $($name: self.$name.or(other.$name),)+ deadline_ms: self.deadline_ms.or(other.deadline_ms) }
            }

            /// What the help tells of each as its default, and what that is.
            #[cfg(test)]
            fn defaults() -> Vec<(&'static str, u64)> {
                let default = Limits::default();
                let millis = u64::try_from(default.deadline.as_millis()).expect("it is short");
                vec![$((stringify!($name), default.$name as u64),)+ ("deadline_ms", millis)]
            }

            /// What they say, and the default of what they do not.
            pub(super) fn limits(&self) -> Limits {
                let default = Limits::default();
                Limits {
                    $($name: self.$name.unwrap_or(default.$name),)+
                    deadline: self.deadline_ms.map_or(default.deadline, Duration::from_millis),
                }
            }
        }
    };
}

of_the_same_name! {
    /// Tokens of a document [default: 15000].
    tokens: u64 = "GRAPHSCALE_TOKENS",
    /// How deep its selections nest [default: 64].
    depth: u64 = "GRAPHSCALE_DEPTH",
    /// How deep lists and objects nest in the arguments that it writes out [default: 32].
    literal_depth: u64 = "GRAPHSCALE_LITERAL_DEPTH",
    /// Aliases of a document [default: 1000].
    aliases: u64 = "GRAPHSCALE_ALIASES",
    /// Directives of a document [default: 500].
    directives: u64 = "GRAPHSCALE_DIRECTIVES",
    /// Fragments of a document [default: 250].
    fragments: u64 = "GRAPHSCALE_FRAGMENTS",
    /// Entities that a request reads [default: 1000000].
    rows: u64 = "GRAPHSCALE_ROWS",
    /// Entities that a document asks for, if every page were full [default: 1000000000].
    planned_rows: u64 = "GRAPHSCALE_PLANNED_ROWS",
    /// Entities of one page [default: 1000].
    page_rows: u32 = "GRAPHSCALE_PAGE_ROWS",
    /// Bytes of the data of a response [default: 33554432].
    response_bytes: usize = "GRAPHSCALE_RESPONSE_BYTES",
    /// Bytes of the body of a request [default: 2097152].
    body_bytes: usize = "GRAPHSCALE_BODY_BYTES",
    /// Values of the JSON of a body [default: 200000].
    body_values: usize = "GRAPHSCALE_BODY_VALUES",
    /// Requests in one body [default: 10].
    batch: usize = "GRAPHSCALE_BATCH",
    /// Operations of one WebSocket at the same time [default: 100].
    subscriptions: usize = "GRAPHSCALE_SUBSCRIPTIONS",
    /// Requests that run at the same time; further ones are turned away [default: 256].
    concurrent_requests: usize = "GRAPHSCALE_CONCURRENT_REQUESTS",
    /// Events of subscriptions that are answered at the same time; further ones wait [default: 64].
    concurrent_events: usize = "GRAPHSCALE_CONCURRENT_EVENTS",
    /// Bytes of bodies that are on their way or being answered, of all clients [default: 268435456].
    arriving_bytes: usize = "GRAPHSCALE_ARRIVING_BYTES",
    /// Bytes of answers that wait for their clients to read them, of all clients [default: 268435456].
    leaving_bytes: usize = "GRAPHSCALE_LEAVING_BYTES",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_tells_the_defaults_that_there_are() {
        let command = LimitSettings::augment_args(clap::Command::new("program"));
        for (name, default) in LimitSettings::defaults() {
            let argument = command.get_arguments().find(|argument| argument.get_id() == name).expect("it is a setting");
            let help = argument.get_help().expect("it has help").to_string();
            assert!(help.ends_with(&format!("[default: {default}]")), "{name}: {help}");
        }
    }
}
