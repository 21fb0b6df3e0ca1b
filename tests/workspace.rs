//! The tests of the workspace as a whole.

mod architecture;
