//! The tests of the workspace as a whole.
