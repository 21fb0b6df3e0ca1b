//! Nodes and links, the same in every run: few nodes have most of the links.

use kvetch::NodeId;

/// Links of a node, in the mean.
const LINKS: f64 = 7.0;

/// Milliseconds of the time that the ids begin with.
const ERA: u64 = 1_760_000_000_000;

/// A graph in which the node of rank r has links in proportion to 1/sqrt(r), and is asked for as often: a list that is
/// asked for has some twenty links then, as Facebook found.
pub(super) struct Graph {
    by_rank: Vec<NodeId>,
}

impl Graph {
    pub(super) fn of(nodes: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let id = |number: usize| {
            let bits = u128::from(ERA + number as u64 / 10) << 80 | random.u128(..) >> 48;
            NodeId::from_bytes((bits & !(0xf << 76) | 8 << 76).to_be_bytes())
        };
        let mut by_rank = (0..nodes).map(id).collect::<Vec<_>>();
        // When a node was made says nothing about how popular it is.
        fastrand::Rng::with_seed(2).shuffle(&mut by_rank);
        Self { by_rank }
    }

    /// The nodes, the most popular first.
    pub(super) fn nodes(&self) -> &[NodeId] {
        &self.by_rank
    }

    /// How many links lead from the node of a rank. Some of them lead to the same node, and are one.
    pub(super) fn links(&self, rank: usize) -> usize {
        let part = (rank + 1) as f64 / self.by_rank.len() as f64;
        (LINKS / 2.0 / part.sqrt()) as usize
    }

    /// Where a link of a node leads to.
    pub(super) fn target(&self, rank: usize, link: usize) -> NodeId {
        let place = fastrand::Rng::with_seed((rank as u64) << 32 | link as u64).usize(..self.by_rank.len());
        self.by_rank[place]
    }

    /// The rank of a node that is asked for.
    pub(super) fn popular(&self, random: &mut fastrand::Rng) -> usize {
        let part = random.f64().powi(2);
        (part * self.by_rank.len() as f64) as usize
    }

    /// Any node, each as likely.
    pub(super) fn any(&self, random: &mut fastrand::Rng) -> NodeId {
        self.by_rank[random.usize(..self.by_rank.len())]
    }
}
