//! A group of servers forms, replicates and outlives one of its nodes.

use testkit::{Galera, Options, Server};

fn count(node: &Server) -> String {
    // What another node has committed is seen for sure by a session that waits for it.
    node.execute("SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM shard.words").trim().to_owned()
}

/// Half of its time (13 s, measured on two cores) is Galera's own: it waits 5 seconds before it gives a node up.
#[test]
fn a_group_replicates_and_outlives_the_kill_of_a_node() {
    let galera = Galera::start(&Options::default());
    let [one, two, three] = galera.nodes() else { panic!("a group has three nodes") };
    one.create_database("shard");
    one.execute("CREATE TABLE shard.words (word VARCHAR(20) PRIMARY KEY) ENGINE = InnoDB");
    two.execute("INSERT INTO shard.words VALUES ('from two')");
    assert_eq!([count(one), count(two), count(three)], ["1", "1", "1"]);

    one.kill();
    three.execute("INSERT INTO shard.words VALUES ('without one')");
    galera.wait_for_size(1, 2);
    assert_eq!([count(two), count(three)], ["2", "2"]);

    galera.restart(0);
    galera.wait_for_size(2, 3);
    assert_eq!(count(one), "2");
    one.execute("INSERT INTO shard.words VALUES ('back again')");
    assert_eq!([count(one), count(two), count(three)], ["3", "3", "3"]);
}
