//! The lock: what a change of the schema breaks, and what is remembered.

use grapple::{Accepted, Change, Diagnostics, Directory, Generated, LockFile, SourceFile};

use crate::folder::Folder;

const SCHEMA: &str = "\
type Query { user(id: UUID!): User @readPent  find(name: String!): User @findPent(by: \"name\")  f(a: Int, b: Int = 3, c: Int! = 4): Plain @custom }
type User @pent(typeId: 1) {
  id: UUID!
  name: String! @unique
  age: Int
  rank: Int @index
  mood: Mood
  boss: User @genFromStoredId
  staff(first: Int = 100, after: UUID): [User!]! @edgeToStoredId(edgeName: \"staff\", edgeId: 5, field: \"boss\")
}
type Note @pent(typeId: 2) { id: UUID!  text: String  about: User @genFromStoredId }
enum Mood { GOOD BAD }
enum Told { YES NO }
input Wish { what: String!  often: Int! = 1  how: Int }
input One @oneOf { a: Int  b: Int }
input Some { a: Int  b: Int }
type Plain { told: Told  many: [Int!] }
type Mutation { wish(wish: Wish): Int @custom }
";

fn locked(folder: &Folder, schema: &str, accepted: &[&str]) -> Result<Generated, Diagnostics> {
    let accepted = accepted.iter().map(|text| text.parse::<Accepted>().expect("a change"));
    let lock = LockFile::read(folder.path().join("graphscale.lock")).expect("it can be read").accepting(accepted);
    let directory = Directory::read(folder.path().join("graph")).expect("it can be read").with_lock(lock);
    grapple::generate(SourceFile::new("schema.graphql", schema), &directory)
}

fn write(folder: &Folder, schema: &str, accepted: &[&str]) {
    locked(folder, schema, accepted).unwrap_or_else(|breaks| panic!("{breaks}")).write().expect("it can be written");
}

/// A folder whose lock is that of [`SCHEMA`].
fn folder(test: &str) -> Folder {
    let folder = Folder::new(test);
    write(&folder, SCHEMA, &[]);
    folder
}

/// What the lock speaks against, as it is accepted.
fn breaks(folder: &Folder, schema: &str) -> Vec<String> {
    let Err(found) = locked(folder, schema, &[]) else { return Vec::new() };
    let accepts = |help: &str| help.split("--accept '").nth(1)?.split('\'').next().map(str::to_owned);
    let mut names: Vec<String> = found
        .iter()
        .map(|found| {
            found.help.as_deref().and_then(accepts).unwrap_or_else(|| format!("{} without a way out", found.code))
        })
        .collect();
    names.sort();
    names
}

#[test]
fn each_change_is_told_by_what_it_breaks() {
    let folder = folder("each_change_is_told");
    let cases: &[(&str, &str, &[&str])] = &[
        // Nothing breaks.
        ("age: Int", "age: Int  size: Int", &[]),
        ("enum Mood { GOOD BAD }", "enum Mood { BAD WORSE GOOD }", &[]),
        ("many: [Int!]", "many: [Int!]!", &[]),
        ("b: Int = 3", "b: Int = 4", &[]),
        ("what: String!", "what: String", &[]),
        ("how: Int }", "how: Int  why: String  times: Int! = 2 }", &[]),
        ("a: Int, b", "a: Int = 5, b", &[]),
        ("b: Int = 3", "b: Int", &[]),
        ("c: Int! = 4", "c: Int = 4", &[]),
        // Clients.
        ("told: Told ", "", &["G851:Plain.told"]),
        ("enum Told { YES NO }", "enum Told { YES }", &["G851:Told.NO"]),
        ("a: Int, b", "b", &["G851:Query.f(a:)"]),
        ("f(a: Int,", "f(a: Int!,", &["G854:Query.f(a:)"]),
        ("f(a: Int,", "f(z: Int!, a: Int,", &["G854:Query.f(z:)"]),
        ("f(a: Int,", "f(a: Float,", &["G855:Query.f(a:)"]),
        ("how: Int", "how: Int!", &["G854:Wish.how"]),
        // Null was a value, and leaving it out was enough.
        ("a: Int, b", "a: Int! = 5, b", &["G854:Query.f(a:)"]),
        ("b: Int = 3", "b: Int! = 3", &["G854:Query.f(b:)"]),
        ("c: Int! = 4", "c: Int!", &["G854:Query.f(c:)"]),
        ("often: Int! = 1", "often: Int!", &["G854:Wish.often"]),
        ("input Some { a: Int  b: Int }", "input Some @oneOf { a: Int  b: Int }", &["G852:Some"]),
        ("input One @oneOf { a: Int  b: Int }", "input One { a: Int  b: Int }", &[]),
        ("type Mutation { wish(wish: Wish): Int @custom }", "", &["G851:Mutation"]),
        ("how: Int", "how: [Int]", &["G855:Wish.how"]),
        ("how: Int }", "how: Int  why: Int! }", &["G854:Wish.why"]),
        (" how: Int }", "}", &["G851:Wish.how"]),
        ("many: [Int!]", "many: [Int]", &["G853:Plain.many"]),
        ("enum Told { YES NO }", "type Told { x: Int }", &["G852:Told"]),
        ("  f(a: Int, b: Int = 3, c: Int! = 4): Plain @custom", "", &["G851:Query.f"]),
        // Stored data.
        ("age: Int", "age: Int!", &["G805:User.age"]),
        ("age: Int", "age: String", &["G804:User.age", "G853:User.age"]),
        ("age: Int", "age: Int  size: Int!", &["G805:User.size"]),
        ("age: Int", "years: Int", &["G807:User.age", "G851:User.age"]),
        ("text: String", "text: ID", &["G853:Note.text"]),
        ("mood: Mood", "mood: String", &["G853:User.mood"]),
        ("about: User", "about: Note", &["G804:Note.aboutId", "G853:Note.about"]),
        ("enum Mood { GOOD BAD }", "enum Mood { GOOD }", &["G806:Mood.BAD", "G851:Mood.BAD"]),
        ("typeId: 2", "typeId: 3", &["G803:Note"]),
        ("type Note @pent", "type Memo @pent", &["G802:Memo", "G851:Note"]),
        ("type Note @pent(typeId: 2)", "type Memo @pent(typeId: 3)", &["G807:Note", "G851:Note"]),
        ("edgeId: 5", "edgeId: 6", &[]),
        // A store refuses another order, or another kind of index, under a number that it knows.
        ("field: \"boss\"", "field: \"boss\", orderBy: \"age\"", &["G808:5"]),
        ("edgeId: 5, field: \"boss\"", "edgeId: 6, field: \"boss\", orderBy: \"age\"", &[]),
        ("rank: Int @index", "rank: Int @index(kind: RANGE)", &["G809:User.rank"]),
        ("rank: Int @index", "rank: Int @unique", &["G809:User.rank"]),
        ("rank: Int @index", "rank: Int @index(id: 9, kind: RANGE)", &[]),
        ("name: String! @unique", "name: String! @unique(id: 9)", &[]),
    ];
    let mut wrong = String::new();
    for (from, to, expected) in cases {
        assert!(SCHEMA.contains(from), "{from}");
        let found = breaks(&folder, &SCHEMA.replacen(from, to, 1));
        if found != *expected {
            wrong += &format!("{from} -> {to}: {found:?}, not {expected:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Another type took the place of a root while the old one stayed, so that nothing was missed.
#[test]
fn a_root_is_of_the_type_that_clients_know() {
    let folder = Folder::new("a_root_is_of_the_type");
    let before =
        "schema { query: A  mutation: M } type A { x: Int @custom } type B { x: Int } type M { y: Int @custom }";
    write(&folder, before, &[]);
    let other = before.replace("query: A", "query: B").replace("A { x: Int @custom }", "A { x: Int }");
    let other = other.replace("type B { x: Int }", "type B { x: Int @custom }");
    assert_eq!(breaks(&folder, &other), ["G853:query"]);
    let without = before.replace("  mutation: M", "").replace("y: Int @custom", "y: Int");
    assert_eq!(breaks(&folder, &without), ["G851:mutation"]);
    let renamed = before.replace("query: A", "query: C").replace("type A", "type C");
    assert_eq!(breaks(&folder, &renamed), ["G851:A"]);
}

#[test]
fn numbers_of_what_was_removed_are_not_given_again() {
    let folder = folder("numbers_of_what_was_removed");
    let without = SCHEMA
        .replace("type Note @pent(typeId: 2) { id: UUID!  text: String  about: User @genFromStoredId }\n", "")
        .replace("edgeId: 5", "edgeId: 6")
        .replace(" @unique", " @unique(id: 7)");
    write(&folder, &without, &["G807:Note", "api"]);
    let lock = folder.read("graphscale.lock");
    for line in [
        "removed node 2 Note\n",
        "removed edge 5 User -> User.bossId\n",
        "removed value Note.text String\n",
        "removed value Note.aboutId UUID -> User\n",
        "stored edge 6 User -> User.bossId\n",
        "stored index 7 User.name unique\n",
    ] {
        assert!(lock.contains(line), "{line}{lock}");
    }
    let other = format!("{without}type Other @pent(typeId: 2) {{ id: UUID! }}\n");
    assert_eq!(breaks(&folder, &other), ["G802:Other"]);
    let staff =
        "boss(first: Int = 1, after: UUID): [Other!]! @edgeToStoredId(edgeName: \"x\", edgeId: 5, field: \"user\")";
    let edge = format!("{without}type Other @pent(typeId: 3) {{ id: UUID! user: User @genFromStoredId }}\n")
        .replace("age: Int\n", &format!("age: Int\n  others{}\n", staff.trim_start_matches("boss")));
    assert_eq!(breaks(&folder, &edge), ["G808:5"]);
    let index = without.replace("age: Int\n", "age: Int @index(id: 7)\n").replace("@unique(id: 7)", "@unique(id: 8)");
    assert_eq!(breaks(&folder, &index), ["G809:User.age"]);
    let back = without.replace("enum Told", "type Note @pent(typeId: 2) { id: UUID!  text: Int }\nenum Told");
    assert_eq!(breaks(&folder, &back), ["G804:Note.text"]);
    let back = back.replace("text: Int", "text: String");
    write(&folder, &back, &[]);
    assert!(folder.read("graphscale.lock").contains("stored value Note.text String\n"));
}

#[test]
fn a_type_that_is_renamed_keeps_what_it_stores() {
    let folder = folder("a_type_that_is_renamed");
    let renamed = SCHEMA.replace("type Note @pent", "type Memo @pent");
    write(&folder, &renamed, &["G802:Memo", "G851"]);
    let lock = folder.read("graphscale.lock");
    assert!(lock.contains("stored node 2 Memo\n") && !lock.contains("Note"), "{lock}");
    assert_eq!(breaks(&folder, &renamed.replace("text: String", "text: Int")), ["G804:Memo.text", "G853:Memo.text"]);
}

#[test]
fn a_refusal_shows_the_schema_and_the_lock_and_writes_nothing() {
    let folder = folder("a_refusal_shows_the_schema");
    let before = folder.read("graphscale.lock");
    let refused = locked(&folder, &SCHEMA.replace("age: Int", "years: Int"), &["api"]).expect_err("it is stored");
    let report = refused.to_string();
    assert!(report.starts_with("error[G807]: nothing can read the stored value `User.age` any more\n"), "{report}");
    assert!(report.contains("--> schema.graphql:2:6\n"), "{report}");
    assert!(report.contains("graphscale.lock:") && report.contains("| stored value User.age Int\n"), "{report}");
    assert!(report.contains("if it is `years` now, keep"), "{report}");
    assert!(
        report
            .contains("or, where it is not needed any more (it stays where it is stored): `--accept 'G807:User.age'`")
    );
    assert_eq!(folder.read("graphscale.lock"), before);
}

#[test]
fn a_change_of_an_interface_is_reported_where_it_is_written() {
    let folder = Folder::new("a_change_of_an_interface");
    let schema = "\
type Query { named(id: UUID!): Named @readPent }
interface Named {
  name: String!
  short(length: Int): String
}
type User implements Named @pent(typeId: 1) { id: UUID!  name: String!  short(length: Int): String @customGen }
";
    write(&folder, schema, &[]);
    for (from, to, expected) in [
        ("  name: String!\n", "  name: String\n", "G853 schema.graphql:3:3"),
        ("short(length: Int): String", "short(length: Int!): String", "G854 schema.graphql:4:9"),
        ("short(length: Int): String", "short(length: Int, of: Int!): String", "G854 schema.graphql:4:22"),
        ("short(length: Int): String", "short: String", "G851 schema.graphql:4:3"),
        ("  name: String!\n", "", "G851 schema.graphql:2:11"),
    ] {
        assert!(schema.contains(from), "{from}");
        let found = locked(&folder, &schema.replace(from, to), &[]).expect_err("clients rely on it");
        let places: Vec<String> = found.iter().map(|it| format!("{} {}", it.code, found.position(it))).collect();
        assert!(places.iter().any(|place| place == expected), "{from} -> {to}: {places:?}");
    }
}

#[test]
fn what_is_gone_as_a_whole_is_reported_at_its_line_of_the_lock() {
    let folder = folder("what_is_gone_as_a_whole");
    let without =
        SCHEMA.replace("type Note @pent(typeId: 2) { id: UUID!  text: String  about: User @genFromStoredId }\n", "");
    let gone = locked(&folder, &without, &[]).expect_err("it is stored");
    let places: Vec<String> = gone.iter().map(|found| format!("{} {}", found.code, gone.position(found))).collect();
    assert_eq!(places.len(), 2, "{gone}");
    assert!(places.iter().all(|place| place.contains("graphscale.lock:")), "{places:?}");
}

#[test]
fn a_lock_is_sorted_and_read_in_any_order() {
    let folder = folder("a_lock_is_sorted");
    let lock = folder.read("graphscale.lock");
    let lines: Vec<&str> = lock.lines().skip_while(|line| !line.starts_with("version")).skip(1).collect();
    let (end, lines) = lines.split_last().expect("it has lines");
    assert!(lines.is_sorted() && *end == "end", "{lock}");
    let shuffled: String = lock.lines().rev().map(|line| format!("{line}\r\n")).collect();
    folder.write("graphscale.lock", &shuffled);
    let again = locked(&folder, SCHEMA, &[]).expect("nothing changed");
    let file = again.files().last().expect("the lock");
    assert_eq!((file.change, file.contents.as_str()), (Change::Replaced, lock.as_str()));
}

#[test]
fn a_lock_that_cannot_be_read_is_reported_at_its_line() {
    let folder = folder("a_lock_that_cannot_be_read");
    let lock = folder.read("graphscale.lock");
    for (line, message) in [
        ("<<<<<<< HEAD", "the lock has a conflict of a merge"),
        ("version 2", "the lock is of version 2, which this grapple does not know"),
        ("stored node x User", "a line of the lock cannot be read"),
        ("stored value User.age Int!!", "a line of the lock cannot be read"),
        ("gibberish", "a line of the lock cannot be read"),
        ("api object User.age: [Int", "a line of the lock cannot be read"),
    ] {
        folder.write("graphscale.lock", &format!("{line}\n{lock}"));
        let found = locked(&folder, SCHEMA, &[]).expect_err("the lock is broken");
        let report = found.to_string();
        assert!(
            report.starts_with(&format!("error[G801]: {message}\n")) && report.contains("graphscale.lock:1:1"),
            "{report}"
        );
    }
}

/// A merge keeps the lines of both sides. Where two gave one number to two types, the last line won, and nodes of the
/// one were read as the other.
#[test]
fn lines_that_speak_against_each_other_are_told_with_both_places() {
    let folder = folder("lines_that_speak_against_each_other");
    let lock = folder.read("graphscale.lock");
    for line in [
        "stored node 1 Account",
        "stored edge 5 User -> Note.aboutId",
        "stored index 7 User.age index\nstored index 7 User.age unique",
        "stored value User.age String",
        "removed value User.age Float",
        "api object User.age: String",
        "api object Query.f(b:): Int = 4",
    ] {
        folder.write("graphscale.lock", &lock.replace("version 1\n", &format!("version 1\n{line}\n")));
        let report = locked(&folder, SCHEMA, &[]).expect_err("two lines speak of one").to_string();
        let message = "error[G801]: two lines of the lock say different things of one\n";
        assert!(report.starts_with(message) && report.contains("^ the other one"), "{line}: {report}");
        assert_eq!(report.matches("graphscale.lock:").count(), 2, "{report}");
    }
    let removed =
        lock.replace("stored value User.age Int\n", "removed value User.age Int\nstored value User.age Int\n");
    for merged in [removed.clone(), removed.lines().rev().map(|line| format!("{line}\n")).collect()] {
        folder.write("graphscale.lock", &merged);
        let again = locked(&folder, SCHEMA, &[]).expect("what is stored on one side is stored");
        assert_eq!(again.files().last().expect("the lock").contents, lock);
    }
}

/// An empty file was a lock that knew of nothing, so that nothing spoke against any change.
#[test]
fn a_lock_that_was_cut_is_refused() {
    let folder = folder("a_lock_that_was_cut");
    let lock = folder.read("graphscale.lock");
    let half = &lock[..lock.len() / 2];
    for text in ["", "\n", &lock.replace("version 1\n", ""), &half[..=half.rfind('\n').expect("it has lines")]] {
        folder.write("graphscale.lock", text);
        let report = locked(&folder, SCHEMA, &[]).expect_err("it is not whole").to_string();
        assert!(report.starts_with("error[G801]: the lock is not whole: it has no line `"), "{report}");
        assert!(report.contains("graphscale.lock:1:1\n"), "{report}");
    }
}

/// `@column(name: "full name")` made a lock that the next run could not read.
#[test]
fn a_lock_holds_any_stored_name_and_a_root_of_any_name() {
    let folder = Folder::new("a_lock_holds_any_stored_name");
    let schema = "schema { query: query }
        type query { user(id: UUID!): User @readPent }
        type User @pent(typeId: 1) {
          id: UUID!
          name: String @column(name: \"full name\") @index
          nick: String @column(name: \"a\\nb -> \\\"c\\\" \\u0085\")
          boss: User @genFromStoredId(attr: \"a.b c\")
          staff(first: Int = 9, after: UUID): [User!]!
            @edgeToStoredId(edgeName: \"e\", edgeId: 5, field: \"boss\", orderBy: \"age\")
          age: Int @column(name: \"by age\")
        }";
    write(&folder, schema, &[]);
    let lock = folder.read("graphscale.lock");
    for line in [
        "api object query\n",
        "api root query: query\n",
        "stored value User.\"full name\" String\n",
        "stored value User.\"a.b c\" UUID -> User\n",
        "stored edge 5 User -> User.\"a.b c\" by \"by age\"\n",
    ] {
        assert!(lock.contains(line), "{line}{lock}");
    }
    assert_eq!(breaks(&folder, schema), [""; 0]);
    assert_eq!(breaks(&folder, &schema.replace("age: Int", "age: Float")), ["G804:User.by age", "G853:User.age"]);
}

const VISITS: &str = "\
scalar Date
scalar BigInt
type Query { visit(id: UUID!): Visit @readPent }
type Visit @pent(typeId: 1) {
  id: UUID!  by: Guest @genFromStoredId  of: Place @genFromStoredId
  on: Date  many: Int  mood: Mood!  note: String!
}
type Guest implements Place @pent(typeId: 2) { id: UUID! }
type House implements Place @pent(typeId: 3) { id: UUID! }
type Garden @pent(typeId: 4) { id: UUID! }
interface Place { id: UUID! }
union Any = Guest | Garden
enum Mood { GOOD BAD }
";

/// What an id may be of was compared by one name, which told nothing of an interface or a union.
#[test]
fn an_id_is_stored_of_all_that_its_type_may_be() {
    let folder = Folder::new("an_id_is_stored_of_all");
    write(&folder, VISITS, &[]);
    assert!(folder.read("graphscale.lock").contains("stored value Visit.ofId UUID -> Guest | House\n"));
    let cases: &[(&str, &str, &[&str])] = &[
        ("by: Guest", "by: Any", &["G853:Visit.by"]),
        ("by: Guest", "by: Place", &["G853:Visit.by"]),
        ("of: Place", "of: Any", &["G804:Visit.ofId", "G853:Visit.of"]),
        ("of: Place", "of: Guest", &["G804:Visit.ofId", "G853:Visit.of"]),
        ("type Garden", "type Garden implements Place", &[]),
        ("House implements Place", "House", &["G804:Visit.ofId", "G851:House implements Place"]),
        // What is stored alike.
        ("on: Date", "on: String", &["G853:Visit.on"]),
        ("many: Int", "many: BigInt", &["G853:Visit.many"]),
        ("many: Int", "many: Float", &["G804:Visit.many", "G853:Visit.many"]),
        ("on: Date", "on: BigInt", &["G804:Visit.on", "G853:Visit.on"]),
    ];
    for (from, to, expected) in cases {
        assert!(VISITS.contains(from), "{from}");
        assert_eq!(breaks(&folder, &VISITS.replacen(from, to, 1)), *expected, "{from} -> {to}");
    }
    // A scalar of one's own may be stored in any way.
    let own = VISITS.replace("scalar BigInt", "scalar BigInt @scalar(rust: \"crate::Big\")");
    let own = own.replace("many: Int", "many: BigInt");
    assert_eq!(breaks(&folder, &own), ["G804:Visit.many", "G853:Visit.many"]);
}

/// A type of the user's that took the place of a scalar which comes along, or the other way round, was no change.
#[test]
fn what_a_scalar_stands_for_is_remembered_where_it_is_stored() {
    let folder = Folder::new("what_a_scalar_stands_for");
    let ready = "scalar DateTime
        type Query { visit(id: UUID!, at: DateTime): Visit @custom }
        type Visit @pent(typeId: 1) { id: UUID!  at: DateTime }";
    let own = ready.replace("scalar DateTime", "scalar DateTime @scalar(rust: \"crate::Moment\")");
    write(&folder, ready, &[]);
    assert_eq!(breaks(&folder, &own), ["G804:Visit.at"]);
    write(&folder, &own, &["G804"]);
    assert!(folder.read("graphscale.lock").contains("stored scalar DateTime\n"));
    assert_eq!(breaks(&folder, &own.replace("crate::Moment", "crate::time::Moment")), [""; 0]);
    assert_eq!(breaks(&folder, ready), ["G804:Visit.at"]);
    write(&folder, ready, &["G804"]);
    assert!(!folder.read("graphscale.lock").contains("scalar DateTime\nstored"), "it is stored otherwise now");
    assert_eq!(breaks(&folder, ready), [""; 0]);
    // What is not stored is nobody's business.
    let unstored = own.replace("  at: DateTime }", " }");
    write(&folder, &unstored, &["G807", "api"]);
    assert!(!folder.read("graphscale.lock").contains("stored scalar"));
}

/// A value that was removed, with that accepted, came back as if every node had it, with any values of its enum.
#[test]
fn a_value_that_comes_back_is_absent_where_nodes_were_stored_since() {
    let folder = Folder::new("a_value_that_comes_back");
    write(&folder, VISITS, &[]);
    let without = VISITS.replace("  mood: Mood!  note: String!", "").replace("enum Mood { GOOD BAD }\n", "");
    write(&folder, &without, &["G807", "api"]);
    assert!(folder.read("graphscale.lock").contains("removed value Visit.note String!\n"));
    assert_eq!(breaks(&folder, VISITS), ["G805:Visit.mood", "G805:Visit.note"]);
    let nullable = VISITS.replace("Mood!", "Mood").replace("String!", "String");
    assert_eq!(breaks(&folder, &nullable), [""; 0]);
    let fewer = nullable.replace("enum Mood { GOOD BAD }", "enum Mood { GOOD }");
    assert_eq!(breaks(&folder, &fewer), ["G806:Mood.BAD"]);
    let other =
        nullable.replace("mood: Mood", "mood: Temper").replace("enum Mood { GOOD BAD }", "enum Temper { GOOD }");
    assert_eq!(breaks(&folder, &other), ["G804:Visit.mood"]);
    // Accepted once, it is not asked again.
    write(&folder, &fewer, &["G806"]);
    assert_eq!(breaks(&folder, &fewer), [""; 0]);
}

#[test]
fn what_is_accepted_and_is_no_change_is_said() {
    let folder = folder("what_is_accepted_and_is_no_change");
    let changed = SCHEMA.replace("age: Int", "age: String");
    let generated = locked(&folder, &changed, &["G804:User.age", "api", "G804:User.size"]).expect("it is accepted");
    let unneeded: Vec<String> = generated.unneeded().iter().map(ToString::to_string).collect();
    assert_eq!(unneeded, ["G804:User.size"]);
}

#[test]
fn what_is_accepted_is_written_as_it_was_reported() {
    for right in ["api", "G804", "G804:User.age", "G851:Query.f(a:)"] {
        assert_eq!(right.parse::<Accepted>().map(|accepted| accepted.to_string()), Ok(right.to_owned()));
    }
    for wrong in ["", "all", "G801", "G106:User.age", "User.age"] {
        assert!(wrong.parse::<Accepted>().is_err(), "{wrong}");
    }
}
