//! What one request may cost.

/// Limits on what one request may cost; each is named in the error of a request that passes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many entities it may read. More would not fit into a response that anybody waits for.
    pub rows: u64,
    /// How many entities a document may ask for, if every page in it were full. It is refused before anything is read,
    /// as far as literals and defaults tell how long pages are.
    pub planned_rows: u64,
    /// How many bytes of `data` it may write. Entities that are shared are read once and written many times, so
    /// that a short query over few rows can make a response of any size.
    pub response_bytes: usize,
}

impl Default for Limits {
    /// A million entities, of a thousand million that a document may ask for, since few pages are full; 32 MiB.
    fn default() -> Self {
        Self { rows: 1_000_000, planned_rows: 1_000_000_000, response_bytes: 32 << 20 }
    }
}
