//! What servers, groups and networks do when they are told to fail. One binary: the group waits most of its time.

mod galera;
mod proxies;
mod servers;
