//! Who asks, and what the application has put beside.

use std::any::Any;

use super::Cx;
use crate::request_id::RequestId;

impl Cx {
    /// Who asks, as the scope was told when it was made; `None` for nobody in particular. It stays the same for as long
    /// as the scope lasts.
    ///
    /// # Panics
    /// When the viewer of the scope is of another type; the message names both.
    pub fn viewer<V: Any>(&self) -> Option<&V> {
        self.shared.held().viewer()
    }

    /// What the application gave the scope of this type: its configuration, a client of another service.
    ///
    /// # Panics
    /// When it gave none of the type; the message says what it gave.
    pub fn state<S: Any>(&self) -> &S {
        self.shared.held().state()
    }

    /// The name of the request, where the scope was given one: over HTTP it always is.
    pub fn request_id(&self) -> Option<&RequestId> {
        self.shared.held().find_state()
    }
}
