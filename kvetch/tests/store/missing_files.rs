//! Directories that lost files, and addresses that ask for more than there can be.

use std::fs;

use kvetch::limits::SHARDS_MAX;
use kvetch::{Error, Kvetch, StoreUrl};

use crate::directory::TempDirectory;
use crate::fixture::schema;

/// The directory of a store that was made with some shards and closed.
async fn closed_store(shards: usize) -> TempDirectory {
    let directory = TempDirectory::new();
    Kvetch::open(&[directory.url(shards)], schema()).await.unwrap().close().await.unwrap();
    directory
}

fn any_number(directory: &TempDirectory) -> StoreUrl {
    StoreUrl::File { directory: directory.0.clone(), shards: None }
}

async fn refused(url: StoreUrl) -> Error {
    Kvetch::open(&[url], schema()).await.expect_err("the store does not open")
}

/// The files were counted up to the first gap, so that a store without its third file was said to have the wrong
/// number of shards, and one without any file became a new and empty store.
#[tokio::test]
async fn a_missing_file_is_named_and_nothing_is_made_in_its_place() {
    for (missing, named) in [(vec![2], 2), (vec![3], 3), (vec![0], 0), (vec![1, 3], 1), (vec![0, 1, 2, 3], 0)] {
        let directory = closed_store(4).await;
        for shard in &missing {
            fs::remove_file(directory.0.join(format!("shard-{shard:04}.sqlite"))).unwrap();
        }
        for url in [any_number(&directory), directory.url(4), directory.url(1)] {
            let error = refused(url).await;
            assert_eq!(error.code(), "not_a_store");
            assert!(error.to_string().contains(&format!("shard-000{named}.sqlite is missing")), "{error}");
        }
        let left = fs::read_dir(&directory.0)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "sqlite"));
        assert_eq!(left.count(), 4 - missing.len());
    }
}

/// A lock file that is empty was left by an interrupted start, or by a version that wrote nothing into it.
#[tokio::test]
async fn without_a_number_in_the_lock_file_the_files_are_counted() {
    for left in ["", "\0\0"] {
        let directory = closed_store(3).await;
        let lock = directory.0.join("kvetch.lock");
        fs::write(&lock, left).unwrap();
        let last = directory.0.join("shard-0002.sqlite");
        fs::rename(&last, directory.0.join("elsewhere")).unwrap();
        assert_eq!(refused(any_number(&directory)).await, Error::ShardCount { stored: 3, asked: 2 });
        // Back in its place it counts, though two were found before.
        fs::rename(directory.0.join("elsewhere"), &last).unwrap();
        Kvetch::open(&[any_number(&directory)], schema()).await.unwrap().close().await.unwrap();
        assert_eq!(fs::read_to_string(&lock).unwrap(), "3\n");
    }
}

#[tokio::test]
async fn a_wrong_number_of_shards_is_refused_with_the_right_one() {
    let directory = closed_store(1).await;
    let error = refused(directory.url(4)).await.to_string();
    assert!(error.starts_with("the store has 1 shard, and 4 were asked for"), "{error}");
    assert!(error.contains("`?shards=1`"), "{error}");
    let directory = closed_store(2).await;
    let error = refused(directory.url(1)).await.to_string();
    assert!(error.starts_with("the store has 2 shards, and 1 was asked for"), "{error}");
}

/// Thousands of threads were started, and thousands of files made, before the number was looked at.
#[tokio::test]
async fn more_shards_than_a_store_can_have_are_refused_before_the_first_is_made() {
    let directory = TempDirectory::new();
    let many = SHARDS_MAX + 1;
    for url in [directory.url(many), StoreUrl::Memory { shards: Some(many) }] {
        let error = url.to_string().parse::<StoreUrl>().unwrap_err();
        assert!(error.to_string().contains("at most 4096 shards"), "{error}");
        assert_eq!(refused(url).await.code(), "over_limit");
    }
    assert!(!directory.0.exists());
}

/// Opening failed at some file, and those before it were left: the next start took them for a store of that size.
#[tokio::test]
async fn a_new_store_that_cannot_be_made_whole_leaves_no_part_of_itself() {
    let directory = TempDirectory::new();
    fs::create_dir(&directory.0).unwrap();
    fs::write(directory.0.join("kvetch.lock"), "").unwrap();
    // SQLite can make no file where a log of another file is a directory.
    let obstacle = directory.0.join("shard-0002.sqlite-wal");
    fs::create_dir(&obstacle).unwrap();
    assert_eq!(refused(directory.url(4)).await.code(), "engine");
    fs::remove_dir(&obstacle).unwrap();
    Kvetch::open(&[directory.url(3)], schema()).await.unwrap().close().await.unwrap();
}

/// The process was killed between two of the files, and those that were there passed for a smaller store.
#[tokio::test]
async fn a_store_that_was_never_made_whole_is_made_anew() {
    for asked in [4, 1] {
        let directory = TempDirectory::new();
        fs::create_dir(&directory.0).unwrap();
        fs::write(directory.0.join("kvetch.lock"), "new\n").unwrap();
        for shard in 0..2 {
            fs::write(directory.0.join(format!("shard-000{shard}.sqlite")), "").unwrap();
        }
        let nothing_yet = kvetch::existing_shards_at(&[directory.url(asked)]).await.unwrap_err();
        assert_eq!(nothing_yet.code(), "not_a_store");
        let store = Kvetch::open(&[directory.url(asked)], schema()).await.unwrap();
        assert_eq!(store.shard_map().shards(), asked);
        store.close().await.unwrap();
        assert_eq!(fs::read_to_string(directory.0.join("kvetch.lock")).unwrap(), format!("{asked}\n"));
        assert_eq!(directory.0.join("shard-0001.sqlite").exists(), asked == 4);
    }
}
