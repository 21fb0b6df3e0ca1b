//! The server as a client sees it: the words of HTTP around GraphQL.

mod audits;
mod negotiation;
mod todo;
