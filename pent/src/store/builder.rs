//! How a scope is told who asks.

use std::any::Any;

use super::Store;
use crate::cx::Guard;
use crate::scope::{Held, KeysPerCall, Scope};

/// A scope to be made: for whom, and with what of the application's own.
///
/// ```
/// # use pent::table::{FieldDef, ObjectDef, Source, Table, Type, TypeDef, TypeKind};
/// # static FIELDS: [FieldDef; 1] = [FieldDef {
/// #     name: "id", description: "", deprecated: None, ty: Type::Named("Int"), args: &[], source: Source::Plain(0),
/// # }];
/// # static TABLE: Table = Table {
/// #     query: "Query",
/// #     mutation: None,
/// #     subscription: None,
/// #     types: &[TypeDef {
/// #         name: "Query", description: "",
/// #         kind: TypeKind::Object(ObjectDef { node_type: None, interfaces: &[], fields: &FIELDS }),
/// #     }],
/// #     edges: &[],
/// #     indexes: &[],
/// # };
/// use pent::{Scope, Store};
///
/// struct Viewer(&'static str);
/// struct Config {
///     is_open_on_sundays: bool,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> pent::Result<()> {
/// let kvetch = pent::open(&["memory:".parse()?], &TABLE).await?;
/// let store = Store::new(kvetch, &TABLE);
/// let scope = Scope::builder(&store).viewer(Viewer("ada")).state(Config { is_open_on_sundays: true }).build();
///
/// assert_eq!(scope.cx().viewer::<Viewer>().map(|viewer| viewer.0), Some("ada"));
/// assert!(scope.cx().state::<Config>().is_open_on_sundays);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ScopeBuilder {
    store: Store,
    held: Held,
    keys_per_call: KeysPerCall,
}

impl Scope {
    /// A scope over a store with a table. Without a viewer nobody in particular asks, and rules are asked all the same.
    pub fn builder(store: &Store) -> ScopeBuilder {
        ScopeBuilder { store: store.clone(), held: Held::default(), keys_per_call: KeysPerCall::default() }
    }
}

impl ScopeBuilder {
    /// Says who asks: a value of the application's own, which rules get as [`Cx::viewer`](crate::Cx::viewer). It cannot
    /// be changed later, because what has been decided for one viewer must not hold for another.
    pub fn viewer<V: Any + Send + Sync>(mut self, viewer: V) -> Self {
        self.held.set_viewer(viewer);
        self
    }

    /// Adds something of the application's own, by its type: [`Cx::state`](crate::Cx::state). A value that many scopes
    /// share is an `Arc`.
    pub fn state<S: Any + Send + Sync>(mut self, state: S) -> Self {
        self.held.add_state(state);
        self
    }

    /// Says that the program itself asks, who may see and do everything: a script, a job in the background. Hooks run
    /// all the same.
    pub fn system(mut self) -> Self {
        self.held.set_system();
        self
    }

    /// Says how many keys the store is asked for in one call.
    pub fn keys_per_call(mut self, keys_per_call: KeysPerCall) -> Self {
        self.keys_per_call = keys_per_call;
        self
    }

    /// The scope.
    pub fn build(&self) -> Scope {
        let Store { kvetch, guarded } = self.store.clone();
        let scope = Scope::over(Some(kvetch), self.held.clone(), self.keys_per_call);
        if !guarded.is_empty() {
            Guard::install(&scope, guarded);
        }
        scope
    }
}
