//! What the command `kvetch` does, as it is run by people and programs, on 1 and on 4 shards.

mod fixture;
mod looking;
mod check_data;
mod checking;
mod copying;
mod moving;
mod resuming;
mod mistakes;
