//! The stable codes of diagnostics.

use std::fmt;

/// Declares the codes: the text never changes once released, and none is given twice.
macro_rules! codes {
    ($($name:ident $text:literal $doc:literal;)*) => {
        /// Which rule a finding is about. The text (`G203`) is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!($text, ": ", $doc)] $name,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code's text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The rule in one line.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$name => $doc,)* }
            }
        }
    };
}

codes! {
    Syntax "G001" "the text is not GraphQL";
    UnknownType "G002" "a type that is not defined";
    UnknownDirective "G003" "a directive that is not defined";
    UnknownArgument "G004" "an argument that the directive does not have";
    MissingArgument "G005" "a required argument of a directive is missing";
    WrongValue "G006" "a value of another type than its place wants";
    WrongPlace "G007" "a directive on something it does not go on";
    DefinedTwice "G008" "the same name defined twice";
    NoQuery "G009" "a schema without a query root";
    InvalidSchema "G010" "a rule of GraphQL is broken";

    ScalarMeaning "G051" "a scalar that nothing stands for in Rust";
    RustPath "G052" "a text that is not the whole path of a Rust type";
    OneOf "G053" "a field of a `@oneOf` input that is required or has a default";
    DefaultSize "G054" "a default that is too large, or too deep, with all defaults within it";

    WrongParent "G101" "a directive on a field of the wrong kind of type";
    Contradiction "G102" "directives that exclude each other";
    TypeIdTwice "G103" "a type number used twice";
    BadNumber "G104" "a number that cannot name a type, an edge or an index";
    NoId "G105" "an entity without `id: UUID!`";
    NeedsDirective "G106" "a field whose value comes from nowhere";
    StoredTwice "G107" "two fields stored under one name";
    UnexpectedArgument "G108" "an argument on a field that takes none of that name";
    NoEntity "G109" "a schema root that is an entity, or a type that should be an entity and is not";
    StoredName "G110" "a stored name that is empty or too long";
    StoredKind "G111" "a directive about a stored value on something else";
    Colocation "G112" "an entity beside another whose id it does not store";
    NothingToWrite "G113" "a mutation of an entity that stores nothing";

    NotAnEntity "G201" "a stored id of something that is no entity";
    ReferenceShape "G202" "a stored id whose field is a list";
    EdgeIdTwice "G203" "an edge number used twice";
    EdgeNameTwice "G204" "an edge name used twice";
    EdgeFieldMissing "G205" "an edge whose field the other type does not have";
    EdgeDisagrees "G206" "an edge whose two ends disagree";
    ListShape "G207" "a list of entities that is not `[T!]!`";
    PageArguments "G208" "a list of entities without its page arguments";
    NeverHidden "G209" "a field that is never null, of an entity that a viewer may not see";
    EdgeOrder "G210" "an edge ordered by something that has no order";
    OnDeleteEdge "G211" "what a deletion does, without the edge to find the entities by";

    IndexKind "G301" "an index over something that is no stored scalar or enum";
    IndexIdTwice "G302" "an index number used twice";
    FindNotIndexed "G303" "a look-up by a field that has no index";
    FindShape "G304" "a look-up whose type does not fit its index";
    FindArgument "G305" "a look-up without its value argument";

    ReadShape "G401" "a read that is not `(id: UUID!): Entity`";
    SubscriptionShape "G402" "a subscription that does not tell of the entity of an `id: UUID!`";
    SubscriptionEdge "G403" "a subscription to an edge that is not there";
    SubscriptionPayload "G404" "a subscription to an edge whose type cannot tell of changes";

    DataArgument "G501" "a mutation without its `data` argument";
    IdArgument "G502" "a mutation without its `id` argument";
    Payload "G503" "a mutation's payload that does not fit";
    DataField "G504" "a field of a mutation's data that the entity does not store";
    DataType "G505" "a field of a mutation's data of another type than the entity's";
    DataRequired "G506" "a create without a value that the entity requires";
    DataShared "G507" "one input used as the data of two mutations";
    MutationTwice "G508" "two mutations that do the same to one entity";
    DeleteType "G509" "a delete of something that is no entity";

    RustNameTwice "G601" "two Rust items of one name";
    Recursion "G602" "a type whose values would never end";
    NotAValue "G603" "a type that cannot be a field here";

    HandWritten "G701" "a hand-written file that does not parse";
    MethodMissing "G702" "a hand-written impl that lacks a method";
    NotGenerated "G703" "a `generated.rs` that grapple did not write";

    LockUnreadable "G801" "a lock that cannot be read, or speaks against itself";
    NumberReused "G802" "a type number that stored nodes of another type have";
    NodeNumber "G803" "a type with another number than its stored nodes";
    StoredType "G804" "a stored value of another type than before";
    StoredRequired "G805" "a value that is never null, where stored nodes may lack it";
    StoredEnumValue "G806" "an enum that lacks a value which is stored";
    StoredGone "G807" "something stored that nothing can read any more";
    EdgeReused "G808" "an edge number that another edge has, or the same in another order";
    IndexReused "G809" "an index number that another index has, or the same of another kind";

    ApiGone "G851" "something gone that clients may use";
    ApiKind "G852" "a type of another kind than clients know";
    ApiOutput "G853" "a field of a type that clients cannot read as the one they know";
    ApiRequired "G854" "an argument or input field that clients have to give now";
    ApiInput "G855" "an argument or input field of another type than clients give";
}

impl Code {
    /// Whether it is about clients alone: stored data survives.
    pub const fn breaks_clients(self) -> bool {
        matches!(self, Self::ApiGone | Self::ApiKind | Self::ApiOutput | Self::ApiRequired | Self::ApiInput)
    }

    /// Whether it is about stored data.
    pub const fn breaks_stored(self) -> bool {
        matches!(
            self,
            Self::NumberReused
                | Self::NodeNumber
                | Self::StoredType
                | Self::StoredRequired
                | Self::StoredEnumValue
                | Self::StoredGone
                | Self::EdgeReused
                | Self::IndexReused
        )
    }

    /// Whether it is about a change that can be accepted by name.
    pub(crate) const fn is_acceptable(self) -> bool {
        self.breaks_clients() || self.breaks_stored()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
