//! What a program gives a scope for as long as it lasts: who asks, and things of its own.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::sync::Arc;

/// The viewer of a scope and the state of the application, of types that are not known here.
#[derive(Clone, Default)]
pub(crate) struct Held {
    viewer: Option<Value>,
    state: Vec<Value>,
    is_system: bool,
}

/// A value with the name of its type, for the complaint when it is asked for as another.
#[derive(Clone)]
struct Value {
    type_id: TypeId,
    type_name: &'static str,
    value: Arc<dyn Any + Send + Sync>,
}

impl Held {
    /// Says who asks.
    pub(crate) fn set_viewer<V: Any + Send + Sync>(&mut self, viewer: V) {
        self.viewer = Some(Value::of(viewer));
    }

    /// Says that nobody asks but the program itself.
    pub(crate) fn set_system(&mut self) {
        self.is_system = true;
    }

    /// Whether nobody asks but the program itself, who may see everything.
    pub(crate) fn is_system(&self) -> bool {
        self.is_system
    }

    /// Adds something; it takes the place of what has the same type.
    pub(crate) fn add_state<S: Any + Send + Sync>(&mut self, state: S) {
        self.state.retain(|held| held.type_id != TypeId::of::<S>());
        self.state.push(Value::of(state));
    }

    /// Who asks; `None` for nobody in particular.
    pub(crate) fn viewer<V: Any>(&self) -> Option<&V> {
        let viewer = self.viewer.as_ref()?;
        let typed = viewer.value.downcast_ref();
        assert!(
            typed.is_some(),
            "the viewer of this scope is a `{}`, and was asked for as a `{}`",
            viewer.type_name,
            type_name::<V>()
        );
        typed
    }

    /// What was added of a type, if something was.
    pub(crate) fn find_state<S: Any>(&self) -> Option<&S> {
        let held = self.state.iter().find(|held| held.type_id == TypeId::of::<S>())?;
        held.value.downcast_ref()
    }

    /// What was added of a type.
    pub(crate) fn state<S: Any>(&self) -> &S {
        let Some(state) = self.find_state() else {
            let there = self.state.iter().map(|held| held.type_name).collect::<Vec<_>>();
            let there = if there.is_empty() { "nothing".to_owned() } else { format!("`{}`", there.join("`, `")) };
            panic!("this scope was given no `{}` as state, but {there}", type_name::<S>())
        };
        state
    }
}

impl Value {
    fn of<T: Any + Send + Sync>(value: T) -> Self {
        Self { type_id: TypeId::of::<T>(), type_name: type_name::<T>(), value: Arc::new(value) }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.iter().map(|held| held.type_name).collect::<Vec<_>>();
        let viewer = self.viewer.as_ref().map(|viewer| viewer.type_name);
        f.debug_struct("Held")
            .field("viewer", &viewer)
            .field("state", &state)
            .field("is_system", &self.is_system)
            .finish()
    }
}
