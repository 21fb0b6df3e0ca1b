//! Example data: users with lists with items, the same for the same numbers and random seed.

use kvetch::{Create, Kvetch, NodeId, NodeType, Props, Timestamp, Value, VirtualShard};
use pent::{Entity, Error, Result};

use crate::graph::generated::{TodoItem, TodoItemStatus, TodoList, TodoUser};

/// How many nodes are handed to the store at once.
const BATCH: usize = 1_000;
/// How many nodes one call writes at most: hours of work, and more than an example needs. A larger number is a slip of
/// the hand.
const NODES_MAX: usize = 100_000_000;
/// When the first node was created, in milliseconds since 1970: the start of 2026. Each later node is one
/// millisecond younger.
const FIRST_MILLIS: u64 = 1_767_225_600_000;

const NAMES: [&str; 12] =
    ["Ada", "Barbara", "Claude", "Donald", "Edsger", "Frances", "Grace", "Hedy", "Ida", "Joan", "Ken", "Lynn"];
const LISTS: [&str; 8] = ["Groceries", "House", "Garden", "Work", "Reading", "Travel", "Music", "Someday"];
const TASKS: [&str; 10] =
    ["Call", "Write to", "Repair", "Buy", "Return", "Plan", "Clean", "Paint", "Look up", "Finish"];
const THINGS: [&str; 10] = [
    "the bicycle",
    "the library",
    "a present",
    "the kitchen",
    "the tax form",
    "two tickets",
    "the old radio",
    "a map",
    "the neighbours",
    "some flour",
];

/// How much to write.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// How many users.
    pub users: usize,
    /// How many lists each user has.
    pub lists: usize,
    /// How many items each list has.
    pub items: usize,
}

impl Amount {
    /// How many nodes that makes.
    ///
    /// # Errors
    /// When they are more than are written at once.
    pub fn nodes(self) -> Result<usize> {
        let Self { users, lists, items } = self;
        let nodes = users.saturating_mul(lists.saturating_mul(items.saturating_add(1)).saturating_add(1));
        if nodes > NODES_MAX {
            let many = format!("{users} users with {lists} lists of {items} items are more than {NODES_MAX} nodes");
            return Err(Error::user("OVER_LIMIT", format!("{many}; ask for fewer")));
        }
        Ok(nodes)
    }
}

/// What was written: some ids to try.
#[derive(Debug, Clone, Default)]
pub struct Seeded {
    /// The users.
    pub users: Vec<NodeId>,
    /// The first list of each user.
    pub first_lists: Vec<NodeId>,
    /// The first item of each of those lists.
    pub first_items: Vec<NodeId>,
}

/// Writes users, lists and items; `progress` is told of each batch that is written, by its number of nodes.
///
/// # Errors
/// When the amount is over its limit, and when the store refuses a write: among others when it holds the data of this
/// seed already.
pub async fn seed(kvetch: &Kvetch, amount: Amount, random_seed: u64, progress: impl Fn(usize)) -> Result<Seeded> {
    amount.nodes()?;
    let mut made = Maker { random: fastrand::Rng::with_seed(random_seed), millis: FIRST_MILLIS };
    let mut seeded = Seeded::default();
    let mut batches = Batches { kvetch, progress, batch: Vec::with_capacity(BATCH) };
    for number in 0..amount.users {
        let user = batches.add(made.user(number)).await?;
        seeded.users.push(user);
        for list_number in 0..amount.lists {
            let list = batches.add(made.list(user)).await?;
            if list_number == 0 {
                seeded.first_lists.push(list);
            }
            for item_number in 0..amount.items {
                let item = batches.add(made.item(list)).await?;
                if list_number == 0 && item_number == 0 {
                    seeded.first_items.push(item);
                }
            }
        }
    }
    batches.write().await?;
    Ok(seeded)
}

/// Writes nodes in batches, in the order they are added: parents before children.
struct Batches<'a, P> {
    kvetch: &'a Kvetch,
    progress: P,
    batch: Vec<Create>,
}

impl<P: Fn(usize)> Batches<'_, P> {
    /// Adds a node, and returns its id. Writes when that fills the batch, wherever in a user's data that is.
    async fn add(&mut self, create: Create) -> Result<NodeId> {
        let id = create.id.expect("every node made here has its id");
        self.batch.push(create);
        if self.batch.len() == BATCH {
            self.write().await?;
        }
        Ok(id)
    }

    async fn write(&mut self) -> Result<()> {
        let count = self.batch.len();
        for written in self.kvetch.create_many(self.batch.drain(..).collect()).await {
            written.map_err(Error::from)?;
        }
        (self.progress)(count);
        Ok(())
    }
}

/// Makes nodes, one after the other.
struct Maker {
    random: fastrand::Rng,
    millis: u64,
}

impl Maker {
    fn user(&mut self, number: usize) -> Create {
        let name = self.pick(&NAMES);
        let username = format!("{}-{number:06}-{:04x}", name.to_lowercase(), self.random.u16(..));
        self.node(TodoUser::NODE_TYPE, [("name", text(name)), ("username", Value::Text(username))], None)
    }

    fn list(&mut self, owner: NodeId) -> Create {
        let name = self.pick(&LISTS);
        self.node(TodoList::NODE_TYPE, [("name", text(name)), ("ownerId", Value::Id(owner))], None)
    }

    /// An item lies beside its list: written together, and counted in one transaction.
    fn item(&mut self, list: NodeId) -> Create {
        let task = format!("{} {}", self.pick(&TASKS), self.pick(&THINGS));
        let status = if self.random.u8(..3) == 0 { TodoItemStatus::Completed } else { TodoItemStatus::Open };
        let props = [("text", Value::Text(task)), ("todoListId", Value::Id(list)), ("status", text(status.name()))];
        self.node(TodoItem::NODE_TYPE, props, Some(list.virtual_shard()))
    }

    fn node<const N: usize>(
        &mut self,
        node_type: NodeType,
        props: [(&str, Value); N],
        shard: Option<VirtualShard>,
    ) -> Create {
        self.millis += 1;
        let shard = shard.unwrap_or_else(|| {
            VirtualShard::new(self.random.u16(..VirtualShard::COUNT)).expect("it is below the number of virtual shards")
        });
        let props = props.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Props>();
        let mut create = Create::new(node_type, props);
        create.id = Some(NodeId::from_parts(self.millis, shard, self.random.u64(..)));
        create.created = Some(Timestamp(i64::try_from(self.millis * 1_000).expect("times lie in this age")));
        create
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words[self.random.usize(..words.len())]
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
