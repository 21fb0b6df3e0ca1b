//! A group of servers forms, replicates and outlives each of its nodes.
//!
//! `GRAPHSCALE_LONG=1` asks for every node and for both ways to go; else it is the kill of the node that founded the group,
//! since half of a round's time is Galera's own: it waits 5 seconds before it gives a node up.

use testkit::{Galera, Options, Server};

/// How a node goes. One that was killed comes back with all data anew, one that was stopped with what it missed.
#[derive(Clone, Copy, Debug)]
enum Exit {
    Kill,
    Stop,
}

fn put(node: &Server, word: &str) {
    node.execute(&format!("INSERT INTO shard.words VALUES ('{word}')"));
}

fn count(node: &Server) -> usize {
    // What another node has committed is seen for sure by a session that waits for it.
    let rows = node.execute("SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM shard.words");
    rows.trim().parse().expect("a count is a number")
}

fn leave_and_come_back(galera: &Galera, node: usize, exit: Exit) {
    let nodes = galera.nodes();
    let [left, right] = [(node + 1) % nodes.len(), (node + 2) % nodes.len()];
    let before = count(&nodes[node]);

    match exit {
        Exit::Kill => nodes[node].kill(),
        Exit::Stop => nodes[node].stop(),
    }
    put(&nodes[left], &format!("without {node}, {exit:?}"));
    galera.wait_for_size(right, 2);
    assert_eq!(count(&nodes[right]), before + 1);

    galera.restart(node);
    galera.wait_for_size(right, 3);
    assert_eq!(count(&nodes[node]), before + 1);
    put(&nodes[node], &format!("back is {node}, {exit:?}"));
    assert_eq!([count(&nodes[left]), count(&nodes[right])], [before + 2; 2]);
}

#[test]
fn a_group_replicates_and_outlives_each_of_its_nodes() {
    let galera = Galera::start(&Options::default());
    let nodes = galera.nodes();
    nodes[0].create_database("shard");
    nodes[0].execute("CREATE TABLE shard.words (word VARCHAR(40) PRIMARY KEY) ENGINE = InnoDB");
    put(&nodes[1], "from the second");
    assert_eq!([count(&nodes[0]), count(&nodes[1]), count(&nodes[2])], [1; 3]);

    leave_and_come_back(&galera, 0, Exit::Kill);
    if std::env::var("GRAPHSCALE_LONG").is_ok_and(|long| long == "1") {
        for (node, exit) in [(1, Exit::Kill), (2, Exit::Kill), (0, Exit::Stop), (1, Exit::Stop), (2, Exit::Stop)] {
            leave_and_come_back(&galera, node, exit);
        }
        eprintln!("galera: every node was killed and stopped once, and came back");
    }
}
