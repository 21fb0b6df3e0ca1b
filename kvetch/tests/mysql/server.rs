//! Servers of the tests, and databases on them.

use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use kvetch::StoreUrl;
use testkit::Options;

/// A server that ends with this, and the databases that it was asked for.
pub(crate) struct Server {
    server: testkit::Server,
    databases: AtomicUsize,
}

/// A server that all tests share that do it no harm.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(Server::start)
}

/// How servers are started that many stores are open on at once.
pub(crate) fn options() -> Options {
    // What a server that is killed leaves with the operating system is not lost: waiting for the disk proves no more.
    let arguments = ["--max-connections=2000", "--innodb-flush-method=nosync", "--sync-frm=0"];
    Options { arguments: arguments.map(str::to_owned).to_vec(), ..Options::default() }
}

impl Server {
    pub(crate) fn start() -> Self {
        Self { server: testkit::Server::start(&options()), databases: AtomicUsize::new(0) }
    }

    /// The name of a new, empty database.
    pub(crate) fn database(&self) -> String {
        let name = format!("kvetch{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.create_database(&name);
        name
    }

    /// Addresses of new, empty databases.
    pub(crate) fn databases(&self, number: usize) -> Vec<StoreUrl> {
        (0..number).map(|_| self.one_of_many(&self.database())).collect()
    }

    /// The address of a database for one of many stores that are open at once.
    pub(crate) fn one_of_many(&self, database: &str) -> StoreUrl {
        self.address(&format!("{database}?pool=8"))
    }

    /// Removes databases that nobody uses any more.
    pub(crate) fn drop_databases(&self, names: &[String]) {
        let drops = names.iter().map(|name| format!("DROP DATABASE `{name}`;"));
        self.execute(&drops.collect::<String>());
    }

    /// The address of a database.
    pub(crate) fn address(&self, database: &str) -> StoreUrl {
        self.url(database).parse().expect("the address is valid")
    }

    /// The address of a database for a user, who may have a password.
    pub(crate) fn address_for(&self, user: &str, database: &str) -> StoreUrl {
        format!("mysql://{user}@{}/{database}", self.host()).parse().expect("the address is valid")
    }

    /// The address of a database for a user who may read and write rows, and nothing else.
    pub(crate) fn address_for_few(&self, database: &str) -> StoreUrl {
        self.execute(
            "CREATE USER IF NOT EXISTS few@'127.0.0.1' IDENTIFIED BY 'a b@c';
             GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO few@'127.0.0.1'",
        );
        self.address_for("few:a%20b%40c", database)
    }

    /// Where it listens.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port())
    }
}

impl Deref for Server {
    type Target = testkit::Server;

    fn deref(&self) -> &testkit::Server {
        &self.server
    }
}
