//! Where the values of a body stand.
//!
//! Bodies are read far more often than they are made: the list of their entries is made once and kept behind their bytes,
//! in the same allocation, so that a value is read without passing over all that comes before it. It is never stored.

use std::cmp::Ordering;

use super::keys::Key;
use super::view::ValueRef;
use super::walk::Walk;

/// An entry takes this many bytes: the first bytes of its name as a number, the length of its name, and where its value
/// begins. The name ends there.
const ENTRY_BYTES: usize = 8 + 4 + 4;

/// A checked body with its entries behind it.
pub(super) fn with_entries(cbor: &[u8]) -> Option<Vec<u8>> {
    let mut walk = Walk::new(cbor);
    let count = walk.enter()?;
    let mut bytes = Vec::with_capacity(cbor.len() + ENTRY_BYTES * usize::try_from(count).ok()?);
    bytes.extend_from_slice(cbor);
    for _ in 0..count {
        let key = walk.key()?;
        let value = cbor.len() - walk.left();
        bytes.extend_from_slice(&key.start().to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(key.name.len()).ok()?.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(value).ok()?.to_le_bytes());
        walk.pass(1)?;
    }
    Some(bytes)
}

/// The entries of a body, in the order of their names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entries<'a> {
    cbor: &'a [u8],
    entries: &'a [[u8; ENTRY_BYTES]],
}

/// One of them: its name, and where its value begins.
struct Entry<'a> {
    key: Key<'a>,
    value: usize,
}

impl<'a> Entries<'a> {
    /// Those of a body that was made by [`with_entries`], and is so many bytes long without them.
    pub(super) fn new(bytes: &'a [u8], cbor: usize) -> Self {
        let (cbor, entries) = bytes.split_at(cbor);
        Self { cbor, entries: entries.as_chunks().0 }
    }

    /// The values of some keys, which are in ascending order, each once.
    pub(super) fn find(&self, keys: &[Key<'_>], out: &mut [Option<ValueRef<'a>>]) -> Option<()> {
        let mut entries = self.entries.iter();
        let mut entry = entries.next();
        for (wanted, found) in keys.iter().zip(out) {
            *found = None;
            while let Some(next) = entry {
                let Entry { key, value } = self.read(next)?;
                let order = key.cmp(wanted);
                if order == Ordering::Greater {
                    break;
                }
                entry = entries.next();
                if order == Ordering::Equal {
                    *found = Some(Walk::new(self.cbor.get(value..)?).value()?);
                    break;
                }
            }
        }
        Some(())
    }

    #[inline]
    fn read(&self, entry: &[u8; ENTRY_BYTES]) -> Option<Entry<'a>> {
        let (start, rest) = entry.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (length, value) = (number(*length), number(*rest.first_chunk()?));
        let name = self.cbor.get(value.checked_sub(length)?..value)?;
        Some(Entry { key: Key::starting(u64::from_le_bytes(*start), name), value })
    }
}

#[inline]
fn number(bytes: [u8; 4]) -> usize {
    u32::from_le_bytes(bytes) as usize
}
