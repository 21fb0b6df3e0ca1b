//! Names of things: ids, types, times.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;
use xxhash_rust::xxh64::xxh64;

/// The id of a node: 16 bytes, written as a hyphenated UUID.
///
/// New ids are UUIDs of version 8 (RFC 9562, the layout left to applications): 48 bits of
/// milliseconds since 1970, the version, 12 bits of virtual shard, the variant, 62 random bits.
/// They carry their route and sort by their millisecond of creation. Ids of any other version are accepted
/// and route by a hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId([u8; 16]);

impl NodeId {
    /// A new id in a random virtual shard.
    pub fn generate() -> Self {
        Self::generate_in(VirtualShard::random())
    }

    /// A new id in this virtual shard, so that the node lies beside others of that shard.
    pub fn generate_in(shard: VirtualShard) -> Self {
        Self::generate_at(Timestamp::now(), shard)
    }

    /// A new id that sorts by this moment.
    pub(crate) fn generate_at(created: Timestamp, shard: VirtualShard) -> Self {
        Self::from_parts(created.millis(), shard, random_bits())
    }

    /// The id with exactly these parts: a program with a seed makes the same ids every time.
    ///
    /// The low 48 bits of `millis` and the low 62 bits of `random` are used.
    pub const fn from_parts(millis: u64, shard: VirtualShard, random: u64) -> Self {
        let high = (millis << 16) | (0x8 << 12) | shard.0 as u64;
        let low = (0b10 << 62) | (random & (u64::MAX >> 2));
        Self(((high as u128) << 64 | low as u128).to_be_bytes())
    }

    /// The id with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id, most significant first.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The bucket this id lies in: the 12 bits of a version 8 id, else xxh64 of its bytes.
    pub fn virtual_shard(&self) -> VirtualShard {
        let custom_layout = self.0[6] >> 4 == 8 && self.0[8] >> 6 == 0b10;
        if custom_layout {
            VirtualShard(u16::from_be_bytes([self.0[6] & 0x0f, self.0[7]]))
        } else {
            VirtualShard::of_bytes(&self.0)
        }
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One of the 4096 buckets that everything stored lies in. The shard map says which shard holds
/// which buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualShard(u16);

impl VirtualShard {
    /// How many there are. Part of the stored format.
    pub const COUNT: u16 = 4096;

    /// The bucket with this number, if there is one.
    pub const fn new(number: u16) -> Option<Self> {
        if number < Self::COUNT { Some(Self(number)) } else { None }
    }

    /// Its number, below [`VirtualShard::COUNT`].
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Any bucket.
    pub(crate) fn random() -> Self {
        Self((random_bits() % u64::from(Self::COUNT)) as u16)
    }

    /// The bucket that these bytes hash to: xxh64 with seed 0, modulo 4096.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self((xxh64(bytes, 0) % u64::from(Self::COUNT)) as u16)
    }
}

impl fmt::Display for VirtualShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a type of nodes, from the schema. Numbers start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeType(pub u32);

/// The number of a type of edges, from the schema. Numbers start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EdgeType(pub u32);

/// The number of an index, from the schema. Numbers start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(pub u32);

macro_rules! display_number {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}
display_number!(NodeType, EdgeType, IndexId);

/// A moment: microseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment, by the clock of this machine.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// Milliseconds since 1970; 0 for what lies before.
    pub(crate) fn millis(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or(0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}us", self.0)
    }
}

/// The name of one write, given by a caller who may have to repeat it: a write that is repeated
/// under the same id is done once and answered with its first outcome.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteId([u8; 16]);

impl WriteId {
    /// A new, random id.
    pub fn generate() -> Self {
        Self(Uuid::new_v4().into_bytes())
    }

    /// The id with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The name of one of several writes that are done together under this one. Part of the stored
    /// format.
    pub(crate) fn of_part(&self, number: usize) -> Self {
        let mut named = [0; 24];
        named[..16].copy_from_slice(&self.0);
        named[16..].copy_from_slice(&(number as u64).to_be_bytes());
        let halves = [xxh64(&named, 0), xxh64(&named, 1)];
        Self((u128::from(halves[0]) << 64 | u128::from(halves[1])).to_be_bytes())
    }

    /// Where a node goes that is created under this write id and given no place: a repetition
    /// must come to the same shard to find the first.
    pub(crate) fn virtual_shard(&self) -> VirtualShard {
        VirtualShard::of_bytes(&self.0)
    }
}

impl fmt::Debug for WriteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

/// The mark of one attempt to claim a unique value. Whoever writes it first on the node's shard,
/// the write or its undoing, has decided the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce([u8; 16]);

impl Nonce {
    pub(crate) fn generate() -> Self {
        Self(Uuid::new_v4().into_bytes())
    }

    /// The nonce with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the nonce.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 62 random bits below two fixed ones, which are the variant of the UUID they are taken from.
fn random_bits() -> u64 {
    Uuid::new_v4().as_u64_pair().1
}
