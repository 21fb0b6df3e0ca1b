//! The server as a client sees it: the words of HTTP around GraphQL.

mod audits;
mod batches;
mod errors;
mod fittings;
mod limits;
mod load;
mod negotiation;
mod sockets;
mod streams;
mod todo;
mod workshop;
