//! The hand-written file: appended to, never edited.

use grapple::{Change, Code};

use crate::folder::Folder;

const SCHEMA: &str = "
type Query { user(id: UUID!): User @readPent  now: Int! @custom }
type User @pent(typeId: 1) { id: UUID!  \"How old.\" age(inYears: Boolean!): Int! @customGen  mood: Mood @customGen }
enum Mood { GOOD }
";

#[test]
fn a_new_file_has_an_impl_for_each_type_that_needs_one() {
    let folder = Folder::new("a_new_file_has_an_impl");
    folder.write_generated(SCHEMA);
    assert_eq!(
        folder.read("custom.rs"),
        r#"//! Fields and mutations written by hand. `grapple generate` appends what is missing and edits nothing.

impl super::generated::UserFields for super::generated::User {
    /// How old.
    async fn age(&self, cx: &::pent::Cx, in_years: bool) -> ::pent::Result<i32> {
        let _ = (cx, in_years);
        Err(::pent::Error::not_written("User.age"))
    }

    /// `User.mood`.
    async fn mood(
        &self,
        cx: &::pent::Cx,
    ) -> ::pent::Result<::std::option::Option<super::generated::Mood>> {
        let _ = cx;
        Err(::pent::Error::not_written("User.mood"))
    }
}

impl super::generated::QueryFields for super::generated::Query {
    /// `Query.now`.
    async fn now(cx: &::pent::Cx) -> ::pent::Result<i32> {
        let _ = cx;
        Err(::pent::Error::not_written("Query.now"))
    }
}
"#
    );
}

#[test]
fn missing_impls_are_appended_and_every_byte_before_them_stays() {
    let present = [
        "",
        "// mine, oddly   formatted\r\nfn  x( ){ }\r\n",
        "impl UserFields for User { async fn age(&self, cx: &Cx, y: bool) -> R<i32> { Ok(1) } async fn mood(&self) {} } // no newline at the end",
        "#![allow(unused)]\nmod inner { impl super::super::generated::QueryFields for super::super::generated::Query { fn now() {} } }\n",
        "// \u{1f600} an emoji, then a macro\nmacro_rules! m { () => {} }\n",
    ];
    for (number, text) in present.into_iter().enumerate() {
        let folder = Folder::new(&format!("missing_impls_are_appended_{number}"));
        folder.write("custom.rs", text);
        folder.write_generated(SCHEMA);
        let after = folder.read("custom.rs");
        assert!(after.starts_with(text), "{after}");
        assert_eq!(after.matches("for super::generated::User {").count(), usize::from(!text.contains("for User ")));
        assert_eq!(after.matches("for super::generated::Query {").count(), usize::from(!text.contains("QueryFields")));

        let again = folder.write_generated(SCHEMA);
        assert_eq!(again.files()[1].change, Change::Kept, "nothing is appended twice");
    }
}

#[test]
fn an_impl_that_lacks_a_method_is_noted_with_what_to_paste() {
    let folder = Folder::new("an_impl_that_lacks_a_method");
    let text = "use x::y;\n\nimpl UserFields for User {\n    async fn mood(&self) {}\n}\nimpl QueryFields for Query { m!(); }\n";
    folder.write("custom.rs", text);
    let generated = folder.write_generated(SCHEMA);
    assert_eq!(folder.read("custom.rs"), text, "only whole impls are appended");
    let note = generated.notes().iter().next().expect("a note");
    assert_eq!(generated.notes().len(), 1, "a macro may expand to anything");
    assert_eq!(note.code, Code::MethodMissing);
    let position = generated.notes().position(note);
    assert!(position.file.ends_with("custom.rs"));
    assert_eq!((position.line, position.column), (3, 1));
    let help = note.help.as_deref().unwrap_or_default();
    assert!(help.contains("async fn age(&self, cx: &::pent::Cx, in_years: bool) -> ::pent::Result<i32> {"), "{help}");
    assert!(!help.contains("mood"), "{help}");
}

#[test]
fn a_broken_file_is_left_alone_and_nothing_at_all_is_written() {
    let folder = Folder::new("a_broken_file_is_left_alone");
    let text = "fn fine() {}\n\nimpl UserFields for {\n";
    folder.write("custom.rs", text);
    folder.write("generated.rs", "// old\n");
    let diagnostics = folder.generate(SCHEMA).expect_err("the file does not parse");
    let diagnostic = diagnostics.iter().next().expect("a finding");
    assert_eq!(diagnostic.code, Code::HandWritten);
    let position = diagnostics.position(diagnostic);
    assert!(position.file.ends_with("custom.rs"));
    assert_eq!(position.line, 3, "{diagnostics}");
    assert_eq!(folder.read("custom.rs"), text);
    assert_eq!(folder.read("generated.rs"), "// old\n");
    assert_eq!(folder.files(), ["custom.rs", "generated.rs"]);
}

#[test]
fn a_broken_file_and_a_broken_schema_are_reported_in_one_run() {
    let folder = Folder::new("a_broken_file_and_a_broken_schema");
    folder.write("custom.rs", "fn {\n");
    let diagnostics = folder.generate("type Query { stray: Int }").expect_err("both are broken");
    let codes: Vec<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [Code::NeedsDirective, Code::HandWritten]);
}

