//! Shard-routed node, edge and index storage.
