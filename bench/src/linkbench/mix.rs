//! Which operations are asked for, and how often.

use std::sync::Arc;

use kvetch::{NodeId, Props};

use super::graph::Graph;
use super::loading::{LINK_DATA, NODE_DATA, data};

/// An operation of LinkBench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    GetLinkList,
    GetNode,
    AddLink,
    UpdateLink,
    UpdateNode,
    CountLink,
    DeleteLink,
    AddNode,
    DeleteNode,
    MultigetLink,
}

impl Operation {
    pub(super) const ALL: [Self; 10] = [
        Self::GetLinkList,
        Self::GetNode,
        Self::AddLink,
        Self::UpdateLink,
        Self::UpdateNode,
        Self::CountLink,
        Self::DeleteLink,
        Self::AddNode,
        Self::DeleteNode,
        Self::MultigetLink,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::GetLinkList => "get_link_list",
            Self::GetNode => "get_node",
            Self::AddLink => "add_link",
            Self::UpdateLink => "update_link",
            Self::UpdateNode => "update_node",
            Self::CountLink => "count_link",
            Self::DeleteLink => "delete_link",
            Self::AddNode => "add_node",
            Self::DeleteNode => "delete_node",
            Self::MultigetLink => "multiget_link",
        }
    }

    /// Its share, in thousandths.
    fn share(self) -> u32 {
        match self {
            Self::GetLinkList => 507,
            Self::GetNode => 129,
            Self::AddLink => 90,
            Self::UpdateLink => 80,
            Self::UpdateNode => 74,
            Self::CountLink => 49,
            Self::DeleteLink => 30,
            Self::AddNode => 26,
            Self::DeleteNode => 10,
            Self::MultigetLink => 5,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) enum Request {
    /// The newest links of a node.
    GetLinkList {
        from: NodeId,
    },
    GetNode {
        id: NodeId,
    },
    /// A link that may be there already, with all its data.
    PutLink {
        from: NodeId,
        to: NodeId,
        props: Props,
    },
    UpdateNode {
        id: NodeId,
        props: Props,
    },
    CountLink {
        from: NodeId,
    },
    DeleteLink {
        from: NodeId,
        to: NodeId,
    },
    AddNode {
        props: Props,
    },
    /// With all its links.
    DeleteNode {
        id: NodeId,
    },
    MultigetLink {
        from: NodeId,
        to: Vec<NodeId>,
    },
}

/// How many links one request names.
const LINKS_NAMED: usize = 4;

/// One request after the other, the same for the same seed.
pub(super) struct Requests {
    graph: Arc<Graph>,
    random: fastrand::Rng,
    /// The only operation that is asked for. Without it all are, as their shares say.
    only: Option<Operation>,
}

impl Requests {
    pub(super) fn new(graph: Arc<Graph>, seed: u64, only: Option<Operation>) -> Self {
        Self { graph, random: fastrand::Rng::with_seed(seed), only }
    }

    pub(super) fn next(&mut self) -> (Operation, Request) {
        let operation = self.only.unwrap_or_else(|| self.operation());
        let random = &mut self.random;
        let rank = self.graph.popular(random);
        let node = self.graph.nodes()[rank];
        let link = |random: &mut fastrand::Rng| self.graph.target(rank, random.usize(..self.graph.links(rank)));
        let request = match operation {
            Operation::GetLinkList => Request::GetLinkList { from: node },
            Operation::GetNode => Request::GetNode { id: node },
            Operation::AddLink => {
                Request::PutLink { from: node, to: self.graph.any(random), props: data(LINK_DATA, random) }
            }
            Operation::UpdateLink => Request::PutLink { from: node, to: link(random), props: data(LINK_DATA, random) },
            Operation::UpdateNode => Request::UpdateNode { id: node, props: data(NODE_DATA, random) },
            Operation::CountLink => Request::CountLink { from: node },
            Operation::DeleteLink => Request::DeleteLink { from: node, to: link(random) },
            Operation::AddNode => Request::AddNode { props: data(NODE_DATA, random) },
            Operation::DeleteNode => Request::DeleteNode { id: self.graph.any(random) },
            Operation::MultigetLink => {
                Request::MultigetLink { from: node, to: (0..LINKS_NAMED).map(|_| link(random)).collect() }
            }
        };
        (operation, request)
    }

    fn operation(&mut self) -> Operation {
        let mut left = self.random.u32(..1_000);
        let mut operations = Operation::ALL.into_iter();
        loop {
            let operation = operations.next().expect("the shares come to a thousand");
            if left < operation.share() {
                return operation;
            }
            left -= operation.share();
        }
    }
}