#[test]
fn a_file_that_was_written_to_meanwhile_is_not_overwritten() {
    let folder = Folder::new("a_file_that_was_written_to_meanwhile");
    folder.write("custom.rs", "// before\n");
    let generated = folder.generate(SCHEMA).expect("the schema is right");
    folder.write("custom.rs", "// after\n");
    let error = generated.write().expect_err("the file changed");
    assert!(error.to_string().contains("custom.rs was written to meanwhile"), "{error}");
    assert_eq!(folder.read("custom.rs"), "// after\n");
    assert_eq!(folder.files(), ["custom.rs"], "all or nothing");
}

#[test]
fn a_module_file_is_created_once_and_then_left() {
    let folder = Folder::new("a_module_file_is_created_once");
    folder.write("mod.rs", "pub mod generated;\n");
    folder.write_generated(SCHEMA);
    assert_eq!(folder.read("mod.rs"), "pub mod generated;\n");
}

const RULED: &str = "
type Query { note(id: UUID!): Note @readPent }
type Note @pent(typeId: 1) @privacy @hooks { id: UUID! }
";

#[test]
fn rules_are_appended_that_let_nobody_do_anything_and_hooks_that_do_nothing() {
    let folder = Folder::new("rules_are_appended");
    folder.write_generated(RULED);
    assert_eq!(
        folder.read("custom.rs"),
        r#"//! Fields and mutations written by hand. `grapple generate` appends what is missing and edits nothing.

impl super::generated::NotePrivacy for super::generated::Note {
    /// Who may see one. Nobody, so far.
    fn may_read() -> ::pent::Rules<super::generated::Note> {
        ::pent::Rules::new()
    }

    /// Who may create one. Nobody, so far.
    fn may_create() -> ::pent::Rules<::pent::Change<super::generated::Note>> {
        ::pent::Rules::new()
    }

    /// Who may change one. Nobody, so far.
    fn may_update() -> ::pent::Rules<::pent::Change<super::generated::Note>> {
        ::pent::Rules::new()
    }

    /// Who may delete one. Nobody, so far.
    fn may_delete() -> ::pent::Rules<::pent::Change<super::generated::Note>> {
        ::pent::Rules::new()
    }
}

impl ::pent::Hooks for super::generated::Note {}
"#
    );
    let again = folder.write_generated(RULED);
    assert_eq!(again.files()[1].change, Change::Kept, "nothing is appended twice");
}

#[test]
fn rules_that_lack_one_get_a_note_with_what_to_paste() {
    let folder = Folder::new("rules_that_lack_one");
    let text = "impl pent::Hooks for Note {}\nimpl NotePrivacy for Note { fn may_read() {} fn may_create() {} fn may_update() {} }\n";
    folder.write("custom.rs", text);
    let generated = folder.write_generated(RULED);
    assert_eq!(folder.read("custom.rs"), text);
    let note = generated.notes().to_string();
    assert!(note.contains("the impl of `NotePrivacy` for `Note` lacks `may_delete`"), "{note}");
    assert!(note.contains("fn may_delete() -> ::pent::Rules<::pent::Change<super::generated::Note>> {"), "{note}");
}
