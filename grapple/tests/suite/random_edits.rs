//! What is written by hand survives whatever happens around it.
//!
//! `GRAPHSCALE_LONG=1` runs 1,000 rounds of an edit by hand, a change of the schema and a generation.

use std::fs;

use crate::dice::Dice;
use crate::folder::Folder;

/// What people write into `custom.rs`, each a whole item.
const ITEMS: [&str; 7] = [
    "// a comment of \u{1f600}\n",
    "fn  odd( ){ }\r\n",
    "\n\n\n",
    "#[allow(unused)]\nmod inner {\n    pub(super) fn deep() {}\n}\n",
    "impl QueryFields for Query { async fn now(cx: &Cx) -> Result<i32> { Ok(1) } }\n",
    "/* several\n   lines */\nuse std::fmt;\n",
    "const TEXT: &str = \"impl QueryFields for Query {}\";\n",
];

/// Types with something written by hand, each of which may be in the schema or not.
const TYPES: [&str; 3] = [
    "type User @pent(typeId: 1) @privacy { id: UUID! age: Int @customGen }\n",
    "type List @pent(typeId: 2) @hooks { id: UUID! }\n",
    "type Mutation { go: Int @customMutation stop(hard: Boolean): Int @customMutation }\n",
];

#[test]
fn every_byte_written_by_hand_stays_and_nothing_is_appended_twice() {
    let rounds = if std::env::var("GRAPHSCALE_LONG").is_ok_and(|long| long == "1") { 1_000 } else { 40 };
    let folder = Folder::new("every_byte_written_by_hand_stays");
    let mut dice = Dice::new(7);
    for round in 0..rounds {
        if round % 25 == 0 {
            drop(fs::remove_dir_all(folder.path()));
        }
        if folder.path().join("custom.rs").exists() {
            edit(&folder, &mut dice);
        }
        let before = fs::read(folder.path().join("custom.rs")).unwrap_or_default();
        let module = fs::read(folder.path().join("mod.rs")).ok();
        let schema = schema(&mut dice);
        folder.write_generated(&schema);
        let after = fs::read(folder.path().join("custom.rs")).expect("it is there");
        assert!(after.starts_with(&before), "round {round}: what was there is not there any more");
        if let Some(module) = module {
            assert_eq!(fs::read(folder.path().join("mod.rs")).expect("it is there"), module, "round {round}");
        }
        let text = String::from_utf8(after).expect("it is text");
        for appended in
            ["UserFields for super::", "UserPrivacy for super::", "Hooks for super::", "MutationFields for super::"]
        {
            assert!(text.matches(appended).count() <= 1, "round {round}: {appended} twice\n{text}");
        }
        let again = folder.write_generated(&schema);
        assert_eq!(again.stale().count(), 0, "round {round}: the second run writes");
    }
    eprintln!(
        "{rounds} rounds of an edit, a change of the schema and a generation: every byte written by hand is there"
    );
}

/// Puts something at the end, or at the beginning, of `custom.rs`; now and then into `mod.rs`.
fn edit(folder: &Folder, dice: &mut Dice) {
    let item = ITEMS[dice.below(ITEMS.len())];
    let text = folder.read("custom.rs");
    let inner_docs: usize = text.split_inclusive('\n').take_while(|line| line.starts_with("//!")).map(str::len).sum();
    match dice.below(4) {
        0 => folder.write("custom.rs", &format!("{}{item}{}", &text[..inner_docs], &text[inner_docs..])),
        1 => folder.write("custom.rs", text.trim_end()),
        2 => folder.write("mod.rs", &format!("{}// by hand\n", folder.read("mod.rs"))),
        _ => folder.write("custom.rs", &format!("{text}\n{item}")),
    }
}

fn schema(dice: &mut Dice) -> String {
    let types: String = TYPES.iter().filter(|_| dice.below(3) > 0).copied().collect();
    let more = if dice.below(2) == 0 { "" } else { "  soon: Int! @custom" };
    format!("type Query {{ now: Int! @custom{more} }}\n{types}")
}

/// All or nothing: a file of the second half that cannot be laid on disk leaves the first half alone.
#[test]
fn what_cannot_be_written_as_a_whole_is_not_written_at_all() {
    let folder = Folder::new("what_cannot_be_written_as_a_whole");
    let schema = "type Query { now: Int! @custom }";
    folder.write_generated(schema);
    let before: Vec<(String, String)> =
        folder.files().into_iter().map(|file| (file.clone(), folder.read(&file))).collect();
    for blocked in ["generated.rs", "custom.rs"] {
        // Nothing can be laid where a directory stands, even by those who may write everywhere.
        let beside = folder.path().join(format!(".{blocked}.{}.grapple", std::process::id()));
        fs::create_dir(&beside).expect("the folder can be written");
        let generated = folder.generate("type Query { now: Int! @custom } type Mutation { go: Int @customMutation }");
        let error = generated.expect("the schema is right").write().expect_err("there is something in the way");
        assert!(error.to_string().contains(blocked), "{error}");
        fs::remove_dir(&beside).expect("it is ours");
        let after: Vec<(String, String)> =
            folder.files().into_iter().map(|file| (file.clone(), folder.read(&file))).collect();
        assert_eq!(before, after, "{blocked}");
    }
}
